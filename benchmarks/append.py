"""Saving events through `chassis.store`, beside bare inserts of the same rows into a table of the same shape.

The product finds the events of the aggregate, writes them as JSON, holds the lock that keeps positions in the order of
commits, and appends to a table that a trigger guards. The baseline has the finished rows and a commit.
"""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
from eventsourcing.domain import Aggregate

from benchmarks.tools.measuring import Pace, Processors, Report, Row, pace, run, side_by_side, together
from chassis.store import Application
from deploy.postgres import private_postgres

WRITERS = 16
MANY = 100

Saver = Callable[[float], Pace]


class Guesses(Aggregate):
    """Of the size of a credential's events."""

    class Mismatched(Aggregate.Event):
        attempt_id: UUID
        mismatches: int

    def note(self, mismatches: int) -> None:
        """One event."""
        self.trigger_event(self.Mismatched, timestamp=datetime.now(UTC), attempt_id=uuid4(), mismatches=mismatches)


class Store(Application):
    name = "append"


def saver(store: Store, events: int) -> Saver:
    """A writer with a stream of its own."""
    stream = Guesses()
    store.save(stream)

    def save() -> None:
        for place in range(events):
            stream.note(place)
        store.save(stream)

    return lambda seconds: pace(save, seconds, each=events)


def row_like(store: Store) -> tuple[str, bytes]:
    """Topic and state of such an event as it is stored."""
    sample = Guesses()
    sample.note(1)
    stored = store.mapper.to_stored_event(list(sample.collect_events())[-1])
    return stored.topic, stored.state


def inserter(insert: Callable[[list[tuple[object, ...]]], None], events: int, row: tuple[str, bytes]) -> Saver:
    """A writer of bare rows, with a stream of its own too."""
    stream, versions = uuid4(), itertools.count(1)

    def once() -> None:
        insert([(stream, next(versions), *row) for _ in range(events)])

    return lambda seconds: pace(once, seconds, each=events)


class BareSqlite:
    """One connection a writer; a lock in the process puts writers in a row, as the library does."""

    def __init__(self, url: str, table: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self._turn = threading.Lock()
        with closing(sqlite3.connect(self._path)) as made:
            (shape,) = made.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            made.execute(shape.replace(table, "bare", 1))
            made.commit()

    def connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, check_same_thread=False)

    def insert(self, connection: sqlite3.Connection) -> Callable[[list[tuple[object, ...]]], None]:
        statement = "INSERT INTO bare (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"

        def insert(rows: list[tuple[object, ...]]) -> None:
            with self._turn, connection:
                connection.executemany(statement, [(row[0].hex, *row[1:]) for row in rows if isinstance(row[0], UUID)])

        return insert


class BarePostgres:
    """One connection a writer."""

    def __init__(self, url: str, table: str) -> None:
        self._url = url
        with psycopg.connect(url) as made:
            made.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING ALL)".encode())

    def connection(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True)

    def insert(self, connection: psycopg.Connection) -> Callable[[list[tuple[object, ...]]], None]:
        statement = b"INSERT INTO bare (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"

        def insert(rows: list[tuple[object, ...]]) -> None:
            if len(rows) == 1:
                connection.execute(statement, rows[0])
                return
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(statement, rows)

        return insert


def compare(
    kind: str, url: str, bare: type[BareSqlite | BarePostgres], processors: Processors, seconds: float, rounds: int
) -> list[Row]:
    """One and many writers, one event and many in a save."""
    Store.migrate(url)
    store = Store(url, b"k" * 32)
    row = row_like(store)
    tables = bare(url, str(store.recorder.events_table_name))  # type: ignore[attr-defined]
    connections = [tables.connection() for _ in range(WRITERS)]
    found = []
    for writers, events in itertools.product((1, WRITERS), (1, MANY)):
        ours = [saver(store, events) for _ in range(writers)]
        theirs = [inserter(tables.insert(one), events, row) for one in connections[:writers]]  # type: ignore[arg-type]
        case = f"{kind}, {writers} {'writer' if writers == 1 else 'writers'}, {events} a save"
        found.append(
            side_by_side(
                case,
                "events/s",
                lambda ours=ours: together(ours, seconds),  # type: ignore[misc]
                lambda theirs=theirs: together(theirs, seconds),  # type: ignore[misc]
                rounds,
                processors,
            )
        )
    for connection in connections:
        connection.close()
    store.close()
    return found


def measure(small: bool) -> Report:
    """Appending events against bare inserts."""
    seconds, rounds = (0.1, 1) if small else (0.5, 15)
    report = Report("append", "events saved through the store", "bare inserts of the same rows")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/append.sqlite"
        report.rows += compare("SQLite", url, BareSqlite, Processors(), seconds, rounds)
    with private_postgres(durable=True) as server:
        url = server.create_database("append")
        report.rows += compare("PostgreSQL", url, BarePostgres, Processors(servers=[server.pid]), seconds, rounds)
    report.facts["bytes a state"] = len(row_size())
    return report


def row_size() -> bytes:
    """The state of one event."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/one.sqlite"
        Store.migrate(url)
        store = Store(url, b"k" * 32)
        try:
            return row_like(store)[1]
        finally:
            store.close()


if __name__ == "__main__":
    run(measure)
