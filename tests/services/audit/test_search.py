"""How operators find what they look for: by number, line, kind, period and request, page by page (AUDIT-4)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from chassis.origin import acting
from contracts.audit import AuditPage, AuditQuery
from contracts.auth.api import AuthApi
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.base import Channel, Envelope, HistoryPage, HistoryQuery, Nothing, Origin
from services.audit.application import Audit
from services.audit.config import AuditConfig
from services.audit.schema import MIGRATIONS
from services.audit.search import search
from tests.databases import migrate
from tests.services.audit.conftest import Operator
from tests.services.auth.people import ADDITIONAL, CONTRACT, STRANGER, OfficeLine

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Told:
    """A history that a test writes line by line, as a service publishes it."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.events: list[Envelope] = []

    def tell(self, name: str, at: datetime = NEW_YEAR, number: str = CONTRACT, **data: object) -> None:
        position = len(self.events) + 1
        self.events.append(
            Envelope(
                id=f"{self.service}-{position}",
                type=f"hikari.{self.service}.{name}.v1",
                source=f"/services/{self.service}",
                subject=number,
                time=at,
                sequence=f"{position:020d}",
                partitionkey=CONTRACT,
                data=data,
            )
        )

    def history(self, query: HistoryQuery) -> HistoryPage:
        events = self.events[query.after : query.after + query.limit]
        return HistoryPage(events=tuple(events), until=query.after + len(events))


@pytest.fixture
def tempcred() -> Told:
    return Told("tempcred")


@pytest.fixture
def operator(new_audit, tempcred: Told) -> Operator:
    """Audit with a tempcred that says what the test wants."""
    return Operator(new_audit({"tempcred": tempcred.history}))


@pytest.mark.rule("AUDIT-4")
def test_a_number_finds_its_own_entries_and_a_line_those_of_all_its_numbers(office: OfficeLine, operator):
    office.provision()
    assert operator.kinds(number=ADDITIONAL) == ["NumberAdded", "FeaturesContracted"]
    assert {entry.number for entry in operator.finds(line=CONTRACT)} == {CONTRACT, ADDITIONAL}
    assert len(operator.finds(line=CONTRACT)) == len(operator.finds()) > len(operator.finds(number=CONTRACT))
    assert operator.finds(line=STRANGER) == operator.finds(number=STRANGER) == []


@pytest.mark.rule("AUDIT-4")
def test_a_period_holds_its_beginning_and_not_its_end(tempcred: Told, operator):
    for hours in range(4):
        tempcred.tell(f"At{hours}", NEW_YEAR + timedelta(hours=hours))
    since, until = NEW_YEAR + timedelta(hours=1), NEW_YEAR + timedelta(hours=3)
    assert operator.kinds(since=since, until=until) == ["At1", "At2"]
    assert operator.kinds(since=until) == ["At3"]
    assert operator.kinds(until=since) == ["At0"]


@pytest.mark.rule("AUDIT-4")
def test_a_period_finds_what_arrived_late_from_another_service(new_audit, tempcred: Told):
    """Audit takes services in one after the other, so times go back and forth with the position."""
    otp = Told("otp")
    audit = new_audit({"tempcred": tempcred.history, "otp": otp.history})
    for hours in (1, 5, 2):
        tempcred.tell(f"At{hours}", NEW_YEAR + timedelta(hours=hours))
    audit.follow("tempcred")
    for hours in (0, 4, 3, 6):
        otp.tell(f"At{hours}", NEW_YEAR + timedelta(hours=hours))
    audit.follow("otp")
    arrived = [1, 5, 2, 0, 4, 3, 6]
    operator = Operator(audit)
    for since in range(8):
        expected = [f"At{hours}" for hours in arrived if hours >= since]
        assert operator.kinds(since=NEW_YEAR + timedelta(hours=since)) == expected
        assert operator.kinds(since=NEW_YEAR + timedelta(hours=since), number=CONTRACT) == expected


@pytest.mark.rule("AUDIT-4")
def test_what_happened_before_a_period_is_not_looked_at(sqlite_url: str, tempcred: Told):
    for minutes in range(3000):
        tempcred.tell("Set", NEW_YEAR + timedelta(minutes=minutes))
    migrate(Audit, sqlite_url)
    audit = Audit(AuditConfig(database_url=sqlite_url, key=b"a" * 32), {"tempcred": tempcred.history})
    audit.follow("tempcred")
    audit.close()
    sql, params = search(AuditQuery(since=NEW_YEAR + timedelta(minutes=2990)))
    steps = []
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as store:
        store.set_progress_handler(lambda: steps.append(100), 100)
        assert len(store.execute(sql, params).fetchall()) == 10
    assert sum(steps) < 1000, "of the database's virtual machine; a row takes some ten"


def test_an_index_of_before_knows_the_latest_time_so_far_too(store_url: str, monkeypatch):
    monkeypatch.setattr(Audit, "migrations", MIGRATIONS[:1])
    migrate(Audit, store_url)
    monkeypatch.setattr(Audit, "migrations", MIGRATIONS)
    audit = Audit(AuditConfig(database_url=store_url, key=b"a" * 32), {})
    for position, at in enumerate([3, 1, 5, 4], start=1):
        audit.execute(
            "INSERT INTO entries (position, event_id, service, source_position, happened_at, kind, data) "
            "VALUES (:position, :id, 'auth', :position, :at, 'Set', '{}')",
            {"position": position, "id": f"id-{position}", "at": at},
        )
    migrate(Audit, store_url)
    assert [row["latest"] for row in audit.rows("SELECT latest FROM entries ORDER BY position")] == [3, 3, 5, 5]
    audit.close()


