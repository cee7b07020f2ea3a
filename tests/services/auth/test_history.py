"""What auth tells the world, and what it never tells (AUDIT-1, AUDIT-2, EVENT-2)."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.origin import acting
from contracts.auth.logins import InvalidCredentials
from contracts.base import Channel, HistoryQuery, Origin, Secret
from contracts.phone import AuthUnit
from services.auth.application import Auth
from services.auth.credential import Credential
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine

ADDRESS = "192.0.2.77"


def journey(office: OfficeLine) -> str:
    origin = Origin(
        channel=Channel.WEB,
        correlation_id="c0ffee" * 5 + "42",
        address=Secret(ADDRESS),
        address_token="token-of-today",
        request_id="request-1",
    )
    with acting(origin):
        key = office.settle()
        with pytest.raises(InvalidCredentials):
            office.log_in(CONTRACT, "wrong1234x")
        office.auth.sessions.log_out(key)
    return key


@pytest.mark.rule("AUDIT-1", "EVENT-2")
def test_every_public_event_says_who_when_from_where_and_in_which_request(office: OfficeLine) -> None:
    journey(office)
    page = office.auth.history(HistoryQuery(limit=1000))
    web = [event for event in page.events if event.data["channel"] == "web"]
    assert {event.name for event in web} == {
        "TemporaryPasswordHeld",
        "PasswordSet",
        "SessionOpened",
        "AuthUnitChanged",
        "LoginFailed",
        "SessionEnded",
    }
    for event in web:
        assert event.subject == CONTRACT
        assert event.partitionkey == CONTRACT
        assert event.data["correlation_id"] == "c0ffee" * 5 + "42"
        assert event.data["address_token"] == "token-of-today"
        assert event.data["actor"]["number"] == CONTRACT
        assert event.traceparent is not None
        assert event.traceparent.startswith("00-" + "c0ffee" * 5 + "42-")


@pytest.mark.rule("EVENT-2")
def test_history_is_told_in_pages_in_order_and_with_the_same_ids_every_time(office: OfficeLine) -> None:
    journey(office)
    whole = office.auth.history(HistoryQuery(limit=1000))
    in_pages, after = [], 0
    while True:
        page = office.auth.history(HistoryQuery(after=after, limit=3))
        if page.until == after:
            break
        in_pages += page.events
        after = page.until
    assert [event.id for event in in_pages] == [event.id for event in whole.events]
    assert [event.sequence for event in in_pages] == sorted(event.sequence for event in in_pages)
    assert len({event.id for event in in_pages}) == len(in_pages)
    assert after == whole.until


@pytest.mark.rule("AUDIT-2")
def test_no_secret_and_no_session_key_is_in_any_public_event(office: OfficeLine) -> None:
    key = journey(office)
    told = json.dumps([event.model_dump(mode="json") for event in office.auth.history(HistoryQuery(limit=1000)).events])
    for secret in (TEMPORARY, PASSWORD, "wrong1234x", key, ADDRESS, "argon2"):
        assert secret not in told


@pytest.mark.rule("AUDIT-2", "AUDIT-5")
def test_neither_passwords_nor_numbers_nor_addresses_lie_readable_in_the_stored_events(
    office: OfficeLine, auth: Auth
) -> None:
    journey(office)
    stored = b"".join(
        notification.state for notification in auth.store.recorder.select_notifications(start=1, limit=1000)
    )
    for secret in (TEMPORARY, PASSWORD, "wrong1234x", CONTRACT, ADDITIONAL, ADDRESS):
        assert secret.encode() not in stored


@pytest.mark.rule("AUDIT-5")
def test_destroying_a_subjects_key_makes_what_was_sealed_unreadable_and_leaves_the_history_whole(
    office: OfficeLine, auth: Auth
) -> None:
    journey(office)
    row = auth.store.number(CONTRACT)
    assert row is not None
    sealed = auth.store.credential(row.assignment_id).number
    assert auth.store.personal.open(sealed) == CONTRACT
    before = [event.id for event in auth.history(HistoryQuery(limit=1000)).events]
    auth.store.personal.erase(row.assignment_id)
    assert auth.store.personal.open(sealed) is None
    assert [event.id for event in auth.history(HistoryQuery(limit=1000)).events] == before


@pytest.mark.rule("AUDIT-1")
def test_a_number_with_10000_logins_loads_no_more_events_than_a_new_one_may_have(office: OfficeLine) -> None:
    """Growth is bounded by snapshots: the events read for one login stay below the snapshot interval."""
    office.settle()
    row = office.auth.store.number(CONTRACT)
    assert row is not None
    credential = office.auth.store.credential(row.assignment_id)
    now = office.auth.store.clock()
    while credential.version < 20_000:
        for _ in range(500):
            credential.record_attempt(uuid4(), matches=True, now=now)
            credential.complete_login(uuid4(), now)
        office.auth.store.save(credential)
        credential = office.auth.store.credential(row.assignment_id)
    read: list[object] = []
    select = office.auth.store.recorder.select_events

    def counting(*args: object, **kwargs: object) -> object:
        found = select(*args, **kwargs)  # type: ignore[arg-type]
        read.extend(found)
        return found

    office.auth.store.recorder.select_events = counting  # type: ignore[assignment,method-assign]
    office.log_in(CONTRACT, PASSWORD)
    interval = office.auth.store.snapshotting_intervals[Credential]
    assert 0 < len(read) <= 4 * interval


@pytest.mark.rule("AUDIT-1")
def test_a_snapshot_that_fails_does_not_fail_the_command(
    office: OfficeLine, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.settle()

    def broken(*_: object) -> None:
        raise RuntimeError("the snapshot table is full")

    monkeypatch.setattr(auth.store, "_take_snapshots", broken)
    stage, key = office.log_in(CONTRACT, PASSWORD)
    assert auth.sessions.view(key, activity=True).stage is stage


def everything_stored(auth: Auth, url: str) -> bytes:
    """All that a curious database administrator could read."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    tables = auth.store.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    rows = [auth.store.rows(f"SELECT * FROM {table['table_name']}") for table in tables]
    return repr(rows).encode()


@pytest.mark.rule("AUDIT-2")
def test_nothing_in_the_database_lets_a_password_or_an_address_be_read(
    office: OfficeLine, auth: Auth, store_url: str
) -> None:
    key = journey(office)
    office.dial(AuthUnit.NUMBER, ADDITIONAL)
    stored = everything_stored(auth, store_url)
    assert key.encode() in stored, "what is kept readable is found by this search"
    for secret in (TEMPORARY, PASSWORD, "wrong1234x", ADDRESS):
        assert secret.encode() not in stored
