"""An event that cannot be worked with is put aside with what comes after it for its line (EVENT-2)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from eventsourcing.persistence import IntegrityError, Tracking

from chassis.follower import TRIES, Effect, Follower, one_by_one
from chassis.migrations import Migration
from chassis.store import Application
from chassis.telemetry import metrics
from contracts.base import Envelope, HistoryPage, HistoryQuery, Unavailable
from tests.databases import migrate

NOW = datetime(2026, 4, 1, tzinfo=UTC)
POISON = 3
LINES = ["A", "B", "A", "A", "B", None, "A", None, "B", "C"]
"""Of the events 1 to 10."""


def history(query: HistoryQuery) -> HistoryPage:
    found = [
        Envelope(
            id=f"id-{n}",
            type="hikari.source.Counted.v1",
            source="/services/source",
            subject=None,
            time=NOW,
            sequence=f"{n:020d}",
            partitionkey=line,
            data={},
        )
        for n, line in enumerate(LINES, start=1)
        if n > query.after
    ][: query.limit]
    return HistoryPage(events=tuple(found), until=found[-1].position if found else query.after)


class Notes(Application):
    """Writes down what it is told, in the order in which it is told."""

    name = "notes"
    migrations = (Migration("0001", "CREATE TABLE notes (position INTEGER PRIMARY KEY, at INTEGER NOT NULL)"),)
    broken: frozenset[int] = frozenset()
    failure: Callable[[], Exception] = staticmethod(lambda: ValueError("no idea what that means"))

    def note(self, event: Envelope, tracking: Tracking) -> bool:
        self.note_all([event], tracking)
        return True

    def note_all(self, events: Sequence[Envelope], tracking: Tracking) -> None:
        for event in events:
            if event.position in self.broken:
                raise self.failure()
        sql = "INSERT INTO notes (position, at) VALUES (:position, (SELECT COUNT(*) FROM notes))"
        self.save(writes=[(sql, {"position": event.position}) for event in events], tracking=tracking)

    @property
    def noted(self) -> list[int]:
        return [row["position"] for row in self.rows("SELECT position FROM notes ORDER BY at")]


@pytest.fixture
def new_notes(store_url: str) -> Iterator[Callable[[], Notes]]:
    """Each call is a process that starts over the same database."""
    made: list[Notes] = []

    def make() -> Notes:
        migrate(Notes, store_url)
        made.append(Notes(store_url, b"k" * 32))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(params=["one by one", "by the page"])
def follow(request: pytest.FixtureRequest) -> Callable[[Notes], Follower]:
    def make(notes: Notes) -> Follower:
        effect: Effect = one_by_one(notes, notes.note) if request.param == "one by one" else notes.note_all
        return Follower(notes, "source", history, effect)

    return make


@pytest.fixture
def notes(new_notes: Callable[[], Notes]) -> Notes:
    made = new_notes()
    made.broken = frozenset({POISON})
    return made


def until_parked(follower: Follower) -> int:
    """How many passes failed before."""
    for failed in range(100):
        try:
            follower.catch_up()
        except ValueError:
            continue
        return failed
    raise AssertionError("never parked")


@pytest.mark.rule("EVENT-2")
def test_a_poisoned_event_is_parked_after_five_tries_and_other_lines_go_on(notes: Notes, follow) -> None:
    assert until_parked(follow(notes)) == TRIES - 1
    assert notes.noted == [1, 2, 5, 6, 8, 9, 10]
    assert notes.position_in("source") == 10


@pytest.mark.rule("EVENT-2")
def test_later_events_of_its_line_wait_behind_it(notes: Notes, follow) -> None:
    follower = follow(notes)
    until_parked(follower)
    parked = follower.parked()
    assert [(one.position, one.line, one.tries, one.reason) for one in parked] == [
        (3, "A", TRIES, "ValueError"),
        (4, "A", 0, None),
        (7, "A", 0, None),
    ]
    assert (parked[0].id, parked[0].kind, parked[0].source, parked[0].service) == ("id-3", "Counted", "source", "notes")


def test_restarts_begin_no_new_count(notes: Notes, new_notes, follow) -> None:
    for _ in range(TRIES - 1):
        process = new_notes()
        process.broken = notes.broken
        with pytest.raises(ValueError):
            follow(process).catch_up()
    follow(notes).catch_up()
    assert [one.position for one in follow(notes).parked()] == [3, 4, 7]


@pytest.mark.rule("EVENT-2")
def test_taken_up_they_take_effect_in_order_and_once(notes: Notes, follow) -> None:
    follower = follow(notes)
    until_parked(follower)
    notes.broken = frozenset()
    taken = follower.retry()
    assert (taken.done, taken.left) == (3, 0)
    assert [n for n in notes.noted if LINES[n - 1] == "A"] == [1, 3, 4, 7]
    assert sorted(notes.noted) == list(range(1, 11))
    assert follower.retry().done == 0


def test_what_fails_again_keeps_its_line_waiting(notes: Notes, follow) -> None:
    follower = follow(notes)
    until_parked(follower)
    notes.broken = frozenset({4})
    taken = follower.retry()
    assert (taken.done, taken.left) == (1, 2)
    assert [(one.position, one.tries) for one in follower.parked()] == [(4, 1), (7, 0)]


def test_an_event_of_no_line_holds_up_nobody(notes: Notes, follow) -> None:
    notes.broken = frozenset({6})
    follower = follow(notes)
    until_parked(follower)
    assert [one.position for one in follower.parked()] == [6]
    assert 8 in notes.noted


def test_a_service_that_is_away_is_no_fault_of_the_event(notes: Notes, follow) -> None:
    notes.failure = lambda: Unavailable("auth")
    follower = follow(notes)
    for _ in range(TRIES + 2):
        with pytest.raises(Unavailable):
            follower.catch_up()
    assert follower.parked() == []
    notes.broken = frozenset()
    follower.catch_up()
    assert sorted(notes.noted) == list(range(1, 11))


def test_a_conflict_that_never_passes_is_parked_too(notes: Notes, follow) -> None:
    notes.failure = lambda: IntegrityError("always in the way")
    follower = follow(notes)
    for _ in range(TRIES):
        follower.catch_up()
    assert [one.position for one in follower.parked()] == [3, 4, 7]


def test_taken_up_by_two_at_once_they_take_effect_once(notes: Notes, new_notes, follow) -> None:
    until_parked(follow(notes))
    other = new_notes()
    note_all = other.note_all
    rival_turns = [follow(notes)]

    def note_late(events: Sequence[Envelope], tracking: Tracking) -> None:
        if rival_turns:
            notes.broken = frozenset()
            rival_turns.pop().retry()
        note_all(events, tracking)

    other.note_all = note_late
    follow(other).retry()
    assert [n for n in notes.noted if LINES[n - 1] == "A"] == [1, 3, 4, 7]
    assert follow(notes).parked() == []


def test_taken_up_again_after_a_crash_it_takes_effect_once(notes: Notes, follow) -> None:
    follower = follow(notes)
    until_parked(follower)
    notes.broken = frozenset()

    class Killed(BaseException):
        pass

    def die(_position: int) -> None:
        raise Killed

    follower._parking.release = die
    with pytest.raises(Killed):
        follower.retry()
    follow(notes).retry()
    assert [n for n in notes.noted if LINES[n - 1] == "A"] == [1, 3, 4, 7]


def test_parking_rings_the_alarm(notes: Notes, follow, caplog) -> None:
    follower = follow(notes)
    with caplog.at_level(logging.ERROR):
        until_parked(follower)
    assert any("event parked" in record.message for record in caplog.records)
    assert b'hikari_parked_events{service="notes",source="source"} 3.0' in metrics()
    notes.broken = frozenset()
    follower.retry()
    assert b'hikari_parked_events{service="notes",source="source"} 0.0' in metrics()


def test_an_event_parked_behind_what_was_taken_up_meanwhile_is_not_left_behind(notes: Notes, follow) -> None:
    until_parked(follow(notes))
    LINES.append("A")
    try:
        late, operator = follow(notes), follow(notes)
        park = late._parking.park

        def park_late(event: Envelope, **how) -> None:
            notes.broken = frozenset()
            operator.retry()
            park(event, **how)

        late._parking.park = park_late
        late.catch_up()
    finally:
        LINES.pop()
    assert late.parked() == []
    assert [n for n in notes.noted if n == 11 or LINES[n - 1] == "A"] == [1, 3, 4, 7, 11]
