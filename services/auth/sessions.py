"""Sessions: begun with an accepted password, opened at a login's end, looked up at every request, ended at once when anything says so (LOGIN-8, LOGIN-9).

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
from contracts.auth.logins import NoSession, SessionCause, SessionView, Stage
from contracts.base import Role
from contracts.phone import AssignmentId, AuthUnit
from services.auth.credential import Credential
from services.auth.session import Session
from services.auth.store import AuthStore, NumberRow
from services.auth.unit_rules import role_of

SEEN_AT_MOST_EVERY = timedelta(minutes=1)
KEPT_AFTER_END = timedelta(days=1)
"""How long the cause is still told to the browser that held the session."""
FORCED_CHANGE = frozenset({Stage.CHANGE_TEMPORARY, Stage.CHANGE_EXPIRED})
"""Here the login is not done with its password (LOGIN-5)."""

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
        # A process from before logins had an id may still be writing rows while the tables are new already.
        self.login_id = UUID(row["login_id"] or row["session_id"] or row["session_key"][:32])
        self.otp_generation: int = row["otp_generation"]
        self.otp_registered = bool(row["otp_registered"])
        self.generation: int = row["generation"]
        self.present_generation: int = row["present_generation"]
        self.epoch: int = row["epoch"]
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
            login_id=row.login_id,
            assignment_id=AssignmentId(row.owner.assignment_id),
            generation=row.otp_generation,
            number=row.owner.number,
            contract_number=row.owner.contract_number,
            unit=row.unit,
            role=row.role,
            stage=row.stage,
            otp_registered=row.otp_registered,
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

    def gone_on(self, session_key: str, new_key: str) -> SessionRow | None:
        """The login that had the one key, valid now under the other; None where that is not so."""
        former, present = self._row(session_key), self._row(new_key)
        if former is None or present is None or former.login_id != present.login_id:
            return None
        return None if present.why_over(self._store.clock(), self._store.config.idle) else present

    def pending(
        self, session_key: str, owner: NumberRow, credential: Credential, *, stage: Stage, now: datetime
    ) -> Write:
        """The row of a login that has steps to go (LOGIN-7); it becomes history only when it is complete."""
        return (
            (
                "INSERT INTO sessions (session_key, session_id, login_id, assignment_id, line_id, generation, "
                "otp_generation, epoch, stage, pending_unit, otp_registered, last_seen, ends_at, ended, ended_at) "
                "VALUES (:key, NULL, :login, :assignment, :line, :generation, :otp_generation, :epoch, :stage, :unit, "
                "0, :now, :ends_at, NULL, NULL)"
            ),
            {
                "key": session_key,
                "login": uuid4().hex,
                "assignment": owner.assignment_id.hex,
                "line": owner.line_id.hex,
                "generation": credential.generation,
                "otp_generation": credential.otp_generation,
                "epoch": owner.epoch,
                "stage": stage.value,
                "unit": credential.temporary_unit.value if credential.temporary_unit else None,
                "now": to_micros(now),
                "ends_at": to_micros(now + self._store.config.absolute),
            },
        )

    def note_stage(self, row: SessionRow, stage: Stage, *, otp_registered: bool) -> Stage:
        """Keep how far a login has come, as long as no twin has brought it further; returns where it stands now.

        Raises `NoSession`.
        """
        if row.stage is Stage.COMPLETE:
            stage = Stage.COMPLETE
        if (row.stage, row.otp_registered) == (stage, otp_registered):
            return stage
        moved = self._store.execute(
            "UPDATE sessions SET stage = :stage, otp_registered = :registered "
            "WHERE session_key = :key AND stage = :before AND ended IS NULL",
            {"stage": stage.value, "registered": int(otp_registered), "key": row.key, "before": row.stage.value},
        )
        return stage if moved else self.require(row.key).stage

    def completed(
        self, row: SessionRow, new_key: str | None, *, otp_registered: bool, now: datetime
    ) -> tuple[Session, list[Write]]:
        """The session of a login with nothing left to do, to be saved with the credential; a conflict for a twin."""
        session = Session.open(session_id=uuid4(), assignment_id=row.owner.assignment_id, now=now)
        write: Write = (
            (
                "UPDATE sessions SET stage = :stage, session_id = :id, otp_registered = :registered, last_seen = :now "
                "WHERE session_key = :key AND stage = :before AND ended IS NULL"
            ),
            {
                "stage": Stage.COMPLETE.value,
                "id": session.id.hex,
                "registered": int(otp_registered),
                "now": to_micros(now),
                "key": row.key,
                "before": row.stage.value,
            },
            1,
        )
        if new_key is None:
            return session, [write]
        rekeyed = self.rekeyed(row, new_key, generation=row.generation, epoch=row.epoch, now=now)
        return session, [write, rekeyed, self.superseded(row, now)]

    def rekeyed(
        self,
        row: SessionRow,
        new_key: str,
        *,
        generation: int,
        epoch: int,
        now: datetime,
        stage: Stage = Stage.COMPLETE,
    ) -> Write:
        """The same login under a new key and its number's new generation; its absolute end stays."""
        return (
            (
                "INSERT INTO sessions (session_key, session_id, login_id, assignment_id, line_id, generation, "
                "otp_generation, epoch, stage, pending_unit, otp_registered, last_seen, ends_at, ended, ended_at) "
                "SELECT :new_key, session_id, login_id, assignment_id, line_id, :generation, otp_generation, :epoch, "
                ":stage, NULL, otp_registered, :now, ends_at, NULL, NULL FROM sessions "
                "WHERE session_key = :key AND ended IS NULL"
            ),
            {
                "new_key": new_key,
                "generation": generation,
                "epoch": epoch,
                "stage": stage.value,
                "now": to_micros(now),
                "key": row.key,
            },
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
