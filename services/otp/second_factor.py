"""What is guessed at, and how often it was guessed wrong: one-time passwords and the confirmation pair of one holder.

One stream decides: an answer is released only after the attempt was saved under this stream's version, so that of any
number of parallel guesses at most the permitted number is ever answered (OTP-7, OTP-9). The codes are not here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.otp.challenges import ChallengeCause, ChallengeOver, FactorLocked
from contracts.otp.common import Factor, LoginOutdated
from services.otp.enrolment import SENDS

VALID = timedelta(seconds=300)
"""From issue (OTP-6)."""
TRIES = 5
"""OTP-7"""
MISMATCHES = 10
"""OTP-9"""
REMEMBERED_ATTEMPTS = 32
"""How many attempts back a redelivered message is recognised."""


class Answer(StrEnum):
    """What a guess is answered."""

    MATCHED = "matched"
    MISMATCHED = "mismatched"
    LOCKED = "locked"


class Outcome(NamedTuple):
    """An answer with what the person may know."""

    answer: Answer
    left: int
    """Tries at this one-time password."""


class SecondFactor(Aggregate):
    """The id is derived from the assignment's. Counts belong to a generation of the credential (OTP-9)."""

    TOPIC = "otp.SecondFactor"

    class Event(Aggregate.Event):
        TOPIC = "otp.SecondFactor.Event"

    class Created(Aggregate.Created):
        """Begun with the holder's enrolment."""

        TOPIC = "otp.SecondFactor.Begun"

    class Issued(Event):
        """A one-time password is in force."""

        TOPIC = "otp.SecondFactor.Issued"
        challenge_id: UUID
        login_id: UUID
        generation: int
        expires_at: datetime

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.begin_generation(self.generation)
            aggregate.challenge_id = self.challenge_id
            aggregate.challenge_login = self.login_id
            aggregate.challenge_generation = self.generation
            aggregate.expires_at = self.expires_at
            aggregate.tries = 0
            aggregate.sends = [*aggregate.sends, self.timestamp][-SENDS:]

    class Over(Event):
        """It is in force no more, and nobody gave it."""

        TOPIC = "otp.SecondFactor.Over"
        challenge_id: UUID
        cause: str

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.forget_challenge(self.cause)

    class Matched(Event):
        """It was given by the login that it was issued for, and is used up (OTP-7)."""

        TOPIC = "otp.SecondFactor.Matched"
        attempt_id: UUID
        challenge_id: UUID
        login_id: UUID

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.remember(self.attempt_id, self.login_id, Answer.MATCHED, 0)
            aggregate.forget_challenge(ChallengeCause.USED.value)

    class Mismatched(Event):
        """A wrong one, the `tries`th at this one-time password and the `mismatches`th in a row."""

        TOPIC = "otp.SecondFactor.Mismatched"
        attempt_id: UUID
        challenge_id: UUID
        login_id: UUID
        tries: int
        mismatches: int

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.tries = self.tries
            aggregate.otp_mismatches = self.mismatches
            answer = Answer.LOCKED if self.mismatches >= MISMATCHES else Answer.MISMATCHED
            aggregate.remember(self.attempt_id, self.login_id, answer, TRIES - self.tries)

    class ConfirmationMatched(Event):
        """The confirmation pair, or the half of it that was asked, was right. The count stays (LOGIN-4)."""

        TOPIC = "otp.SecondFactor.ConfirmationMatched"
        attempt_id: UUID
        login_id: UUID
        generation: int

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.begin_generation(self.generation)
            aggregate.remember(self.attempt_id, self.login_id, Answer.MATCHED, 0)

    class ConfirmationMismatched(Event):
        """It was wrong, for the `mismatches`th time in a row."""

        TOPIC = "otp.SecondFactor.ConfirmationMismatched"
        attempt_id: UUID
        login_id: UUID
        generation: int
        mismatches: int

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.begin_generation(self.generation)
            aggregate.confirmation_mismatches = self.mismatches
            answer = Answer.LOCKED if self.mismatches >= MISMATCHES else Answer.MISMATCHED
            aggregate.remember(self.attempt_id, self.login_id, answer, 0)

    class Locked(Event):
        """Nothing is compared any more in this generation (OTP-9)."""

        TOPIC = "otp.SecondFactor.Locked"
        factor: str
        mismatches: int
        generation: int

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.locked = self.factor

    class LoginCompleted(Event):
        """Every step of a login was done: the counts return to 0 (LOGIN-4)."""

        TOPIC = "otp.SecondFactor.LoginCompleted"
        login_id: UUID

        def apply(self, aggregate: SecondFactor) -> None:
            aggregate.otp_mismatches = 0
            aggregate.confirmation_mismatches = 0

    def __init__(self) -> None:
        self.generation = -1
        self.locked = ""
        self.otp_mismatches = 0
        self.confirmation_mismatches = 0
        self.sends: list[datetime] = []
        self.recent_attempts: list[list[Any]] = []
        self.challenge_login: UUID | None = None
        self.challenge_generation = -1
        self.forget_challenge(ChallengeCause.NONE_ISSUED.value)

    @classmethod
    def begin(cls, stream_id: UUID, now: datetime) -> SecondFactor:
        """Nothing was issued yet."""
        return cls._create(cls.Created, id=stream_id, timestamp=now)

    # --- what it answers -------------------------------------------------------------------------------------

    def answered(self, attempt_id: UUID, login_id: UUID) -> Outcome | None:
        """What this attempt of this login was answered before, if it was: a redelivered message counts once."""
        return next(
            (
                Outcome(Answer(answer), left)
                for attempt, login, answer, left in self.recent_attempts
                if (attempt, login) == (attempt_id.hex, login_id.hex)
            ),
            None,
        )

    def require_open(self, generation: int) -> None:
        """Raises `LoginOutdated` for a login of an older generation, `FactorLocked` where too much was wrong."""
        if generation < self.generation:
            raise LoginOutdated
        lock = self.lock_in(generation)
        if lock is not None:
            raise lock

    def lock_in(self, generation: int) -> FactorLocked | None:
        """How a login of this generation is locked out, if it is."""
        if not self.locked or generation != self.generation:
            return None
        factor = Factor(self.locked)
        count = self.otp_mismatches if factor is Factor.OTP else self.confirmation_mismatches
        return FactorLocked(factor=factor, mismatches=count)

    def is_in_force_for(self, login_id: UUID, generation: int, now: datetime) -> bool:
        """Whether this login can answer a one-time password now; at exactly 300 s it cannot (OTP-6)."""
        return self._why_not(login_id, generation, now) is None

    def require_challenge(self, login_id: UUID, generation: int, now: datetime) -> UUID:
        """The one-time password to compare with. Raises `ChallengeOver`, and what `require_open` raises."""
        self.require_open(generation)
        cause = self._why_not(login_id, generation, now)
        if cause is not None:
            raise ChallengeOver(cause=cause)
        assert self.challenge_id is not None
        return self.challenge_id

    def _why_not(self, login_id: UUID, generation: int, now: datetime) -> ChallengeCause | None:
        if self.challenge_login is None:
            return ChallengeCause.NONE_ISSUED
        if (self.challenge_login, self.challenge_generation) != (login_id, generation):
            return ChallengeCause.SUPERSEDED
        if self.challenge_id is None:
            return ChallengeCause(self.over_by)
        return ChallengeCause.EXPIRED if self.expires_at is None or now >= self.expires_at else None

    # --- what is done to it ----------------------------------------------------------------------------------

    def issue(self, challenge_id: UUID, login_id: UUID, generation: int, now: datetime) -> None:
        """A new one; an older one is void from now on (OTP-7)."""
        self.take_back(ChallengeCause.SUPERSEDED, now)
        self._trigger(
            self.Issued,
            now,
            challenge_id=challenge_id,
            login_id=login_id,
            generation=generation,
            expires_at=now + VALID,
        )

    def record_answer(self, attempt_id: UUID, *, matches: bool, now: datetime) -> Outcome:
        """Count a guess at the one-time password in force, which the caller has seen to be there."""
        assert self.challenge_id is not None
        assert self.challenge_login is not None
        login_id = self.challenge_login
        about = {"attempt_id": attempt_id, "challenge_id": self.challenge_id, "login_id": login_id}
        if matches:
            self._trigger(self.Matched, now, **about)
        else:
            count = self.otp_mismatches + 1
            self._trigger(self.Mismatched, now, **about, tries=self.tries + 1, mismatches=count)
            if self.tries >= TRIES or count >= MISMATCHES:
                self.take_back(ChallengeCause.MISMATCHES, now)
            self._lock_at(count, Factor.OTP, now)
        outcome = self.answered(attempt_id, login_id)
        assert outcome is not None
        return outcome

    def record_confirmation(
        self, attempt_id: UUID, login_id: UUID, generation: int, *, matches: bool, now: datetime
    ) -> Answer:
        """Count a guess at the confirmation pair or a half of it."""
        about = {"attempt_id": attempt_id, "login_id": login_id, "generation": generation}
        if matches:
            self._trigger(self.ConfirmationMatched, now, **about)
            return Answer.MATCHED
        count = (self.confirmation_mismatches if generation == self.generation else 0) + 1
        self._trigger(self.ConfirmationMismatched, now, **about, mismatches=count)
        self._lock_at(count, Factor.CONFIRMATION, now)
        return Answer.LOCKED if count >= MISMATCHES else Answer.MISMATCHED

    def take_back(self, cause: ChallengeCause, now: datetime) -> None:
        """End the one-time password in force, where there is one; one whose time is over has expired instead."""
        if self.challenge_id is not None:
            late = self.expires_at is not None and now >= self.expires_at
            told = ChallengeCause.EXPIRED if late else cause
            self._trigger(self.Over, now, challenge_id=self.challenge_id, cause=told.value)

    def complete_login(self, login_id: UUID, generation: int, now: datetime) -> None:
        """Told by auth. A lock stays: it has ended that login too."""
        counted = self.otp_mismatches or self.confirmation_mismatches
        if counted and generation == self.generation and not self.locked:
            self._trigger(self.LoginCompleted, now, login_id=login_id)

    # --- within ----------------------------------------------------------------------------------------------

    def begin_generation(self, generation: int) -> None:
        """A new temporary password has ended the lock, and the counts begin anew (TEMP-9)."""
        if generation != self.generation:
            self.generation = generation
            self.locked = ""
            self.otp_mismatches = 0
            self.confirmation_mismatches = 0

    def forget_challenge(self, cause: str) -> None:
        """Keep only whose it was and why it is over, to be able to say so."""
        self.challenge_id: UUID | None = None
        self.expires_at: datetime | None = None
        self.tries = 0
        self.over_by = cause

    def remember(self, attempt_id: UUID, login_id: UUID, answer: Answer, left: int) -> None:
        """Keep the answer for a redelivery of the same attempt."""
        entry = [attempt_id.hex, login_id.hex, answer.value, left]
        self.recent_attempts = [*self.recent_attempts, entry][-REMEMBERED_ATTEMPTS:]

    def _lock_at(self, count: int, factor: Factor, now: datetime) -> None:
        if count >= MISMATCHES:
            self._trigger(self.Locked, now, factor=factor.value, mismatches=count, generation=self.generation)

    def _trigger(self, event: type[Aggregate.Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, **fields)
