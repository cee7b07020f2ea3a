"""Sessions: opened at a login's end, looked up at every request, ended at once when anything says so (LOGIN-8, LOGIN-9).

A session is valid while its credential's generation and its line's epoch are the present ones: whatever revokes it
grows one of the two in its own commit, so no request begun after that commit was answered is served.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import from_micros, to_micros
from chassis.loading import load_many
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth import NoSession, SessionCause, SessionView, Stage
from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.credential import Credential
from services.auth.session import Session
from services.auth.store import AuthStore, NumberRow
from services.auth.unit_rules import role_of

SEEN_AT_MOST_EVERY = timedelta(minutes=1)
KEPT_AFTER_END = timedelta(days=1)
"""How long the cause is still told to the browser that held the session."""

_WITH_OWNER = (
    "SELECT s.*, n.number, n.is_contract, n.features, n.generation AS present_generation, "
    "l.contract_number, l.unit, l.epoch AS present_epoch "
    "FROM sessions s JOIN numbers n ON n.assignment_id = s.assignment_id JOIN lines l ON l.line_id = s.line_id "
)


class SessionRow:
    """A session with its owner, as the one query of every request finds it."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.key: str = row["session_key"]
        self.id = UUID(row["session_id"]) if row["session_id"] else None
        self.stage = Stage(row["stage"])
        self.pending_unit = AuthUnit(row["pending_unit"]) if row["pending_unit"] else None
        self.last_seen = from_micros(row["last_seen"])
        self.ends_at = from_micros(row["ends_at"])
        self.ended = SessionCause(row["ended"]) if row["ended"] else None
        self.generation: int = row["generation"]
        self.present_generation: int = row["present_generation"]
        self.same_epoch: bool = row["epoch"] == row["present_epoch"]
        self.owner = NumberRow({**row, "epoch": row["present_epoch"]})

    @property
    def unit(self) -> AuthUnit | None:
        """The unit under which this login acts: the line's, or the one that comes with its temporary password."""
        return self.pending_unit or self.owner.unit

    @property
    def role(self) -> Role:
        """In what quality this login acts."""
        return role_of(self.unit, is_contract_number=self.owner.is_contract_number)

    def why_over(self, now: datetime, idle: timedelta) -> SessionCause | None:
        """Why this session is over at this moment, or None while it is valid."""
        if self.ended:
            return self.ended
        if not self.same_epoch:
            return SessionCause.UNIT_CHANGED
        if self.generation != self.present_generation:
            return SessionCause.SUPERSEDED
        if now >= self.ends_at:
            return SessionCause.ABSOLUTE
        if now >= self.last_seen + idle:
            return SessionCause.IDLE
        return None


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, store: AuthStore) -> None:
        self._store = store

    # --- for the gateway -------------------------------------------------------------------------------------

    def view(self, session_key: str, *, activity: bool) -> SessionView:
        """Who is behind a browser's session. Raises `NoSession` with the cause where it is still known."""
        row = self.require(session_key)
        now = self._store.clock()
        if activity and now - row.last_seen >= SEEN_AT_MOST_EVERY:
            self._store.execute(
                "UPDATE sessions SET last_seen = :now WHERE session_key = :key AND ended IS NULL",
                {"now": to_micros(now), "key": session_key},
            )
            row.last_seen = now
        expires_at = min(row.last_seen + self._store.config.idle, row.ends_at)
        return SessionView(
            session_id=row.id,
            number=row.owner.number,
            contract_number=row.owner.contract_number,
            unit=row.unit,
            role=row.role,
            stage=row.stage,
            expires_at=expires_at,
            seconds_left=int((expires_at - now).total_seconds()),
        )

    @retry_on_conflict
    def log_out(self, session_key: str) -> None:
        """End it on request (LOGIN-11); a session that is over already stays as it is."""
        row = self._row(session_key)
        if row is None or row.ended:
            return
        now = self._store.clock()
        ended, writes = self._end([row], SessionCause.LOGOUT, now)
        self._store.save(*ended, writes=writes, trail=self._store.trail(row.owner, row.role))

    # --- for the other use cases -----------------------------------------------------------------------------

    def require(self, session_key: str) -> SessionRow:
        """A session that is valid now. Raises `NoSession`."""
        row = self._row(session_key)
        if row is None:
            raise NoSession
        cause = row.why_over(self._store.clock(), self._store.config.idle)
        if cause:
            raise NoSession(cause=cause)
        return row

    def is_known(self, session_key: str) -> bool:
        """Was a session made under this key, valid or not?"""
        return self._row(session_key) is not None

    def role_at_login(self, owner: NumberRow, credential: Credential) -> Role:
        """In what quality a number logs in: by the unit chosen with its temporary password, else the line's."""
        return role_of(credential.temporary_unit or owner.unit, is_contract_number=owner.is_contract_number)

    def opened(
        self, session_key: str, owner: NumberRow, *, generation: int, epoch: int, now: datetime
    ) -> tuple[Session, list[Write]]:
        """A completed login's session, to be saved with the credential that completed it."""
        session = Session.open(session_id=uuid4(), assignment_id=owner.assignment_id, now=now)
        write = self._row_write(session_key, owner, generation, epoch, now, Stage.COMPLETE, session.id, None)
        return session, [write]

    def pending(
        self, session_key: str, owner: NumberRow, *, generation: int, stage: Stage, unit: AuthUnit | None, now: datetime
    ) -> Write:
        """The row of a login that has steps to go (LOGIN-7); it becomes history only when it is complete."""
        return self._row_write(session_key, owner, generation, owner.epoch, now, stage, None, unit)

    def rekeyed(self, row: SessionRow, new_key: str, *, generation: int, epoch: int, now: datetime) -> Write:
        """The same session under a new key and its number's new generation; its absolute end stays."""
        return (
            (
                "INSERT INTO sessions (session_key, session_id, assignment_id, line_id, generation, epoch, stage, "
                "pending_unit, last_seen, ends_at, ended, ended_at) SELECT :new_key, session_id, assignment_id, line_id, "
                ":generation, :epoch, stage, NULL, :now, ends_at, NULL, NULL FROM sessions WHERE session_key = :key "
                "AND ended IS NULL"
            ),
            {"new_key": new_key, "generation": generation, "epoch": epoch, "now": to_micros(now), "key": row.key},
            1,
        )

    def kept_under(self, row: SessionRow, epoch: int) -> Write:
        """The session that changed the line's unit goes on under the new epoch (LOGIN-9)."""
        return ("UPDATE sessions SET epoch = :epoch WHERE session_key = :key", {"epoch": epoch, "key": row.key}, 1)

    def end_of_number(
        self, assignment_id: UUID, cause: SessionCause, now: datetime, keep: str = ""
    ) -> tuple[list[Session], list[Write]]:
        """End every session of a number but the one under the key `keep`."""
        rows = self._rows("WHERE s.assignment_id = :id AND s.ended IS NULL AND s.session_key <> :keep",
                          {"id": assignment_id.hex, "keep": keep})  # fmt: skip
        return self._end(rows, cause, now)

    def end_of_line(
        self, line_id: UUID, cause: SessionCause, now: datetime, keep: str = ""
    ) -> tuple[list[Session], list[Write]]:
        """End every session of a line but the one under the key `keep`."""
        rows = self._rows("WHERE s.line_id = :id AND s.ended IS NULL AND s.session_key <> :keep",
                          {"id": line_id.hex, "keep": keep})  # fmt: skip
        return self._end(rows, cause, now)

    def end_of_numbers(
        self, line_id: UUID, assignments: Collection[UUID], cause: SessionCause, now: datetime, keep: UUID
    ) -> tuple[list[Session], list[Write]]:
        """End every session of these numbers of one line but the one with the public id `keep`."""
        rows = self._rows("WHERE s.line_id = :id AND s.ended IS NULL", {"id": line_id.hex})
        over = [row for row in rows if row.owner.assignment_id in assignments and row.id != keep]
        return self._end(over, cause, now)

    def ended_row(self, session_key: str, cause: SessionCause, now: datetime) -> Write:
        """Mark a row as ended; the event, where there is one, is saved by the caller."""
        return (
            "UPDATE sessions SET ended = :cause, ended_at = :now WHERE session_key = :key AND ended IS NULL",
            {"cause": cause.value, "now": to_micros(now), "key": session_key},
        )

    def superseded(self, row: SessionRow, now: datetime) -> Write:
        """The row that another takes the place of; a conflict when it ended meanwhile."""
        return (*self.ended_row(row.key, SessionCause.SUPERSEDED, now)[:2], 1)

    # --- as time goes by -------------------------------------------------------------------------------------

    def sweep(self, limit: int = 200) -> bool:
        """Record what ended by itself, and forget rows that ended long ago; true when there is more to record.

        It decides nothing: `why_over` does.
        """
        now = self._store.clock()
        over = self._rows(
            "WHERE s.ended IS NULL AND (s.last_seen <= :idle OR s.ends_at <= :now "
            "OR s.generation <> n.generation OR s.epoch <> l.epoch) LIMIT :limit",
            {"idle": to_micros(now - self._store.config.idle), "now": to_micros(now), "limit": limit},
        )
        for row in over:
            self._record_end(row.key)
        self._store.execute(
            "DELETE FROM sessions WHERE ended IS NOT NULL AND ended_at <= :then",
            {"then": to_micros(now - KEPT_AFTER_END)},
        )
        return len(over) == limit

    @retry_on_conflict
    def _record_end(self, session_key: str) -> None:
        row = self._row(session_key)
        now = self._store.clock()
        cause = row.why_over(now, self._store.config.idle) if row else None
        if row is None or row.ended or cause is None:
            return
        ended, writes = self._end([row], cause, now)
        self._store.save(*ended, writes=writes, trail=self._store.trail(None, Role.SYSTEM))

    # --- within ----------------------------------------------------------------------------------------------

    def _end(self, rows: Sequence[SessionRow], cause: SessionCause, now: datetime) -> tuple[list[Session], list[Write]]:
        ended = list(load_many(self._store, Session, [row.id for row in rows if row.id]).values())
        for session in ended:
            session.end(cause, now)
        return ended, [self.ended_row(row.key, cause, now) for row in rows]

    def _row(self, session_key: str) -> SessionRow | None:
        found = self._rows("WHERE s.session_key = :key", {"key": session_key})
        return found[0] if found else None

    def _rows(self, condition: str, params: dict[str, Any]) -> list[SessionRow]:
        return [SessionRow(row) for row in self._store.rows(_WITH_OWNER + condition, params)]

    def _row_write(
        self,
        session_key: str,
        owner: NumberRow,
        generation: int,
        epoch: int,
        now: datetime,
        stage: Stage,
        session_id: UUID | None,
        unit: AuthUnit | None,
    ) -> Write:
        return (
            (
                "INSERT INTO sessions (session_key, session_id, assignment_id, line_id, generation, epoch, stage, "
                "pending_unit, last_seen, ends_at, ended, ended_at) VALUES (:key, :id, :assignment, :line, :generation, "
                ":epoch, :stage, :unit, :now, :ends_at, NULL, NULL)"
            ),
            {
                "key": session_key,
                "id": session_id.hex if session_id else None,
                "assignment": owner.assignment_id.hex,
                "line": owner.line_id.hex,
                "generation": generation,
                "epoch": epoch,
                "stage": stage.value,
                "unit": unit.value if unit else None,
                "now": to_micros(now),
                "ends_at": to_micros(now + self._store.config.absolute),
            },
        )
