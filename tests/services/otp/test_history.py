"""What otp tells the world, and what it never tells (AUDIT-1, AUDIT-2, AUDIT-5, EVENT-2)."""

from __future__ import annotations

import json
import logging

import pytest

from chassis.origin import acting
from contracts.base import Channel, HistoryQuery, Origin, Secret
from contracts.otp.challenges import OtpMismatch
from contracts.otp.common import OtpUse
from contracts.otp.confirmation import ConfirmationMismatch
from services.otp import publishing
from services.otp.application import Otp
from tests.services.otp.conftest import MovableClock
from tests.services.otp.people import (
    ADDRESS,
    CODE,
    CONFIRMATION_ID,
    CONFIRMATION_PASSWORD,
    CONTRACT,
    NEW_ADDRESS,
    Person,
)

CLIENT = "192.0.2.77"
REASON = "請求書の番号で本人確認"


def journey(person: Person) -> list[str]:
    """A bit of everything; returns the secrets that it took."""
    origin = Origin(
        channel=Channel.WEB,
        correlation_id="c0ffee" * 5 + "42",
        address=Secret(CLIENT),
        address_token="token-of-today",
        request_id="request-1",
    )
    secrets = [CONFIRMATION_ID, CONFIRMATION_PASSWORD, "wrong1234", "def67890", "umi86sora"]
    with acting(origin):
        person.choose()
        person.register()
        secrets.append(person.token())
        person.open_link(secrets[-1])
        wrong = person.wrong_code(person.request())
        with pytest.raises(OtpMismatch):
            person.answer(wrong)
        secrets += [wrong, person.code()]
        person.answer(secrets[-1])
        person.complete()
        with pytest.raises(ConfirmationMismatch):
            person.give_pair("wrong1234")
        person.change_id(CONFIRMATION_ID, "def67890")
        person.change_password(CONFIRMATION_PASSWORD, "umi86sora")
        person.change_address()
        secrets.append(person.token())
        person.change_address()
        secrets.append(person.token())
    return secrets


def told(otp: Otp) -> str:
    page = publishing.history(otp.store, HistoryQuery(limit=1000))
    return json.dumps([event.model_dump(mode="json") for event in page.events], ensure_ascii=False)


@pytest.mark.rule("AUDIT-1", "EVENT-2")
def test_every_event_says_whose_who_when_from_where_and_in_which_request(person: Person, otp: Otp) -> None:
    journey(person)
    page = publishing.history(otp.store, HistoryQuery(limit=1000))
    assert {event.name for event in page.events} == {
        "OtpUseChanged",
        "OtpAddressProvisionallyRegistered",
        "OtpAddressRegistered",
        "OtpIssued",
        "OtpMismatched",
        "OtpMatched",
        "ConfirmationMismatched",
        "ConfirmationIdChanged",
        "ConfirmationPasswordChanged",
        "OtpLinkVoided",
    }
    for event in page.events:
        assert (event.subject, event.partitionkey, event.data["number"]) == (CONTRACT, CONTRACT, CONTRACT)
        assert event.data["assignment"] == person.assignment_id.hex
        assert event.data["correlation_id"] == "c0ffee" * 5 + "42"
        assert event.data["address_token"] == "token-of-today"
        assert event.data["channel"] == "web"
        assert event.data["actor"] == {"number": CONTRACT, "role": "subscriber", "operator": None}


@pytest.mark.rule("AUDIT-2")
def test_no_secret_is_in_any_event_that_others_are_told_and_addresses_are_masked(person: Person, otp: Otp) -> None:
    secrets = journey(person)
    text = told(otp)
    for secret in (*secrets, ADDRESS, NEW_ADDRESS, CLIENT, "argon2"):
        assert f'"{secret}"' not in text
        assert secret not in text.replace(person.assignment_id.hex, "") or len(secret) == 6
    assert "y***@mail.example" in text


