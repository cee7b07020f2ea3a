"""The rows that pages and decisions query; every one is written in the transaction of the event behind it."""

from __future__ import annotations

from chassis.migrations import Migration
from contracts.phone import Feature

MIGRATIONS = (
    Migration(
        "0001-lines-numbers-sessions",
        """
        CREATE TABLE lines (
            line_id TEXT PRIMARY KEY,
            contract_number TEXT NOT NULL,
            unit TEXT,
            epoch BIGINT NOT NULL,
            removed INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX lines_in_use ON lines (contract_number) WHERE removed = 0;
        CREATE TABLE numbers (
            assignment_id TEXT PRIMARY KEY,
            line_id TEXT NOT NULL,
            number TEXT NOT NULL,
            is_contract INTEGER NOT NULL,
            features INTEGER NOT NULL,
            generation BIGINT NOT NULL,
            removed INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX numbers_in_use ON numbers (number) WHERE removed = 0;
        CREATE INDEX numbers_of_line ON numbers (line_id, is_contract, number);
        CREATE TABLE sessions (
            session_key TEXT PRIMARY KEY,
            session_id TEXT,
            assignment_id TEXT NOT NULL,
            line_id TEXT NOT NULL,
            generation BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            stage TEXT NOT NULL,
            pending_unit TEXT,
            last_seen BIGINT NOT NULL,
            ends_at BIGINT NOT NULL,
            ended TEXT,
            ended_at BIGINT
        );
        CREATE INDEX sessions_of_number ON sessions (assignment_id);
        CREATE INDEX sessions_of_line ON sessions (line_id);
        CREATE TABLE refusals (
            assignment_id TEXT NOT NULL,
            reason TEXT NOT NULL,
            minute BIGINT NOT NULL,
            attempts INTEGER NOT NULL,
            PRIMARY KEY (assignment_id, reason, minute)
        )
        """,
    ),
    Migration(
        # A page of a line's list, or of what a search finds in it, is read from the index in its order.
        "0002-search-of-numbers",
        """
        DROP INDEX numbers_of_line;
        CREATE INDEX numbers_listed ON numbers (line_id, is_contract, number) WHERE removed = 0;
        CREATE INDEX numbers_with_features ON numbers (line_id) WHERE removed = 0 AND features <> 0
        """,
    ),
    Migration(
        "0003-sessions-by-time",
        """
        CREATE INDEX sessions_open ON sessions (last_seen) WHERE ended IS NULL;
        CREATE INDEX sessions_over ON sessions (ended_at) WHERE ended IS NOT NULL
        """,
    ),
    Migration(
        # Logins under way when this comes get an id too: no part of a key that anybody could make a key of.
        "0004-logins",
        """
        ALTER TABLE sessions ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
        ALTER TABLE sessions ADD COLUMN otp_generation BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE sessions ADD COLUMN otp_registered INTEGER NOT NULL DEFAULT 0;
        UPDATE sessions SET login_id = COALESCE(session_id, substr(session_key, 1, 32))
        """,
    ),
    Migration(
        # A job that was applied, so that it is applied once; written in the transaction of what it changed (BULK-9).
        "0010-bulk-jobs",
        "CREATE TABLE bulk_jobs (job_id TEXT PRIMARY KEY, numbers INTEGER NOT NULL, applied_at BIGINT NOT NULL)",
    ),
)

_BITS = {feature: 1 << place for place, feature in enumerate(Feature)}


def to_mask(features: frozenset[Feature]) -> int:
    """Contracted features as one integer, a bit each, so that a row tells and a query filters them."""
    return sum(_BITS[feature] for feature in features)


def bit_of(feature: Feature) -> int:
    """The bit of one feature in the mask."""
    return _BITS[feature]


def from_mask(mask: int) -> tuple[Feature, ...]:
    """The features of a mask, in the order of the service selection page."""
    return tuple(feature for feature, bit in _BITS.items() if mask & bit)
