"""The rows of an outbox: a mail each, sealed until it was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import from_micros

ON_ITS_WAY = "on_its_way"
SENT = "sent"
FAILED = "failed"

TABLE = """
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
"""
"""For the migration of a service with an outbox."""
BUNDLES = """
    ALTER TABLE outbox ADD COLUMN bundle TEXT;
    CREATE INDEX outbox_bundles ON outbox (bundle) WHERE state = 'on_its_way'
"""
"""The next migration of it."""
EXPIRY = """
    CREATE INDEX outbox_expiry ON outbox (expires_at, due_at, written_at, mail_id) WHERE state = 'on_its_way';
    DROP INDEX outbox_due
"""
"""Another one, where `NEXT_TO_EXPIRE` is asked for."""

WRITE = (
    "INSERT INTO outbox (mail_id, assignment_id, kind, reference, content, state, tries, due_at, expires_at, "
    "written_at, bundle) "
    "VALUES (:mail, :assignment, :kind, :reference, :content, 'on_its_way', 0, :due, :expires, :now, :bundle)"
)
WITHDRAW = (
    "UPDATE outbox SET state = 'failed', reason = 'withdrawn', content = NULL "
    "WHERE reference = :reference AND state = 'on_its_way'"
)
_DUE = (
    "SELECT mail_id, assignment_id, kind, reference, content, tries + 1 AS tries, due_at, expires_at, written_at, bundle "
    "FROM outbox WHERE state = 'on_its_way' AND due_at <= :now ORDER BY "
)
NEXT = _DUE + "due_at, written_at, mail_id LIMIT 1"
NEXT_TO_EXPIRE = _DUE + "expires_at, due_at, written_at, mail_id LIMIT 1"
"""For an outbox in which somebody waits for one mail, and for thousands of others nobody."""
CLAIM = (
    "UPDATE outbox SET due_at = :until, tries = tries + 1 "
    "WHERE mail_id = :mail AND due_at = :seen AND state = 'on_its_way'"
)
CLAIM_BUNDLE = (
    "UPDATE outbox SET due_at = :until, tries = tries + 1 "
    "WHERE bundle = :bundle AND due_at = :seen AND state = 'on_its_way'"
)
CLAIMED_BUNDLE = (
    "SELECT mail_id, assignment_id, kind, reference, content, tries, expires_at, written_at, bundle FROM outbox "
    "WHERE bundle = :bundle AND due_at = :until AND state = 'on_its_way' ORDER BY mail_id"
)
CONCLUDE = (
    "UPDATE outbox SET state = :state, reason = :reason, content = NULL WHERE mail_id = :mail AND state = 'on_its_way'"
)
POSTPONE = "UPDATE outbox SET due_at = :at, reason = :reason WHERE mail_id = :mail AND state = 'on_its_way'"


@dataclass(frozen=True)
class Waiting:
    """A mail that this process has claimed."""

    mail_id: str
    assignment_id: UUID
    """Whose key seals what it says."""
    kind: str
    reference: str
    content: str
    tries: int
    expires_at: datetime
    written_at: datetime
    bundle: str | None
    """All that were claimed with it and have the same go as one mail."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Waiting:
        """From its row with this try counted."""
        return cls(
            mail_id=row["mail_id"],
            assignment_id=UUID(row["assignment_id"]),
            kind=row["kind"],
            reference=row["reference"],
            content=row["content"],
            tries=row["tries"],
            expires_at=from_micros(row["expires_at"]),
            written_at=from_micros(row["written_at"]),
            bundle=row["bundle"],
        )


@dataclass(frozen=True)
class Draft:
    """A mail that is to be written into the outbox. `content` has its `address`, and what the letter will say."""

    assignment_id: UUID
    """Whose key seals what it says."""
    kind: str
    reference: str
    """Of one there is one mail."""
    content: Mapping[str, str]
    expires_at: datetime
    due_at: datetime | None = None
    """Held until then; at once without."""
    bundle: str | None = None
    """Of all that have this and are due together one mail is sent, to their one address. It names that mail."""
