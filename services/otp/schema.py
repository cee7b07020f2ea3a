"""The rows of otp. Secrets lie in them encrypted and only as long as they are of use; events hold none at all."""

from __future__ import annotations

from chassis.migrations import Migration
from chassis.outbox_rows import BUNDLES, EXPIRY

MIGRATIONS = (
    Migration(
        "0001-holders-links-challenges-outbox",
        """
        CREATE TABLE holders (
            stream_id TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            number TEXT NOT NULL,
            contract_number TEXT NOT NULL
        );
        CREATE TABLE links (
            token_hash TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            state TEXT NOT NULL
        );
        CREATE INDEX links_by_time ON links (expires_at);
        CREATE INDEX links_open ON links (expires_at) WHERE state = 'valid';
        CREATE TABLE challenges (
            challenge_id TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            secret TEXT
        );
        CREATE INDEX challenges_by_time ON challenges (expires_at);
        CREATE INDEX challenges_open ON challenges (expires_at) WHERE secret IS NOT NULL;
        CREATE TABLE passed (
            login_id TEXT NOT NULL,
            assignment_id TEXT NOT NULL,
            factor TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (login_id, assignment_id, factor)
        );
        CREATE INDEX passed_by_time ON passed (at);
        CREATE TABLE outbox (
            mail_id TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            content TEXT,
            state TEXT NOT NULL,
            reason TEXT,
            tries INTEGER NOT NULL,
            due_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            written_at BIGINT NOT NULL
        );
        CREATE UNIQUE INDEX outbox_by_reference ON outbox (reference);
        CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'on_its_way';
        CREATE INDEX outbox_by_time ON outbox (written_at)
        """,
    ),
    Migration(
        # A job that was applied, so that it is applied once; written in the transaction of what it changed (BULK-9).
        "0010-bulk-jobs",
        "CREATE TABLE bulk_jobs (job_id TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)",
    ),
    Migration("0011-bundles", BUNDLES),
    Migration(
        # Numbers that left their line without ever having chosen: a file that was checked before shall not enrol them.
        "0012-gone",
        "CREATE TABLE gone (assignment_id TEXT PRIMARY KEY)",
    ),
    Migration(
        # In the table where an enrolment begins, and under its key: of the two, the second to commit is a conflict.
        # The other table stays for an instance of before that may still be running; nobody reads it any more.
        "0013-gone-where-others-begin",
        """
        INSERT INTO holders (stream_id, assignment_id, version, number, contract_number)
        SELECT assignment_id, assignment_id, -1, '', '' FROM gone WHERE 1 = 1 ON CONFLICT DO NOTHING
        """,
    ),
    Migration(
        # A file of ten thousand may write as many notices: no one-time password waits behind them.
        "0014-what-expires-first-goes-first",
        EXPIRY,
    ),
    Migration(
        # A job that was refused has its row, too: an instance that is still saving it meets a conflict (BULK-9).
        "0015-refused-jobs",
        "ALTER TABLE bulk_jobs ADD COLUMN refused INTEGER NOT NULL DEFAULT 0",
    ),
)
