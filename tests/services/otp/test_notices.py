"""Mails to an address that one-time passwords go to no more, on either store (OTP-10, OTP-12, OTP-15, BULK-3)."""

from __future__ import annotations

import pytest
from eventsourcing.persistence import Tracking

from contracts.otp.bulk import OtpRowsNotApplied
from contracts.otp.common import OtpUse
from services.otp.letters import MOST_NUMBERS, deleted_letter
from tests.services.otp.people import ADDRESS, CONFIRMATION_ID, NEW_ADDRESS, Person
from tests.services.otp.test_bulk import HANDS, Office

REPLACED = "【ひかり電話設定サイト】受信用メールアドレス変更のお知らせ"
DELETED = "【ひかり電話設定サイト】受信用メールアドレス削除のお知らせ"
OLD = "office@mail.example"


def notices(otp, postbox) -> list[tuple[str, str]]:
    """To whom, and about what, once all that is due was sent."""
    while otp.send_mail():
        pass
    subjects = ((mail.recipient, mail.message["Subject"]) for mail in postbox.mails)
    return sorted(one for one in subjects if one[1] in (REPLACED, DELETED))


@pytest.fixture
def office(otp):
    """Three numbers with one address, and one with its own."""
    office = Office(otp)
    office.otp.in_bulk.apply(office.order({number: ["1", OLD, "hana8888", "umi5kaze"] for number in HANDS[:3]}))
    office.otp.in_bulk.apply(office.order({HANDS[3]: ["1", ADDRESS, "hana8888", "umi5kaze"]}))
    return office


@pytest.mark.rule("OTP-10", "OTP-11", "AUDIT-2")
def test_the_former_address_is_told_when_the_new_one_is_registered_and_not_before(person, otp, postbox):
    person.settle()
    person.change_address()
    assert notices(otp, postbox) == []
    person.open_link()
    assert notices(otp, postbox) == [(ADDRESS, REPLACED)]
    mail = postbox.mails[-1]
    for text in (mail.text(), mail.text("html")):
        assert "2026年4月1日 18時00分" in text
        assert "******1111" in text
        assert "お心当たりのない場合は" in text
        assert NEW_ADDRESS.partition("@")[2] not in text


@pytest.mark.rule("OTP-12", "BULK-3")
def test_a_file_that_takes_its_time_still_sends_one_mail_to_an_address(office, otp, postbox, clock, monkeypatch):
    order = office.order({number: ["0", "", "", ""] for number in HANDS[:3]})
    monkeypatch.setattr("services.otp.bulk.SET_AT_ONCE", 1)

    def goes_on():
        clock.forward(seconds=1)
        return clock()

    monkeypatch.setattr(otp.store, "clock", goes_on)
    otp.in_bulk.apply(order)
    assert notices(otp, postbox) == [(OLD, DELETED)]


@pytest.mark.rule("OTP-2", "OTP-10")
def test_nobody_is_told_of_a_first_registration_or_of_the_same_address_again(person, otp, postbox):
    person.settle()
    person.change_address(ADDRESS)
    person.open_link()
    assert notices(otp, postbox) == []


@pytest.mark.rule("OTP-12", "OTP-15", "LINE-9")
@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lambda person: person.choose(OtpUse.NOT_USED), [(ADDRESS, DELETED)]),
        (lambda person: person.reset(), [(ADDRESS, DELETED)]),
        (lambda person: person.otp.enrolments.end(person.assignment_id, Tracking("auth", 1)), []),
        (lambda person: person.change_id(CONFIRMATION_ID, "tsuki999"), []),
    ],
    ids=["not used any more", "reset by an operator", "the number removed", "another confirmation ID"],
)
def test_the_address_is_told_that_its_registration_was_deleted(person, otp, postbox, happens, told):
    person.settle()
    happens(person)
    assert notices(otp, postbox) == told


@pytest.mark.rule("OTP-12", "AUDIT-5")
def test_who_was_erased_is_told_nothing(person, otp, postbox):
    person.settle()
    otp.store.personal.erase(person.assignment_id)
    person.choose(OtpUse.NOT_USED)
    assert notices(otp, postbox) == []


@pytest.mark.rule("BULK-3", "OTP-10", "OTP-12")
def test_each_address_that_a_file_takes_out_of_force_is_told_once_and_of_which_numbers(office, otp, postbox):
    other, same = ["1", NEW_ADDRESS, "", ""], ["1", OLD, "tsuki999", ""]
    rows = {HANDS[0]: other, HANDS[1]: other, HANDS[2]: same, HANDS[3]: ["0", "", "", ""], HANDS[4]: ["", "", "", ""]}
    otp.in_bulk.apply(office.order(rows))
    assert notices(otp, postbox) == [(OLD, REPLACED), (ADDRESS, DELETED)]
    (mail,) = (mail for mail in postbox.mails if mail.recipient == OLD)
    named = [line for line in mail.text().splitlines() if line.startswith("******")]
    assert named == [f"******{number[-4:]}" for number in HANDS[:2]]


@pytest.mark.rule("BULK-3", "BULK-9")
def test_of_a_file_that_fails_nobody_is_told(office, otp, postbox):
    order = office.order({number: ["0", "", "", ""] for number in HANDS[:4]})
    Person(otp, postbox, office.ids[HANDS[3]], HANDS[3]).reset()
    with pytest.raises(OtpRowsNotApplied):
        otp.in_bulk.apply(order)
    assert notices(otp, postbox) == [(ADDRESS, DELETED)], "of the reset alone"


@pytest.mark.rule("OTP-6", "BULK-3")
def test_no_one_time_password_waits_behind_the_notices_of_a_file(office, otp, clock, person, postbox):
    person.settle()
    before = len(postbox.mails)
    otp.in_bulk.apply(office.order({number: ["0", "", "", ""] for number in HANDS[:4]}))
    clock.forward(seconds=1)
    person.request()
    otp.send_mail()
    assert postbox.mails[before].message["Subject"] == "【ひかり電話設定サイト】ワンタイムパスワードのお知らせ"
    assert len(postbox.mails) - before == 3


@pytest.mark.rule("BULK-3")
def test_a_notice_of_very_many_numbers_names_a_hundred_and_says_how_many_more(clock):
    text = deleted_letter("サイト", [f"******{place:04}" for place in range(MOST_NUMBERS + 7)], clock()).text
    assert text.count("******") == MOST_NUMBERS
    assert "ほか7件" in text
