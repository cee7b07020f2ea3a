"""Many aggregates at once are what they are one by one, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate

from chassis.among import AT_ONCE
from chassis.loading import load_many
from chassis.store import Application
from tests.databases import migrate

NOW = datetime(2026, 4, 1, tzinfo=UTC)
INTERVAL = 5


class Tally(Aggregate):
    """Something with many events."""

    TOPIC = "test.Tally"

    class Event(Aggregate.Event):
        TOPIC = "test.Tally.Event"

    class Created(Aggregate.Created):
        TOPIC = "test.Tally.Created"

    class Raised(Event):
        TOPIC = "test.Tally.Raised"
        by: int

        def apply(self, aggregate: Tally) -> None:
            aggregate.marks = [*aggregate.marks, self.by]

    def __init__(self) -> None:
        self.marks: list[int] = []

    @classmethod
    def begin(cls) -> Tally:
        return cls._create(cls.Created, id=uuid4(), timestamp=NOW)

    def raise_by(self, by: int) -> None:
        self.trigger_event(self.Raised, timestamp=NOW, by=by)


class Tallies(Application):
    name = "tallies"
    snapshotting_intervals = {Tally: INTERVAL}  # noqa: RUF012

    def begin(self, marks: int) -> UUID:
        tally = Tally.begin()
        for mark in range(marks):
            tally.raise_by(mark)
        self.save(tally)
        return tally.id


@pytest.fixture
def tallies(store_url: str) -> Iterator[Tallies]:
    migrate(Tallies, store_url)
    store = Tallies(store_url, b"k" * 32)
    yield store
    store.close()


@pytest.mark.parametrize("lengths", [[0, 1, INTERVAL - 1, INTERVAL, INTERVAL + 1, 3 * INTERVAL + 2]])
def test_with_and_without_snapshots_they_are_what_they_are_one_by_one(tallies: Tallies, lengths: list[int]) -> None:
    ids = [tallies.begin(length) for length in lengths]
    found = load_many(tallies, Tally, ids)
    assert [found[one].marks for one in ids] == [list(range(length)) for length in lengths]
    assert list(found) == ids
    for one in ids:
        alone: Any = tallies.repository.get(one)
        assert found[one] == alone
        assert found[one].version == alone.version


def test_from_a_snapshot_on_only_the_events_after_it_are_read(
    tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tallies.begin(4 * INTERVAL)
    read: list[object] = []
    decode = tallies.mapper.to_domain_event
    monkeypatch.setattr(tallies.mapper, "to_domain_event", lambda event: read.append(event) or decode(event))
    load_many(tallies, Tally, [one])
    assert len(read) <= INTERVAL


def test_more_than_one_query_takes_are_loaded_and_each_once(tallies: Tallies) -> None:
    started = [Tally.begin() for _ in range(AT_ONCE + 3)]
    tallies.save(*started)
    ids = [tally.id for tally in started]
    assert list(load_many(tallies, Tally, [*ids, ids[0]])) == ids


def test_what_was_loaded_together_can_be_changed_and_saved(tallies: Tallies) -> None:
    ids = [tallies.begin(2), tallies.begin(7)]
    for tally in load_many(tallies, Tally, ids).values():
        tally.raise_by(99)
        tallies.save(tally)
    assert [tally.marks[-1] for tally in load_many(tallies, Tally, ids).values()] == [99, 99]


def test_one_that_is_missing_is_said_to_be(tallies: Tallies) -> None:
    with pytest.raises(AggregateNotFoundError):
        load_many(tallies, Tally, [tallies.begin(1), uuid4()])


def test_nothing_asked_is_nothing_found(tallies: Tallies) -> None:
    assert load_many(tallies, Tally, []) == {}


@pytest.mark.parametrize("query", [1, 2])
def test_a_snapshot_taken_while_they_are_read_leaves_no_gap(
    tallies: Tallies, monkeypatch: pytest.MonkeyPatch, query: int
) -> None:
    one = tallies.begin(INTERVAL - 2)
    rows, asked = tallies.rows, []

    def overtaken(sql: str, params: Any = None) -> list[dict[str, Any]]:
        asked.append(sql)
        if len(asked) == query:
            tally: Any = tallies.repository.get(one)
            for mark in range(3):
                tally.raise_by(mark)
            tallies.save(tally)
        return rows(sql, params)

    monkeypatch.setattr(tallies, "rows", overtaken)
    found = load_many(tallies, Tally, [one])[one]
    alone: Any = tallies.repository.get(one, version=found.version)
    assert found == alone