@pytest.mark.rule("AUDIT-4")
def test_all_conditions_given_must_hold(tempcred: Told, operator):
    tempcred.tell("Set", correlation_id="a" * 32)
    tempcred.tell("Voided", correlation_id="a" * 32)
    tempcred.tell("Set", number=ADDITIONAL, correlation_id="a" * 32)
    tempcred.tell("Set", correlation_id="b" * 32)
    found = operator.finds(
        kind="Set", number=CONTRACT, line=CONTRACT, correlation_id="a" * 32, since=NEW_YEAR - timedelta(days=1)
    )
    assert [entry.position for entry in found] == [1]


@pytest.mark.rule("AUDIT-4")
def test_pages_follow_each_other_without_gap_or_repeat(tempcred: Told, operator):
    for _ in range(7):
        tempcred.tell("Set")
    seen: list[int] = []
    sizes: list[int] = []
    more = True
    while more:
        page = operator.api.entries(AuditQuery(number=CONTRACT, after=seen[-1] if seen else 0, limit=3))
        seen += [entry.position for entry in page.entries]
        sizes.append(len(page.entries))
        more = page.more
    assert seen == list(range(1, 8))
    assert sizes == [3, 3, 1]


def _newest(operator: Operator, **conditions: object) -> AuditPage:
    return operator.api.entries(AuditQuery.model_validate({"newest": True, **conditions}))


@pytest.mark.rule("AUDIT-4")
def test_the_newest_come_first_and_pages_lead_back_to_the_beginning(tempcred: Told, operator):
    for _ in range(7):
        tempcred.tell("TemporaryPasswordSet")
    told: list[int] = []
    page = _newest(operator, limit=3)
    while page.more:
        told += [entry.position for entry in page.entries]
        page = _newest(operator, limit=3, before=told[-1])
    assert told + [entry.position for entry in page.entries] == list(range(7, 0, -1))
    assert [one.position for one in _newest(operator, number=CONTRACT, limit=2).entries] == [7, 6]


@pytest.mark.rule("AUDIT-4")
def test_the_kinds_that_there_are_can_be_listed(tempcred: Told, operator):
    assert operator.api.kinds(Nothing()).kinds == ()
    for kind in ("TemporaryPasswordSet", "TemporaryPasswordExpired", "TemporaryPasswordSet"):
        tempcred.tell(kind)
    assert operator.api.kinds(Nothing()).kinds == ("TemporaryPasswordExpired", "TemporaryPasswordSet")


def test_a_full_last_page_does_not_promise_more(tempcred: Told, operator):
    for _ in range(3):
        tempcred.tell("Set")
    assert not operator.api.entries(AuditQuery(limit=3)).more


def test_a_page_is_never_larger_than_a_thousand_entries(tempcred: Told, operator):
    for _ in range(1001):
        tempcred.tell("Set")
    page = operator.api.entries(AuditQuery(limit=5000))
    assert len(page.entries) == 1000
    assert page.more


def test_positions_run_over_all_services_without_a_gap(office: OfficeLine, tempcred: Told, operator):
    tempcred.tell("Set")
    first = operator.finds()
    tempcred.tell("Voided")
    office.settle()
    entries = operator.finds()
    assert entries[: len(first)] == first, "what was told once keeps its position"
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    assert {entry.service for entry in entries} == {"auth", "tempcred"}


def test_an_entry_is_told_as_its_service_published_it(office: OfficeLine, auth_api: AuthApi, operator):
    office.settle()
    published = {event.id: event for event in auth_api.history(HistoryQuery(limit=1000)).events}
    assert len(operator.finds()) == len(published)
    for entry, event in zip(operator.finds(), published.values(), strict=True):
        assert (entry.kind, entry.time, entry.number, entry.line) == (
            event.name, event.time, event.subject, event.partitionkey,
        )  # fmt: skip
        assert entry.data == event.data


@pytest.mark.parametrize("condition", ["number", "line", "kind", "correlation_id", "since"])
def test_every_condition_is_answered_by_an_index(sqlite_url: str, condition: str):
    """On SQLite, whose plan does not depend on how much there is."""
    migrate(Audit, sqlite_url)
    audit = Audit(AuditConfig(database_url=sqlite_url, key=b"a" * 32), {})
    value = NEW_YEAR if condition == "since" else CONTRACT
    sql, params = search(AuditQuery.model_validate({condition: value}))
    plan = [row["detail"] for row in audit.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
    audit.close()
    assert all(step.startswith(("SEARCH", "SCALAR SUBQUERY", "USE TEMP")) for step in plan), plan


def test_a_line_of_thousands_is_in_the_index_at_the_first_question_or_soon_after(auth_api: AuthApi, audit, operator):
    numbers = tuple(ProvisionedNumber(number=f"03{n:08d}") for n in (11110000 + i for i in range(1500)))
    with acting(Origin(channel=Channel.OPS, correlation_id="e" * 32)):
        auth_api.provision_line(ProvisionLine(contract_number=numbers[0].number, numbers=numbers))
    audit.follow("auth")
    assert len(audit.rows("SELECT position FROM entries WHERE kind = 'NumberAdded'")) == 1500