@pytest.mark.rule("AUDIT-2", "AUDIT-5")
def test_nothing_secret_or_personal_lies_readable_in_events_rows_or_logs(
    person: Person, otp: Otp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refused = Person(otp, person.postbox)
    refused.choose()
    refused.register(NEW_ADDRESS)
    person.postbox.answers_rcpt = lambda recipient: "550 no" if recipient == NEW_ADDRESS else "250 OK"
    otp.send_mail()
    person.postbox.answers_rcpt = lambda _recipient: "250 OK"
    secrets = journey(person)
    person.request()  # and one whose mail waits
    stored = b"".join(event.state for event in otp.store.recorder.select_notifications(start=1, limit=1000)).decode()
    tables = ("holders", "links", "challenges", "passed", "outbox", "subject_keys")
    kept = "".join(str(otp.store.rows(f"SELECT * FROM {table}")) for table in tables)
    logged = str([vars(record) for record in caplog.records if record.name != "mail.log"])  # the mail server's own
    assert "refused for good" in logged
    for secret in (*secrets, ADDRESS, NEW_ADDRESS, CONTRACT, CLIENT):
        if len(secret) > 6:  # six digits are in any long number
            assert secret not in stored
            assert secret not in kept
            assert secret not in logged
        assert f'"{secret}"' not in stored


@pytest.mark.rule("AUDIT-5")
def test_destroying_a_holders_key_makes_what_was_sealed_unreadable_and_leaves_the_history_whole(
    person: Person, otp: Otp
) -> None:
    journey(person)
    person.reset(REASON)
    before = [event.id for event in publishing.history(otp.store, HistoryQuery(limit=1000)).events]
    assert REASON in told(otp)
    otp.store.personal.erase(person.assignment_id)
    page = publishing.history(otp.store, HistoryQuery(limit=1000))
    assert [event.id for event in page.events] == before
    assert {event.subject for event in page.events} == {None}
    for gone in (REASON, "mail.example", CONTRACT):
        assert gone not in told(otp)


@pytest.mark.rule("AUDIT-5")
def test_a_mail_to_somebody_who_was_erased_does_not_go_out(person: Person, otp: Otp) -> None:
    person.choose()
    person.register()
    otp.store.personal.erase(person.assignment_id)
    otp.send_mail()
    assert person.postbox.mails == []
    assert otp.store.row("SELECT state, reason FROM outbox") == {"state": "failed", "reason": "erased"}


@pytest.mark.rule("OTP-15", "AUDIT-1")
def test_an_operators_reset_names_the_operator_and_not_the_holder_as_who_did_it(person: Person, otp: Otp) -> None:
    person.settle()
    with acting(Origin(channel=Channel.OPS, correlation_id="1" * 32, operator="suzuki", address=Secret(CLIENT))):
        person.reset(REASON)
    last = person.told("OtpUseChanged")[-1]
    assert last["actor"] == {"number": None, "role": "operator", "operator": "suzuki"}
    assert last["channel"] == "ops"
    assert last["reason"] == REASON


def test_what_has_long_been_over_is_forgotten_and_what_is_in_force_is_not(person: Person, clock: MovableClock) -> None:
    person.settle()
    clock.forward(days=40)
    person.log_in()
    person.request()
    person.otp.sweep()
    person.otp.forget()
    kept = {name: len(person.otp.store.rows(f"SELECT * FROM {name}")) for name in ("links", "challenges", "outbox")}
    assert kept == {"links": 0, "challenges": 1, "outbox": 1}
    assert person.newest_mail(CODE)
    person.answer(person.code())
    assert person.standing().use is OtpUse.USED


@pytest.mark.rule("AUDIT-1")
def test_many_logins_do_not_make_the_next_one_slower_to_load(person: Person, clock: MovableClock) -> None:
    person.settle()
    for _ in range(40):
        clock.forward(minutes=4)
        person.log_in()
        person.pass_factor()
    read: list[object] = []
    select = person.otp.store.recorder.select_events

    def counting(*args: object, **kwargs: object) -> object:
        found = select(*args, **kwargs)  # type: ignore[arg-type]
        read.extend(found)
        return found

    person.otp.store.recorder.select_events = counting  # type: ignore[assignment,method-assign]
    person.standing()
    interval = max(person.otp.store.snapshotting_intervals.values())
    assert 0 < len(read) <= 2 * interval
