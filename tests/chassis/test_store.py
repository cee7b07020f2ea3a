"""Events, rows and positions in one commit; a history that only grows; on both databases (AUDIT-3, EVENT-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import IntegrityError, PersistenceError, Tracking

from chassis.follower import Follower, one_by_one
from chassis.migrations import Migration
from chassis.store import Application, retry_on_conflict
from chassis.trail import Trail
from contracts.base import Channel, Envelope, HistoryPage, HistoryQuery, Role
from tests.databases import migrate

NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Counter(Aggregate):
    """Something that is counted."""

    TOPIC = "test.Counter"

    class Event(Aggregate.Event):
        TOPIC = "test.Counter.Event"

    class Created(Aggregate.Created):
        TOPIC = "test.Counter.Created"

    class Counted(Event):
        TOPIC = "test.Counter.Counted"
        by: int

        def apply(self, aggregate: Counter) -> None:
            aggregate.total += self.by

    def __init__(self) -> None:
        self.total = 0

    @classmethod
    def begin(cls) -> Counter:
        return cls._create(cls.Created, id=uuid4(), timestamp=NOW)

    def count(self, by: int) -> None:
        self.trigger_event(self.Counted, timestamp=NOW, by=by)


class Counters(Application):
    """An application with one row table of its own."""

    name = "counters"
    migrations = (Migration("0001", "CREATE TABLE totals (id TEXT PRIMARY KEY, total INTEGER NOT NULL)"),)

    def add(self, counter: Counter, by: int, expected: int = 1) -> None:
        counter.count(by)
        update = (
            "UPDATE totals SET total = :total WHERE id = :id",
            {"total": counter.total, "id": counter.id.hex},
            expected,
        )
        self.save(counter, writes=[update])

    def begin(self) -> UUID:
        counter = Counter.begin()
        row = {"id": counter.id.hex}
        self.save(counter, writes=[("INSERT INTO totals (id, total) VALUES (:id, 0)", row)])
        return counter.id

    def load(self, counter_id: UUID) -> Counter:
        found: object = self.repository.get(counter_id)
        assert isinstance(found, Counter)
        return found

    @retry_on_conflict
    def add_persistently(self, counter_id: UUID, by: int, meanwhile: Callable[[], None]) -> None:
        counter = self.load(counter_id)
        meanwhile()
        self.add(counter, by)


@pytest.fixture
def new_counters(store_url: str) -> Iterator[Callable[[], Counters]]:
    made: list[Counters] = []

    def make() -> Counters:
        migrate(Counters, store_url)
        made.append(Counters(store_url, b"k" * 32))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def counters(new_counters: Callable[[], Counters]) -> Counters:
    return new_counters()


def total_row(counters: Counters, counter_id: UUID) -> int:
    row = counters.row("SELECT total FROM totals WHERE id = :id", {"id": counter_id.hex})
    assert row is not None
    return int(row["total"])


def test_events_and_rows_are_committed_together(counters: Counters) -> None:
    counter_id = counters.begin()
    counters.add(counters.load(counter_id), 3)
    assert counters.load(counter_id).total == total_row(counters, counter_id) == 3


def test_a_row_that_is_not_as_expected_undoes_the_events_too(counters: Counters) -> None:
    counter_id = counters.begin()
    with pytest.raises(IntegrityError):
        counters.add(counters.load(counter_id), 3, expected=2)
    assert counters.load(counter_id).total == total_row(counters, counter_id) == 0


def test_a_stream_that_moved_on_undoes_the_rows_too(counters: Counters, new_counters: Callable[[], Counters]) -> None:
    counter_id = counters.begin()
    early = counters.load(counter_id)
    other = new_counters()
    other.add(other.load(counter_id), 5)
    with pytest.raises(IntegrityError):
        counters.add(early, 1)
    assert counters.load(counter_id).total == total_row(counters, counter_id) == 5


def test_a_use_case_that_met_a_conflict_decides_anew(counters: Counters, new_counters: Callable[[], Counters]) -> None:
    counter_id, other, times = counters.begin(), new_counters(), []

    def meanwhile() -> None:
        if len(times) < 3:
            times.append(1)
            other.add(other.load(counter_id), 10)

    counters.add_persistently(counter_id, 1, meanwhile)
    assert counters.load(counter_id).total == total_row(counters, counter_id) == 31


@pytest.mark.rule("AUDIT-3")
@pytest.mark.parametrize("statement", ["UPDATE {events} SET topic = 'x'", "DELETE FROM {events}", "TRUNCATE {events}"])
def test_the_database_refuses_to_change_or_delete_what_was_recorded(
    counters: Counters, store_url: str, statement: str
) -> None:
    if statement.startswith("TRUNCATE") and store_url.startswith("sqlite"):
        statement = "DELETE FROM {events}"  # SQLite has no TRUNCATE
    counter_id = counters.begin()
    table = counters.recorder.events_table_name  # type: ignore[attr-defined]
    with pytest.raises(PersistenceError, match="append-only"):
        counters.execute(statement.format(events=table), {})
    assert counters.load(counter_id).total == 0


@pytest.mark.rule("AUDIT-3")
def test_nothing_recorded_is_replaced_by_an_insert_either(counters: Counters, store_url: str) -> None:
    counter_id = counters.begin()
    table = counters.recorder.events_table_name  # type: ignore[attr-defined]
    insert = f"INSERT INTO {table} (originator_id, originator_version, topic, state) SELECT originator_id, "
    rest = f"originator_version, 'x', state FROM {table}"
    replacing = (
        insert.replace("INSERT", "INSERT OR REPLACE") + rest
        if store_url.startswith("sqlite")
        else insert + rest + " ON CONFLICT (originator_id, originator_version) DO UPDATE SET topic = 'x'"
    )
    with pytest.raises(PersistenceError, match="append-only"):
        counters.execute(replacing, {})
    assert counters.load(counter_id).total == 0


def test_a_value_that_the_database_never_takes_is_no_conflict_to_be_tried_again(counters: Counters) -> None:
    tries: list[int] = []

    @retry_on_conflict
    def impossible() -> None:
        tries.append(1)
        counters.save(writes=[("INSERT INTO totals (id, total) VALUES ('a', NULL)", {})])

    with pytest.raises(IntegrityError):
        impossible()
    assert len(tries) == 1


@pytest.mark.rule("AUDIT-1")
def test_the_trail_is_kept_with_every_event_of_a_commit(counters: Counters) -> None:
    counter = Counter.begin()
    counter.count(2)
    trail = Trail(Channel.WEB, Role.USER, "c" * 32, operator=None, address_token="today", request_id="r1")
    counters.save(counter, trail=trail)
    assert [Trail.of(event) for _, event in counters.recorded_after(0, 10)] == [trail, trail]


def test_migrating_twice_or_from_two_processes_does_no_harm(new_counters: Callable[[], Counters]) -> None:
    first, second = new_counters(), new_counters()
    counter_id = first.begin()
    assert second.load(counter_id).total == 0


def envelopes(count: int) -> list[Envelope]:
    return [
        Envelope(
            id=str(n),
            type="hikari.source.Counted.v1",
            source="/services/source",
            subject=None,
            time=NOW,
            sequence=f"{n:020d}",
            partitionkey=None,
            data={"by": n},
        )
        for n in range(1, count + 1)
    ]


class Source:
    """A history of ten events, of which every third is nobody's business."""

    def __init__(self) -> None:
        self.events = envelopes(10)

    def history(self, query: HistoryQuery) -> HistoryPage:
        found = [one for one in self.events if one.position > query.after][: query.limit]
        public = tuple(one for one in found if one.position % 3)
        return HistoryPage(events=public, until=found[-1].position if found else query.after)


