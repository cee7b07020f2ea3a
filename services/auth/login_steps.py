"""From the accepted password to the complete login, and the end of it where the second factor is locked (LOGIN-4, LOGIN-7).

A step is done by asking how things stand and recording that; nothing else is remembered, so a step that was lost is done
by asking again.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import Tracking

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.trail import Trail
from chassis.wire import RemoteFailure
from contracts.auth.logins import NoSession, SessionCause, Stage
from contracts.base import Busy, Unavailable
from services.auth.credential import Credential
from services.auth.second_factor import Lock, LoginUnderWay, SecondFactor
from services.auth.session import Session
from services.auth.sessions import FORCED_CHANGE, SessionRow, Sessions
from services.auth.store import AuthStore, generation_write

log = logging.getLogger(__name__)


class LoginSteps:
    """The only way to a complete login."""

    def __init__(self, store: AuthStore, sessions: Sessions, second_factor: SecondFactor) -> None:
        self._store = store
        self._sessions = sessions
        self._second_factor = second_factor

    def go_on(self, session_key: str) -> Stage:
        """Advance as far as can be told now; a login whose second factor cannot be asked waits, and nothing is lost.

        Raises `NoSession` as `advance` does.
        """
        try:
            return self.advance(session_key)
        except (Unavailable, Busy, RemoteFailure) as away:
            log.warning("a login waits for its second factor: %s", away)
            return Stage.SECOND_FACTOR

    def advance(self, session_key: str, new_key: str | None = None) -> Stage:
        """Act on what the second factor says now; where that completes the login, `new_key` replaces its key.

        Doing it twice, at once or later, changes nothing. Raises `NoSession`, and `Unavailable` and the like where the
        second factor cannot be asked.
        """
        try:
            return self._advance(session_key, new_key)
        except NoSession:
            # Its twin came first and has the login under the new key already.
            gone_on = self._sessions.gone_on(session_key, new_key) if new_key else None
            if gone_on is None:
                raise
            return gone_on.stage

    def learn_lock(self, assignment_id: UUID, generation: int, lock: Lock, *, trail: Trail, tracking: Tracking) -> bool:
        """Heard from otp's history, where its answer was lost. False where nothing follows, and nothing was saved."""
        try:
            locked = self._locked(assignment_id, generation, lock, self._store.clock())
        except AggregateNotFoundError:
            return False
        if locked is None:
            return False
        credential, ended, writes = locked
        self._store.save(credential, *ended, writes=writes, trail=trail, tracking=tracking)
        return True

    # --- parts -----------------------------------------------------------------------------------------------

    def _advance(self, session_key: str, new_key: str | None) -> Stage:
        row = self._sessions.require(session_key)
        if row.stage in FORCED_CHANGE:
            return row.stage
        login = _login_of(row)
        demand = self._second_factor.demand(login)
        if demand.lock is not None:
            self._lock(row, demand.lock)
            self._sessions.require(row.key)  # over for another cause, where that was quicker
            raise NoSession(cause=SessionCause.LOCKED)
        if row.stage is Stage.COMPLETE or demand.stage is not Stage.COMPLETE:
            return self._sessions.note_stage(row, demand.stage, otp_registered=demand.registered)
        if not self._second_factor.complete(login):
            return self._sessions.note_stage(row, Stage.OTP, otp_registered=demand.registered)
        return self._complete(row, new_key, otp_registered=demand.registered)

    @retry_on_conflict
    def _complete(self, row: SessionRow, new_key: str | None, *, otp_registered: bool) -> Stage:
        # Loaded before the session is looked at again: what ended that since then conflicts at the save.
        credential = self._store.credential(row.owner.assignment_id)
        row = self._sessions.require(row.key)
        if row.stage is Stage.COMPLETE:
            return row.stage
        now = self._store.clock()
        session, writes = self._sessions.completed(row, new_key, otp_registered=otp_registered, now=now)
        credential.complete_login(session.id, now)
        self._store.save(credential, session, writes=writes, trail=self._store.trail(row.owner, row.role))
        return Stage.COMPLETE

    @retry_on_conflict
    def _lock(self, row: SessionRow, lock: Lock) -> None:
        locked = self._locked(row.owner.assignment_id, row.otp_generation, lock, self._store.clock())
        if locked is not None:
            credential, ended, writes = locked
            self._store.save(credential, *ended, writes=writes, trail=self._store.trail(row.owner, row.role))

    def _locked(
        self, assignment_id: UUID, generation: int, lock: Lock, now: datetime
    ) -> tuple[Credential, list[Session], list[Write]] | None:
        """What must be saved for a lock: the end of all sessions too (LOGIN-9). None where it is of no account."""
        credential = self._store.credential(assignment_id)
        if not credential.lock(lock.factor, lock.mismatches, generation, now):
            return None
        ended, writes = self._sessions.end_of_number(assignment_id, SessionCause.LOCKED, now)
        return credential, ended, [generation_write(credential), *writes]


def _login_of(row: SessionRow) -> LoginUnderWay:
    return LoginUnderWay(
        login_id=row.login_id,
        assignment_id=row.owner.assignment_id,
        generation=row.otp_generation,
        number=row.owner.number,
        contract_number=row.owner.contract_number,
        role=row.role,
    )
