"""The library's recorders, taught three things: rows in the same transaction, no silent retry, a lock anyone may take."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresFactory, PostgresProcessRecorder
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore, SQLiteFactory, SQLiteProcessRecorder
from eventsourcing.utils import Environment
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Write = tuple[str, Params] | tuple[str, Params, int]
"""A statement on rows, its parameters (a list: once for each), and optionally how many rows it must touch, else the
whole commit is a conflict (compare and set)."""

_NAMED = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


def _expect(write: Write, touched: int) -> None:
    for expected in write[2:]:
        if touched != expected:
            raise IntegrityError(f"expected {expected} rows, touched {touched}")


class RowAccess(Protocol):
    """Queries and single statements on rows."""

    def select(self, sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]: ...
    def execute(self, sql: str, params: Mapping[str, Any]) -> int: ...


# --- SQLite ------------------------------------------------------------------------------------------------------


class SqliteRows:
    """Row access over SQLite, which understands `:name` itself."""

    def __init__(self, datastore: SQLiteDatastore) -> None:
        self._datastore = datastore

    def select(self, sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, dict(params))
            return [dict(row) for row in cursor.fetchall()]

    def execute(self, sql: str, params: Mapping[str, Any]) -> int:
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(sql, dict(params))
            return _touched(cursor)


def _touched(cursor: SQLiteCursor | sqlite3.Cursor) -> int:
    # Entering the library's cursor as a context yields the raw one, so both kinds arrive here.
    raw = cursor.sqlite_cursor if isinstance(cursor, SQLiteCursor) else cursor
    return raw.rowcount


class SqliteRecorder(SQLiteProcessRecorder):
    """Writes the rows after the events, in their transaction."""

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        writes: Sequence[Write] = (),
        **kwargs: Any,
    ) -> Sequence[int] | None:
        positions = super()._insert_events(c, stored_events, **kwargs)
        for write in writes:
            sql, params = write[0], write[1]
            if isinstance(params, Mapping):
                c.execute(sql, dict(params))
            else:
                c.executemany(sql, [dict(one) for one in params])
            _expect(write, _touched(c))
        return positions


class SqliteFactory(SQLiteFactory):
    """Builds the recorder above."""

    process_recorder_class = SqliteRecorder

    @property
    def rows(self) -> RowAccess:
        """Row access to the same database."""
        return SqliteRows(self.datastore)


# --- PostgreSQL --------------------------------------------------------------------------------------------------


def to_pyformat(sql: str) -> str:
    """`:name` → `%(name)s`, as psycopg wants it; casts (`::text`) are left alone."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class PostgresRows:
    """Row access over PostgreSQL."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore

    def select(self, sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._datastore.get_connection() as connection, connection.cursor() as cursor:
            return list(cursor.execute(to_pyformat(sql), dict(params)).fetchall())

    def execute(self, sql: str, params: Mapping[str, Any]) -> int:
        with self._datastore.get_connection() as connection, connection.cursor() as cursor:
            return cursor.execute(to_pyformat(sql), dict(params)).rowcount


class PostgresRecorder(PostgresProcessRecorder):
    """Appends in one statement under an advisory lock, which a role with only INSERT and SELECT may take too.

    The lock makes ids follow the order of commits, so that a reader at the tail misses nothing. It is taken before
    anything else of the transaction: rows locked first and then waited for here would be a deadlock.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        # Not decorated with the library's retry: a commit must not land long after its caller has given up.
        tracking: Tracking | None = kwargs.get("tracking")
        writes: Sequence[Write] = kwargs.get("writes", ())
        positions: list[int] = []
        with (
            self.datastore.get_connection() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            for start in range(0, len(stored_events), INSERTED_AT_ONCE):
                part = stored_events[start : start + INSERTED_AT_ONCE]
                cursor.execute(
                    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext(%(table)s)) AS done) "  # noqa: S608  # own names
                    f"INSERT INTO {self.datastore.schema}.{self.events_table_name} "
                    "(originator_id, originator_version, topic, state) "
                    "SELECT e.i, e.v, e.t, e.s FROM locked, unnest(%(ids)s::uuid[], %(versions)s::bigint[], "
                    "%(topics)s::text[], %(states)s::bytea[]) WITH ORDINALITY AS e(i, v, t, s, n) "
                    "ORDER BY e.n RETURNING notification_id",
                    {
                        "table": self.events_table_name,
                        "ids": [event.originator_id for event in part],
                        "versions": [event.originator_version for event in part],
                        "topics": [event.topic for event in part],
                        "states": [event.state for event in part],
                    },
                )
                positions += [row["notification_id"] for row in cursor.fetchall()]
            for write in writes:
                sql, params = to_pyformat(write[0]), write[1]
                if isinstance(params, Mapping):
                    cursor.execute(sql, dict(params))
                else:
                    cursor.executemany(sql, [dict(one) for one in params])
                _expect(write, cursor.rowcount)
            if tracking is not None:
                self._insert_tracking(cursor, tracking=tracking)
        return positions


