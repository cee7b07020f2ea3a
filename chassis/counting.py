"""Counters with an end that several processes share: a storage of the `limits` library over one PostgreSQL table.

The library has none for PostgreSQL, and a Redis for this alone would be one more server to run and to lose. One upsert
counts a hit under the row's lock, so no two processes can both believe to be the last one within a limit. The table is
unlogged: after a crash of the server counting begins anew, which a throttle may.
"""

from __future__ import annotations

from typing import Any

import psycopg
from limits.storage import Storage
from psycopg_pool import ConnectionPool, PoolTimeout

from chassis.migrations import patiently_connected
from contracts.base import Unavailable

TABLE = """
CREATE UNLOGGED TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY,
    hits BIGINT NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50)
"""
"""Room on each page for the next version of a row, so that counting need not touch the index."""

HIT = """
INSERT INTO counters AS c (key, hits, ends_at) VALUES (%(key)s, %(amount)s, now() + %(seconds)s * interval '1 second')
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN c.ends_at <= now() THEN excluded.hits ELSE c.hits + excluded.hits END,
    ends_at = CASE WHEN c.ends_at <= now() THEN excluded.ends_at ELSE c.ends_at END
RETURNING hits
"""

CONNECTIONS = 4
SECONDS = 2.0
"""How long a hit waits for the database before it gives up."""


def migrate(database_url: str) -> None:
    """Make the table where it is missing."""
    with patiently_connected(database_url) as connection:
        connection.execute(TABLE)


class SharedCounters(Storage):
    """`limits` storage. Raises `Unavailable` while the database is away: guesses nobody counts are not let through."""

    STORAGE_SCHEME = None

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self._pool = ConnectionPool(
            database_url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=SECONDS,
            reconnect_timeout=SECONDS,
            kwargs={"autocommit": True, "options": "-c synchronous_commit=off"},
            open=True,
        )

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return (psycopg.Error,)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(self._ask(HIT, key=key, amount=amount, seconds=expiry)[0])

    def get(self, key: str) -> int:
        found = self._ask("SELECT hits FROM counters WHERE key = %(key)s AND ends_at > now()", key=key)
        return int(found[0]) if found else 0

    def get_expiry(self, key: str) -> float:
        found = self._ask("SELECT extract(epoch FROM ends_at) FROM counters WHERE key = %(key)s", key=key)
        return float(found[0]) if found else 0.0

    def check(self) -> bool:
        self._ask("SELECT 1")
        return True

    def reset(self) -> int | None:
        found = self._ask("WITH gone AS (DELETE FROM counters RETURNING 1) SELECT count(*) FROM gone")
        return int(found[0])

    def clear(self, key: str) -> None:
        self._ask(
            "WITH gone AS (DELETE FROM counters WHERE key = %(key)s RETURNING 1) SELECT count(*) FROM gone", key=key
        )

    def close(self) -> None:
        """Let go of the database."""
        self._pool.close()

    def _ask(self, query: str, **params: Any) -> tuple[Any, ...]:
        try:
            with self._pool.connection() as connection:
                try:
                    return connection.execute(query.encode(), params).fetchone() or ()
                except psycopg.OperationalError:
                    if connection.broken:
                        self._pool.drain()
                    raise
        except (psycopg.OperationalError, PoolTimeout) as away:
            raise Unavailable("counters") from away
