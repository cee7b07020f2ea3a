"""Sessions as time goes by and as others end them (LOGIN-8, LOGIN-9, LOGIN-11)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from chassis.clock import to_micros
from contracts.auth.logins import NoSession
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.schema import MIGRATIONS
from services.auth.store import AuthStore
from tests.databases import migrate
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import CONTRACT, PASSWORD, OfficeLine

STORE = {"key": b"k" * 32, "pepper": "p" * 32}


def is_open(auth: Auth, key: str, *, activity: bool = False) -> bool:
    try:
        auth.sessions.view(key, activity=activity)
    except NoSession:
        return False
    return True


@pytest.mark.rule("LOGIN-8")
def test_a_session_ends_after_30_minutes_without_activity(office: OfficeLine, clock: MovableClock) -> None:
    key = office.settle()
    clock.forward(minutes=29)
    assert is_open(office.auth, key, activity=True)
    clock.forward(minutes=30, microseconds=-1)
    assert is_open(office.auth, key)
    clock.forward(microseconds=1)
    assert not is_open(office.auth, key)


@pytest.mark.rule("LOGIN-8")
def test_requests_that_no_person_made_do_not_keep_a_session_alive(office: OfficeLine, clock: MovableClock) -> None:
    key = office.settle()
    for _ in range(6):
        clock.forward(minutes=5)
        open_still = is_open(office.auth, key, activity=False)
    assert not open_still


@pytest.mark.rule("LOGIN-8")
def test_a_session_ends_after_12_hours_however_busy(office: OfficeLine, clock: MovableClock) -> None:
    key = office.settle()
    for _ in range(12 * 6 - 1):
        clock.forward(minutes=10)
        assert is_open(office.auth, key, activity=True)
    clock.forward(minutes=10)
    assert not is_open(office.auth, key, activity=True)


@pytest.mark.rule("LOGIN-8")
def test_the_page_is_told_when_the_session_will_end(office: OfficeLine, clock: MovableClock) -> None:
    key = office.settle()
    clock.forward(minutes=10)
    assert office.auth.sessions.view(key, activity=False).seconds_left == 20 * 60
    assert office.auth.sessions.view(key, activity=True).seconds_left == 30 * 60
    clock.forward(hours=11, minutes=40, seconds=-1)
    with pytest.raises(NoSession):
        office.auth.sessions.view(key, activity=True)


@pytest.mark.rule("AUDIT-1", "LOGIN-8")
def test_sessions_that_end_by_themselves_are_recorded_once_with_their_cause(
    office: OfficeLine, clock: MovableClock
) -> None:
    office.settle()
    office.log_in(CONTRACT, PASSWORD)
    clock.forward(minutes=31)
    office.auth.sweep()
    office.auth.sweep()
    assert [event["cause"] for event in office.told("SessionEnded")] == ["idle", "idle"]


@pytest.mark.rule("LOGIN-11")
def test_logging_out_ends_the_session_and_doing_it_twice_does_no_harm(office: OfficeLine) -> None:
    key = office.settle()
    office.auth.sessions.log_out(key)
    office.auth.sessions.log_out(key)
    office.auth.sessions.log_out("no such key")
    assert not is_open(office.auth, key)
    assert [event["cause"] for event in office.told("SessionEnded")] == ["logout"]


@pytest.mark.rule("LOGIN-9")
def test_a_session_ended_by_one_process_is_refused_by_the_next_request_at_another(
    office: OfficeLine, new_auth: Callable[..., Auth]
) -> None:
    key = office.settle()
    other = new_auth()
    assert is_open(other, key)
    office.auth.sessions.log_out(key)
    assert not is_open(other, key)


@pytest.mark.rule("AUDIT-1")
def test_a_session_is_known_to_the_world_by_an_id_that_opens_nothing(office: OfficeLine) -> None:
    key = office.settle()
    (opened,) = office.told("SessionOpened")
    assert opened["session"] != key
    assert not is_open(office.auth, str(opened["session"]))


@pytest.mark.rule("LOGIN-8")
def test_a_session_that_was_open_before_logins_had_an_id_goes_on(
    store_url: str, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [step for step in MIGRATIONS if step.name < "0004"]
    monkeypatch.setattr(AuthStore, "migrations", before)
    migrate(AuthStore, store_url)
    line, number, session = (uuid4().hex for _ in range(3))
    with closing(AuthStore(AuthConfig.model_validate(STORE | {"database_url": store_url}))) as store:
        store.execute("INSERT INTO lines VALUES (:id, '0300001111', 'LINE', 1, 0)", {"id": line})
        store.execute("INSERT INTO numbers VALUES (:id, :line, '0300001111', 1, 1, 3, 0)", {"id": number, "line": line})
        row = "INSERT INTO sessions VALUES (:key, :id, :number, :line, 3, 1, :stage, NULL, :now, :end, NULL, NULL)"
        now = to_micros(datetime(2026, 4, 1, 9, tzinfo=UTC))
        known = {"number": number, "line": line, "now": now, "end": now + 3_600_000_000}
        store.execute(row, {**known, "key": "a" * 64, "id": session, "stage": "complete"})
        store.execute(row, {**known, "key": "b" * 64, "id": None, "stage": "change_expired"})
    monkeypatch.setattr(AuthStore, "migrations", MIGRATIONS)
    sessions = new_auth().sessions
    assert sessions.view("a" * 64, activity=True).session_id == sessions.view("a" * 64, activity=True).login_id
    under_way = sessions.view("b" * 64, activity=True)
    assert (under_way.session_id, under_way.login_id) == (None, UUID("b" * 32))
    # A process of the former release that is still running while the tables are new already.
    former = (
        "INSERT INTO sessions (session_key, session_id, assignment_id, line_id, generation, epoch, stage, pending_unit, "
        "last_seen, ends_at, ended, ended_at) VALUES (:key, NULL, :number, :line, 3, 1, :stage, NULL, :now, :end, NULL, NULL)"
    )
    auth = new_auth()
    auth.store.execute(former, {**known, "key": "c" * 64, "stage": "change_expired"})
    assert auth.sessions.view("c" * 64, activity=True).login_id == UUID("c" * 32)
