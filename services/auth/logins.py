"""Answering a guess (LOGIN-1..6). Recorded first, then answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.gate import hold_until, next_beat
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.logins import InvalidCredentials, LogIn, NoSession, SessionCause, Stage
from contracts.base import Secret
from services.auth.credential import Answer, Credential, Kind
from services.auth.login_steps import LoginSteps
from services.auth.refusals import Refusals
from services.auth.session import Session
from services.auth.sessions import Sessions
from services.auth.store import AuthStore, NumberRow, generation_write
from services.auth.unit_rules import may_log_in


@dataclass(frozen=True)
class Guess:
    """A password that was compared with a verifier, once, outside of any retry."""

    attempt_id: UUID
    password: Secret
    verifier: str
    matches: bool
    renewed: str | None
    """The password under the present hash parameters, where the verifier has older ones."""


class Logins:
    """The first step of every login."""

    def __init__(self, store: AuthStore, sessions: Sessions, steps: LoginSteps, refusals: Refusals) -> None:
        self._store = store
        self._sessions = sessions
        self._steps = steps
        self._refusals = refusals

    def log_in(self, request: LogIn) -> Stage:
        """Say how far the login has come. Raises `InvalidCredentials`, whatever was wrong, and `Busy`."""
        began = time.monotonic()
        try:
            with self._store.turns.turn(request.number):
                stage = self._answer(request)
            # The turn is over: whoever guesses at this number need not wait for the second factor's answer too.
            return self._steps.go_on(request.session_key) if stage is Stage.SECOND_FACTOR else stage
        except (InvalidCredentials, NoSession):
            # Unknown, void and wrong take different roads to the same no; its time must not tell which (LOGIN-3). So
            # does a login that was over before it was answered, as where the second factor turned out to be locked.
            hold_until(next_beat(began, self._store.config.login_floor_ms / 1000))
            raise InvalidCredentials from None

    def _answer(self, request: LogIn) -> Stage:
        owner = self._store.number(request.number)
        credential = self._store.credential(owner.assignment_id) if owner else None
        reason = self.why_not(owner, credential)
        verifier = credential.verifier if credential and not reason else None
        guess = self.compare(request.attempt_id, request.password, verifier)
        if owner is None or guess is None:
            self._refusals.count(owner, reason or "unknown_number")
            raise InvalidCredentials
        return self._record(request.number, guess, request.session_key)

    def why_not(self, owner: NumberRow | None, credential: Credential | None) -> str | None:
        """Why nobody can log in with this number at this moment (LINE-5, LOGIN-2, TEMP-7), or None."""
        if owner is None or credential is None:
            return "unknown_number"
        unit = credential.temporary_unit or owner.unit
        # The credential's own word on its features, so that the version check at the save holds it to that.
        if not may_log_in(unit, is_contract_number=owner.is_contract_number, has_features=bool(credential.features)):
            return "not_allowed"
        return credential.why_void(self._store.clock())

    def compare(self, attempt_id: UUID, password: Secret, verifier: str | None) -> Guess | None:
        """Hash the guess once. Without a verifier it takes as long, and there is nothing to record."""
        matches = self._store.hashing.verify(verifier, password)
        if verifier is None:
            return None
        renew = matches and self._store.hashing.is_outdated(verifier)
        renewed = self._store.hashing.hash(password) if renew else None
        return Guess(attempt_id, password, verifier, matches, renewed)

    def record_mismatch(
        self, credential: Credential, owner: NumberRow, now: datetime
    ) -> tuple[list[Session], list[Write]]:
        """What must be saved with a mismatch: nothing more, or the end of all sessions when it locked (LOGIN-9)."""
        if not credential.locked:
            return [], []
        ended, writes = self._sessions.end_of_number(owner.assignment_id, SessionCause.LOCKED, now)
        return ended, [generation_write(credential), *writes]

    @retry_on_conflict
    def _record(self, number: str, guess: Guess, session_key: str) -> Stage:
        now = self._store.clock()
        owner = self._store.number(number)
        credential = self._store.credential(owner.assignment_id) if owner else None
        # Asked again: while the guess was hashed a feature may have been withdrawn, or the number given to another.
        if owner is None or credential is None or credential.verifier is None or self.why_not(owner, credential):
            self._refusals.count(owner, "refused")
            raise InvalidCredentials
        before = credential.answered(guess.attempt_id)
        if before is Answer.MATCHED:
            # A message delivered twice finds the session that the first delivery opened; anything else under the same
            # id (another password, another session) is not that message, and opens nothing.
            if not self._sessions.is_known(session_key):
                raise InvalidCredentials
            return self._sessions.require(session_key).stage
        if before is None and credential.verifier != guess.verifier:
            # Somebody set another password since we compared: the guess is at that one now.
            again = self.compare(guess.attempt_id, guess.password, credential.verifier)
            assert again is not None
            guess = again
        answer = credential.record_attempt(guess.attempt_id, matches=guess.matches, now=now)
        trail = self._store.trail(owner, self._sessions.role_at_login(owner, credential))
        if answer is Answer.REFUSED:
            self._refusals.count(owner, credential.why_void(now) or "refused")
            raise InvalidCredentials
        if answer is Answer.MISMATCHED:
            ended, writes = self.record_mismatch(credential, owner, now)
            self._store.save(credential, *ended, writes=writes, trail=trail)
            raise InvalidCredentials
        if guess.renewed:
            credential.renew_verifier(guess.renewed, now)
        stage = self.stage_of(credential, now)
        pending = self._sessions.pending(session_key, owner, credential, stage=stage, now=now)
        self._store.save(credential, writes=[pending], trail=trail)
        return stage

    def stage_of(self, credential: Credential, now: datetime) -> Stage:
        """What is next after the right password (LOGIN-5, LOGIN-7, PWD-8)."""
        if credential.kind == Kind.TEMPORARY:
            return Stage.CHANGE_TEMPORARY
        if credential.has_expired(self._store.config.password_days, now):
            return Stage.CHANGE_EXPIRED
        return Stage.SECOND_FACTOR
