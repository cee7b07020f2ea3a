"""From the choice to the full registration, and back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from contracts.base import HistoryQuery, Secret
from contracts.otp.challenges import ChallengeCause, ChallengeOver, TooManySends
from contracts.otp.common import FactorMissing, MailState, OtpNotInUse, OtpNotRegistered, OtpRegistered, OtpUse
from contracts.otp.links import LinkState, LinkVoid
from contracts.otp.registration import CheckRegistration, RegistrationFault, RegistrationRejected
from services.otp import publishing
from services.otp.application import Otp
from tests.services.otp.conftest import MovableClock
from tests.services.otp.mail_server import Postbox
from tests.services.otp.people import ADDRESS, CODE, CONFIRMATION_PASSWORD, NEW_ADDRESS, Person


@pytest.mark.rule("OTP-1")
def test_nothing_is_chosen_at_first_and_whoever_does_not_want_it_is_asked_for_nothing_more(person: Person) -> None:
    assert person.standing().use is OtpUse.UNDECIDED
    person.choose(OtpUse.NOT_USED)
    person.choose(OtpUse.NOT_USED)
    assert person.standing().use is OtpUse.NOT_USED
    assert [(event["use"], event["cause"]) for event in person.told("OtpUseChanged")] == [("not_used", "choice")]


@pytest.mark.rule("OTP-2", "OTP-14")
def test_a_registration_is_provisional_until_the_mailed_link_was_used(person: Person) -> None:
    person.choose()
    assert (person.standing().use, person.standing().registered) == (OtpUse.USED, False)
    done = person.register()
    assert done.address == "y***@mail.example"
    standing = person.standing()
    assert not standing.registered
    assert standing.link is not None
    assert standing.link.mail is MailState.ON_ITS_WAY
    token = person.token()
    assert person.standing().link.mail is MailState.SENT  # type: ignore[union-attr]
    assert person.postbox.mails[-1].recipient == ADDRESS
    assert person.open_link(token).login_id == person.login.login_id
    standing = person.standing()
    assert (standing.registered, standing.address, standing.link) == (True, "y***@mail.example", None)
    assert [event["address"] for event in person.told("OtpAddressRegistered")] == ["y***@mail.example"]


@pytest.mark.rule("OTP-3")
def test_looking_at_a_link_however_often_uses_nothing_up(person: Person) -> None:
    person.choose()
    person.register()
    token = person.token()
    for _ in range(5):
        assert person.otp.links.look(Secret(token)).state is LinkState.VALID
    assert not person.standing().registered
    person.open_link(token)
    assert person.otp.links.look(Secret(token)).state is LinkState.USED


@pytest.mark.rule("OTP-3")
def test_a_used_link_says_so_but_a_message_delivered_twice_is_answered_the_same(person: Person) -> None:
    person.choose()
    person.register()
    token, attempt = person.token(), uuid4()
    assert person.open_link(token, attempt) == person.open_link(token, attempt)
    with pytest.raises(LinkVoid) as void:
        person.open_link(token)
    assert void.value.details.state is LinkState.USED
    assert person.counted()["OtpAddressRegistered"] == 1


@pytest.mark.rule("OTP-2")
def test_at_exactly_24_hours_a_link_is_void(person: Person, clock: MovableClock) -> None:
    person.choose()
    person.register()
    token = person.token()
    clock.forward(hours=23, minutes=59, seconds=59)
    assert person.otp.links.look(Secret(token)).state is LinkState.VALID
    clock.forward(seconds=1)
    assert person.otp.links.look(Secret(token)).state is LinkState.EXPIRED
    with pytest.raises(LinkVoid) as void:
        person.open_link(token)
    assert void.value.details.state is LinkState.EXPIRED
    person.otp.sweep()
    assert person.otp.links.look(Secret(token)).state is LinkState.EXPIRED
    assert [event["cause"] for event in person.told("OtpLinkVoided")] == ["expired"]
    assert person.standing().use is OtpUse.USED
    person.register()
    person.open_link()


@pytest.mark.rule("OTP-3")
def test_a_newer_link_voids_the_older(person: Person) -> None:
    person.choose()
    person.register()
    older = person.token()
    person.register(address=NEW_ADDRESS)
    with pytest.raises(LinkVoid) as void:
        person.open_link(older)
    assert void.value.details.state is LinkState.SUPERSEDED
    person.open_link(person.token())
    assert person.standing().address == "t***@other.example"
    assert [event["cause"] for event in person.told("OtpLinkVoided")] == ["superseded"]


@pytest.mark.rule("OTP-3")
def test_a_link_that_was_never_mailed_is_unknown(person: Person) -> None:
    assert person.otp.links.look(Secret("x" * 43)).state is LinkState.UNKNOWN
    with pytest.raises(LinkVoid) as void:
        person.open_link("x" * 43)
    assert void.value.details.state is LinkState.UNKNOWN


@pytest.mark.rule("OTP-4", "OTP-5")
def test_a_rejected_registration_names_every_fault_and_mails_nothing(person: Person, postbox: Postbox) -> None:
    person.choose()
    with pytest.raises(RegistrationRejected) as rejected:
        person.register("yamada", "ABCDEFGH", "1234")
    details = rejected.value.details
    assert details.address_invalid
    assert details.confirmation_id == (RegistrationFault.ONLY_UPPER,)
    assert details.confirmation_password == (RegistrationFault.LENGTH, RegistrationFault.NO_LETTER)
    person.otp.send_mail()
    assert postbox.mails == []


@pytest.mark.rule("OTP-4", "OTP-5", "OTP-10")
def test_what_would_be_rejected_is_told_beforehand_and_nothing_is_registered(person: Person) -> None:
    person.choose()
    check = person.otp.enrolments.check
    with pytest.raises(RegistrationRejected) as rejected:
        check(
            CheckRegistration(
                address=Secret("yamada"), confirmation_id=Secret("ABCDEFGH"), confirmation_password=Secret("1234")
            )
        )
    with pytest.raises(RegistrationRejected) as at_last:
        person.register("yamada", "ABCDEFGH", "1234")
    assert rejected.value.details == at_last.value.details
    check(CheckRegistration(address=Secret(ADDRESS)))
    assert person.standing().link is None


@pytest.mark.rule("OTP-2")
def test_a_registration_delivered_twice_mails_one_link(person: Person, postbox: Postbox) -> None:
    person.choose()
    once = uuid4()
    assert person.register(registration_id=once) == person.register(registration_id=once)
    assert person.counted()["OtpAddressProvisionallyRegistered"] == 1
    person.otp.send_mail()
    assert len(postbox.mails) == 1
    person.open_link(person.token())


def test_who_has_not_chosen_cannot_register_and_who_is_registered_cannot_do_so_again(person: Person) -> None:
    with pytest.raises(OtpNotInUse):
        person.register()
    person.settle()
    with pytest.raises(OtpRegistered):
        person.register()


@pytest.mark.rule("OTP-8")
def test_nobody_is_sent_more_than_five_links_in_15_minutes(person: Person, clock: MovableClock) -> None:
    person.choose()
    for _ in range(5):
        person.register()
        clock.forward(minutes=1)
    with pytest.raises(TooManySends) as refused:
        person.register()
    assert refused.value.details.retry_after == 600
    clock.forward(minutes=10)
    person.register()


@pytest.mark.rule("OTP-2", "OTP-3")
def test_of_two_enrolments_for_one_number_at_once_the_later_counts(
    person: Person, new_otp: Callable[..., Otp], monkeypatch: pytest.MonkeyPatch
) -> None:
    person.choose()
    other = person.elsewhere(new_otp())
    other.log_in()
    hashing = person.otp.store.hashing.hash
    earlier: list[str] = []

    def meanwhile(password: Secret) -> str:
        if not earlier:
            other.register(NEW_ADDRESS)
            earlier.append(other.token())
        return hashing(password)

    monkeypatch.setattr(person.otp.store.hashing, "hash", meanwhile)
    person.register()
    with pytest.raises(LinkVoid):
        other.open_link(earlier[0])
    assert person.open_link().login_id == person.login.login_id
    assert person.standing().address == "y***@mail.example"
    assert person.counted()["OtpAddressProvisionallyRegistered"] == 2


@pytest.mark.rule("OTP-10", "OTP-11")
def test_until_the_new_address_is_fully_registered_the_old_one_stays_in_force(person: Person) -> None:
    person.settle()
    person.change_address()
    standing = person.standing()
    assert standing.address == "y***@mail.example"
    assert standing.link is not None
    assert standing.link.address == "t***@other.example"
    person.log_in()
    person.request()
    assert person.newest_mail(CODE)[0] == ADDRESS
    person.open_link()
    with pytest.raises(ChallengeOver) as over:
        person.answer(person.code())
    assert over.value.details.cause is ChallengeCause.SUPERSEDED
    person.pass_factor()
    assert person.newest_mail(CODE)[0] == NEW_ADDRESS
    person.give_pair()


@pytest.mark.rule("OTP-10")
def test_a_new_address_needs_the_one_time_password_or_the_confirmation_pair(person: Person) -> None:
    person.settle()
    person.log_in()
    with pytest.raises(FactorMissing):
        person.change_address()
    person.give_pair()
    assert (person.standing().confirmed, person.standing().matched) == (True, False)
    person.change_address()
    person.open_link()
    assert person.standing().address == "t***@other.example"
    person.log_in()
    assert not person.standing().confirmed, "it holds for one login"


@pytest.mark.rule("OTP-10", "OTP-14")
def test_the_address_cannot_be_changed_while_the_first_registration_is_provisional(person: Person) -> None:
    person.choose()
    person.register()
    with pytest.raises(OtpNotRegistered):
        person.change_address()
    with pytest.raises(OtpNotRegistered):
        person.give_pair()
    with pytest.raises(OtpNotRegistered):
        person.request()


@pytest.mark.rule("OTP-12")
def test_turned_off_and_on_again_nothing_of_the_old_registration_is_left(person: Person) -> None:
    person.settle()
    person.choose(OtpUse.NOT_USED)
    assert person.standing().address is None
    person.choose(OtpUse.USED)
    assert not person.standing().registered
    with pytest.raises(OtpNotRegistered):
        person.give_pair()
    person.register(NEW_ADDRESS, "def67890", CONFIRMATION_PASSWORD)
    person.open_link()
    assert [(event["use"], event["cause"]) for event in person.told("OtpUseChanged")] == [
        ("used", "choice"),
        ("not_used", "change"),
        ("used", "change"),
    ]


@pytest.mark.rule("OTP-12")
def test_the_password_alone_does_not_turn_the_second_factor_off(person: Person) -> None:
    person.settle()
    person.log_in()
    with pytest.raises(FactorMissing):
        person.choose(OtpUse.NOT_USED)
    person.give_pair()
    with pytest.raises(FactorMissing):
        person.choose(OtpUse.NOT_USED)
    person.pass_factor()
    person.choose(OtpUse.NOT_USED)


@pytest.mark.rule("OTP-12")
def test_turning_it_off_withdraws_a_link_that_is_on_its_way(person: Person, postbox: Postbox) -> None:
    person.choose()
    person.register()
    person.choose(OtpUse.NOT_USED)
    person.otp.send_mail()
    assert postbox.mails == []
    assert [event["cause"] for event in person.told("OtpLinkVoided")] == ["withdrawn"]


@pytest.mark.rule("OTP-15", "AUDIT-1")
def test_an_operator_takes_choice_and_registration_back_with_a_reason(person: Person) -> None:
    person.settle()
    person.log_in()
    person.request()
    person.reset("本人確認: 請求書の番号")
    standing = person.standing()
    assert (standing.use, standing.registered, standing.challenge) == (OtpUse.UNDECIDED, False, None)
    last = person.told("OtpUseChanged")[-1]
    assert (last["use"], last["cause"], last["reason"]) == ("none", "operator_reset", "本人確認: 請求書の番号")
    outside = publishing.history(person.otp.store, HistoryQuery(limit=1000, public_only=True)).events
    (told,) = [event.data for event in outside if event.data["cause"] == "operator_reset"]
    assert "reason" not in told  # it may name the person, and the catalogue has no such thing
    with pytest.raises(OtpNotInUse):
        person.reset()
    person.settle()


@pytest.mark.rule("LINE-9")
def test_the_next_holder_of_a_number_inherits_nothing(person: Person, otp: Otp, postbox: Postbox) -> None:
    person.settle()
    following = Person(otp, postbox)
    assert following.number == person.number
    assert following.standing().use is OtpUse.UNDECIDED
