"""The tables of the index, with an index for every condition that operators search by."""

from __future__ import annotations

from chassis.migrations import Migration

MIGRATIONS = (
    Migration(
        "0001-entries",
        """
        CREATE TABLE entries (
            position BIGINT PRIMARY KEY,
            event_id TEXT NOT NULL UNIQUE,
            service TEXT NOT NULL,
            source_position BIGINT NOT NULL,
            happened_at BIGINT NOT NULL,
            kind TEXT NOT NULL,
            number TEXT,
            line TEXT,
            actor TEXT,
            role TEXT,
            channel TEXT,
            address_token TEXT,
            cause TEXT,
            correlation_id TEXT,
            data TEXT NOT NULL
        );
        CREATE INDEX entries_of_line ON entries (line, position);
        CREATE INDEX entries_of_kind ON entries (kind, position);
        CREATE INDEX entries_of_request ON entries (correlation_id, position);
        CREATE INDEX entries_by_time ON entries (happened_at);
        CREATE TABLE entry_numbers (
            number TEXT NOT NULL,
            position BIGINT NOT NULL,
            PRIMARY KEY (number, position)
        );
        CREATE TABLE tail (writers INTEGER NOT NULL);
        INSERT INTO tail (writers) VALUES (1)
        """,
    ),
    Migration(
        "0002-latest-so-far",
        # What happened later may arrive earlier, from another service; but the latest time so far only ever grows with
        # the position, so where a period begins is found by one step into an index.
        """
        ALTER TABLE entries ADD COLUMN latest BIGINT;
        UPDATE entries SET latest = so_far.latest
            FROM (SELECT position, MAX(happened_at) OVER (ORDER BY position) AS latest FROM entries) AS so_far
            WHERE so_far.position = entries.position;
        CREATE INDEX entries_by_latest ON entries (latest, position)
        """,
    ),
)
