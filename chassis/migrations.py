"""The tables of a service, created by a step of its own, and the guards that make its history append-only (AUDIT-3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from chassis.recorders import PostgresqlFactory, SqliteFactory, factory_for

PATIENCE = 60.0
"""Seconds that a database may be away when a service starts."""


class Migration(NamedTuple):
    """A step that is done once. `sql` holds statements that both databases understand, split at semicolons."""

    name: str
    sql: str


SHARED = (
    Migration("0000-chassis", "CREATE TABLE subject_keys (subject TEXT PRIMARY KEY, wrapped TEXT NOT NULL)"),
    Migration(
        "0000-parking",
        """
        CREATE TABLE parked (
            source TEXT NOT NULL,
            position BIGINT NOT NULL,
            event_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            line TEXT,
            tries INTEGER NOT NULL,
            reason TEXT,
            parked_at BIGINT NOT NULL,
            PRIMARY KEY (source, position)
        );
        CREATE TABLE stumbles (source TEXT PRIMARY KEY, position BIGINT NOT NULL, tries INTEGER NOT NULL)
        """,
    ),
    Migration(
        "0000-leases", "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)"
    ),
)
"""What every service has, whatever it is for."""

_SQLITE_GUARDS = """
CREATE TRIGGER IF NOT EXISTS {table}_keeps_updates_out BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
;;
CREATE TRIGGER IF NOT EXISTS {table}_keeps_deletes_out BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
;;
CREATE TRIGGER IF NOT EXISTS {table}_keeps_replacements_out BEFORE INSERT ON {table}
WHEN EXISTS (
    SELECT 1 FROM {table} WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version
)
BEGIN SELECT RAISE(ABORT, 'UNIQUE: the history is append-only'); END
"""
"""The last one because INSERT OR REPLACE deletes without asking the delete trigger."""

_POSTGRES_GUARDS = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$
;;
CREATE OR REPLACE TRIGGER keeps_changes_out BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def migrate(name: str, database_url: str, migrations: Sequence[Migration]) -> None:
    """Bring a database to the present shape. Processes that do it at once wait for each other."""
    factory = factory_for(name, database_url, {"CREATE_TABLE": "n", "IS_SNAPSHOTTING_ENABLED": "y"})
    steps = (*SHARED, *migrations)
    try:
        if isinstance(factory, SqliteFactory):
            _on_sqlite(factory, steps)
        else:
            _on_postgres(factory, database_url, steps)
    finally:
        factory.close()


def _create_library_tables(factory: SqliteFactory | PostgresqlFactory) -> list[str]:
    """The tables of events and of snapshots; what is decided from is guarded, and that is both."""
    recorders: list[Any] = [factory.process_recorder(), factory.aggregate_recorder(purpose="snapshots")]
    for recorder in recorders:
        recorder.create_table()
    return [str(recorder.events_table_name) for recorder in recorders]


def _on_sqlite(factory: SqliteFactory, migrations: Sequence[Migration]) -> None:
    rows = factory.rows
    for table in _create_library_tables(factory):
        for guard in _SQLITE_GUARDS.format(table=table).split(";;"):
            rows.execute(guard, {})
    rows.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)", {})
    with factory.datastore.get_connection(commit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")  # whoever comes second waits, then finds it done
        cursor.execute("SELECT name FROM migrations")
        done = {row["name"] for row in cursor.fetchall()}
        for step in migrations:
            if step.name not in done:
                for statement in filter(str.strip, step.sql.split(";")):
                    cursor.execute(statement)
                cursor.execute("INSERT INTO migrations VALUES (?)", (step.name,))
        connection.commit()


def _on_postgres(factory: PostgresqlFactory, database_url: str, migrations: Sequence[Migration]) -> None:
    with patiently_connected(database_url) as connection:
        if _all_done(connection, migrations):
            return  # so that a role without the right to change anything may start a service
        connection.execute("SELECT pg_advisory_lock(hashtext('migrations'))")
        for table in _create_library_tables(factory):
            for guard in _POSTGRES_GUARDS.format(table=table).split(";;"):
                connection.execute(guard)
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
        done = {row[0] for row in connection.execute("SELECT name FROM migrations").fetchall()}
        for step in migrations:
            if step.name not in done:
                with connection.transaction():
                    connection.execute(step.sql)
                    connection.execute("INSERT INTO migrations VALUES (%s)", (step.name,))


def patiently_connected(database_url: str) -> psycopg.Connection:
    """Servers of one site start in any order, and a killed one is soon back. Raises what the last try raised."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(database_url, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _all_done(connection: psycopg.Connection, migrations: Sequence[Migration]) -> bool:
    found = connection.execute("SELECT to_regclass('migrations')").fetchone()
    if found is None or found[0] is None:
        return False
    done = {row[0] for row in connection.execute("SELECT name FROM migrations").fetchall()}
    return all(step.name in done for step in migrations)