INSERTED_AT_ONCE = 5_000
"""Events in one statement; those of a save are in one transaction however many they are, and in memory once more only so many."""
CONNECTIONS = 10
"""At most, for each process and store."""
CONNECTION_SECONDS = 4.0
"""How long a request waits for one of them."""
IDLE_IN_TRANSACTION_SECONDS = 5.0


class ForgetfulDatastore(PostgresDatastore):
    """Comes back soon after the server does.

    Left to itself the pool gives out, one by one, connections that died with the server, and looks for it at intervals
    that grow to minutes.
    """

    RECONNECT_SECONDS = 2.0
    """How long one attempt goes on; the next request begins another."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pool.reconnect_timeout = self.RECONNECT_SECONDS

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        with super().get_connection() as connection:
            try:
                yield connection
            except psycopg.OperationalError:
                if connection.broken:
                    self.pool.drain()  # what killed this connection killed the idle ones
                raise


class PostgresqlFactory(PostgresFactory):
    """Builds the recorder above."""

    process_recorder_class = PostgresRecorder

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        # In place of the library's own, which has opened nothing yet.
        self.datastore = ForgetfulDatastore(
            dbname=env["POSTGRES_DBNAME"],
            host=env["POSTGRES_HOST"],
            port=env["POSTGRES_PORT"],
            user=env["POSTGRES_USER"],
            password=env["POSTGRES_PASSWORD"],
            connect_timeout=CONNECTION_SECONDS,
            idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION_SECONDS,
            pool_size=1,
            max_overflow=CONNECTIONS - 1,
        )

    @property
    def rows(self) -> RowAccess:
        """Row access to the same database."""
        return PostgresRows(self.datastore)


def factory_for(name: str, database_url: str, settings: Mapping[str, str]) -> SqliteFactory | PostgresqlFactory:
    """The factory for `sqlite:///…` or `postgresql://…`. Raises ValueError for another scheme."""
    if database_url.startswith("sqlite:///"):
        return SqliteFactory(Environment(name, {**settings, "SQLITE_DBNAME": database_url.removeprefix("sqlite:///")}))
    if not database_url.startswith(("postgresql://", "postgres://")):
        raise ValueError("a database URL begins with sqlite:/// or postgresql://")
    parts = conninfo_to_dict(database_url)
    factory = PostgresqlFactory(
        Environment(
            name,
            {
                **settings,
                "POSTGRES_DBNAME": str(parts.pop("dbname")),
                "POSTGRES_HOST": str(parts.pop("host", "127.0.0.1")),
                "POSTGRES_PORT": str(parts.pop("port", 5432)),
                "POSTGRES_USER": str(parts.pop("user", "")),
                "POSTGRES_PASSWORD": str(parts.pop("password", "")),
            },
        )
    )
    assert isinstance(factory.datastore.pool.kwargs, dict)
    factory.datastore.pool.kwargs.update(parts)  # sslmode and its like
    return factory
