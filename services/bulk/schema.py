"""The rows by which files are found, shown and worked on; the history has what came of them."""

from __future__ import annotations

from chassis.migrations import Migration

MIGRATIONS = (
    Migration(
        "0001-uploads",
        """
        CREATE TABLE uploads (
            upload_id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            to_unit TEXT,
            line_id TEXT NOT NULL,
            assignment_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            session_key TEXT NOT NULL,
            role TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            size INTEGER NOT NULL,
            parts INTEGER NOT NULL,
            chunks INTEGER,
            row_count INTEGER NOT NULL,
            done INTEGER NOT NULL,
            faults INTEGER NOT NULL,
            changes INTEGER NOT NULL,
            untouched INTEGER NOT NULL,
            corrections INTEGER NOT NULL,
            job_key TEXT,
            origin TEXT NOT NULL,
            holder TEXT,
            held_until BIGINT NOT NULL,
            not_before BIGINT NOT NULL,
            begun_at BIGINT NOT NULL,
            ended_at BIGINT
        );
        CREATE UNIQUE INDEX one_job_a_line ON uploads (line_id) WHERE state = 'working';
        CREATE INDEX uploads_of_line ON uploads (line_id, begun_at);
        CREATE INDEX uploads_to_do ON uploads (state, begun_at) WHERE ended_at IS NULL;
        CREATE INDEX uploads_over ON uploads (ended_at) WHERE ended_at IS NOT NULL;
        CREATE TABLE pieces (
            upload_id TEXT NOT NULL,
            sort TEXT NOT NULL,
            place INTEGER NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (upload_id, sort, place)
        );
        CREATE TABLE whose (
            upload_id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            number TEXT NOT NULL,
            contract_number TEXT NOT NULL
        )
        """,
    ),
    Migration(
        # What cannot be carried any further gives way one day: a line has one job at a time.
        "0002-tries",
        "ALTER TABLE uploads ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
    ),
    Migration(
        # The difference that a file makes, in figures; `changes` counts the rows that are looked at.
        "0003-difference",
        """
        ALTER TABLE uploads ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE uploads ADD COLUMN counts TEXT NOT NULL DEFAULT '{}'
        """,
    ),
    Migration(
        "0004-groups",
        """
        ALTER TABLE uploads ADD COLUMN group_id TEXT;
        ALTER TABLE uploads ADD COLUMN seen INTEGER NOT NULL DEFAULT 0
        """,
    ),
    Migration(
        # Corrections have targets in them by now, and die with the job. What lay there under the service's key can be read
        # by nobody any more; a file that waits for them to be confirmed is as one that has waited too long.
        "0005-corrections-of-the-job",
        """
        UPDATE uploads SET begun_at = 0 WHERE corrections > 0 AND ended_at IS NULL AND state <> 'working';
        DELETE FROM pieces WHERE sort = 'corrections'
        """,
    ),
)