def follower_of(counters: Counters, counter_id: UUID, source: Source, fail_at: int = 0) -> Follower:
    def policy(event: Envelope, tracking: Tracking) -> bool:
        if event.position == fail_at:
            raise RuntimeError("killed here")
        if event.data["by"] == 10:
            return False
        counter = counters.load(counter_id)
        counter.count(event.data["by"])
        counters.save(counter, tracking=tracking)
        return True

    return Follower(counters, "source", source.history, one_by_one(counters, policy))


@pytest.mark.rule("EVENT-2")
def test_a_follower_goes_on_after_a_crash_without_losing_or_repeating_anything(counters: Counters) -> None:
    counter_id, source = counters.begin(), Source()
    with pytest.raises(RuntimeError):
        follower_of(counters, counter_id, source, fail_at=5).catch_up(limit=4)
    follower_of(counters, counter_id, source).catch_up(limit=4)
    assert follower_of(counters, counter_id, source).catch_up() == 0
    assert counters.load(counter_id).total == 1 + 2 + 4 + 5 + 7 + 8
    assert counters.position_in("source") == 10


@pytest.mark.rule("EVENT-2")
def test_two_followers_at_once_apply_everything_once(counters: Counters, new_counters: Callable[[], Counters]) -> None:
    counter_id, source, other = counters.begin(), Source(), new_counters()
    rival = follower_of(other, counter_id, source)
    history = source.history

    def history_while_the_other_is_quicker(query: HistoryQuery) -> HistoryPage:
        page = history(query)
        rival.catch_up(limit=2)
        return page

    source_seen_late = Source()
    source_seen_late.history = history_while_the_other_is_quicker  # type: ignore[method-assign]
    follower_of(counters, counter_id, source_seen_late).catch_up(limit=5)
    follower_of(counters, counter_id, source).catch_up()
    assert counters.load(counter_id).total == 1 + 2 + 4 + 5 + 7 + 8
