"""The credential of one number: its password or temporary password, the count of mismatches, the lock.

One stream decides about guesses: an answer is released only after the attempt was saved under this stream's version,
so that of any number of parallel guesses at most the permitted number is ever answered (LOGIN-6).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.phone import AuthUnit

PASSWORD_MISMATCHES = 10
"""LOGIN-2"""
TEMPORARY_MISMATCHES = 3
"""TEMP-8"""
REMEMBERED_ATTEMPTS = 32
"""How many attempts back a redelivered message is recognised."""
REMEMBERED_TEMPORARIES = 16
"""How many temporary passwords back a redelivered command is recognised."""


class Kind(StrEnum):
    """What the number has to log in with."""

    NONE = "none"
    TEMPORARY = "temporary"
    PASSWORD = "password"


class Answer(StrEnum):
    """What a guess is answered."""

    MATCHED = "matched"
    MISMATCHED = "mismatched"
    REFUSED = "refused"
    """Nothing was compared in truth: there is nothing valid to compare with."""


class Credential(Aggregate):
    """The id is the number's assignment: the next holder of the number has another credential (LINE-9)."""

    TOPIC = "auth.Credential"
    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Nobody had counted anything at the second factor yet."""
        state["otp_generation"] = 0

    class Event(Aggregate.Event):
        TOPIC = "auth.Credential.Event"

    class Created(Aggregate.Created):
        """The number was provisioned."""

        TOPIC = "auth.Credential.NumberAdded"
        line_id: UUID
        is_contract_number: bool
        number: Sealed

    class FeaturesContracted(Event):
        """The features that the number has contracted from now on; without any the credential rests (LINE-5)."""

        TOPIC = "auth.Credential.FeaturesContracted"
        features: list[str]
        rests: bool

        def apply(self, aggregate: Credential) -> None:
            aggregate.features = self.features
            aggregate.generation += self.rests

    class Voided(Event):
        """What was valid is valid no more."""

        TOPIC = "auth.Credential.Voided"
        cause: str
        temporary_id: UUID | None

        def apply(self, aggregate: Credential) -> None:
            aggregate.kind = Kind.NONE.value
            aggregate.verifier = None
            aggregate.temporary_id = None
            aggregate.generation += 1

    class TemporaryPasswordHeld(Event):
        """A temporary password is the only thing that is accepted now (TEMP-9)."""

        TOPIC = "auth.Credential.TemporaryPasswordHeld"
        temporary_id: UUID
        verifier: str
        unit: str
        by_contract_number: bool
        expires_at: datetime

        def apply(self, aggregate: Credential) -> None:
            aggregate.kind = Kind.TEMPORARY.value
            aggregate.verifier = self.verifier
            aggregate.temporary_id = self.temporary_id
            aggregate.unit = self.unit
            aggregate.by_contract_number = self.by_contract_number
            aggregate.expires_at = self.expires_at
            known = [*aggregate.known_temporaries, [self.temporary_id.hex, self.expires_at.isoformat()]]
            aggregate.known_temporaries = known[-REMEMBERED_TEMPORARIES:]
            aggregate.mismatches = 0
            aggregate.locked = False
            aggregate.generation += 1
            aggregate.otp_generation += 1

    class Matched(Event):
        """A guess was right. The count stays until the login is complete (LOGIN-4)."""

        TOPIC = "auth.Credential.Matched"
        attempt_id: UUID

        def apply(self, aggregate: Credential) -> None:
            aggregate.remember(self.attempt_id, Answer.MATCHED)

    class Mismatched(Event):
        """A guess was wrong; it is the `mismatches`th in a row."""

        TOPIC = "auth.Credential.Mismatched"
        attempt_id: UUID
        mismatches: int

        def apply(self, aggregate: Credential) -> None:
            aggregate.remember(self.attempt_id, Answer.MISMATCHED)
            aggregate.mismatches = self.mismatches

    class Locked(Event):
        """Too many mismatches in a row: only a new temporary password helps (LOGIN-2, TEMP-8, OTP-9)."""

        TOPIC = "auth.Credential.Locked"
        factor: str
        mismatches: int
        temporary_id: UUID | None

        def apply(self, aggregate: Credential) -> None:
            aggregate.locked = True
            aggregate.locked_out = True
            aggregate.generation += 1

    class LoginCompleted(Event):
        """Every step of a login was done: the count returns to 0 (LOGIN-4)."""

        TOPIC = "auth.Credential.LoginCompleted"
        session_id: UUID

        def apply(self, aggregate: Credential) -> None:
            aggregate.mismatches = 0

    class PasswordSet(Event):
        """A password is in force. `temporary_id` names the temporary one that it replaced."""

        TOPIC = "auth.Credential.PasswordSet"
        verifier: str
        cause: str
        temporary_id: UUID | None

        def apply(self, aggregate: Credential) -> None:
            aggregate.kind = Kind.PASSWORD.value
            aggregate.verifier = self.verifier
            aggregate.temporary_id = None
            aggregate.set_at = self.timestamp
            aggregate.locked_out = False
            aggregate.generation += 1

    class PasswordCopied(Event):
        """The number has another number's password from now on (UNIT-3, UNIT-4), as old as it is there (PWD-8).

        Guesses at what it had before count no more: a lock and the count end.
        """

        TOPIC = "auth.Credential.PasswordCopied"
        verifier: str
        set_at: datetime | None

        def apply(self, aggregate: Credential) -> None:
            aggregate.kind = Kind.PASSWORD.value
            aggregate.verifier = self.verifier
            aggregate.temporary_id = None
            aggregate.set_at = self.set_at
            aggregate.mismatches = 0
            aggregate.locked = False
            aggregate.locked_out = False
            aggregate.generation += 1
            aggregate.otp_generation += 1

    class LineUnitChanged(Event):
        """The line has another unit and this number keeps what it has.

        Recorded all the same: with an event on every number's stream the save proves that none has moved since its
        password was compared.
        """

        TOPIC = "auth.Credential.LineUnitChanged"
        unit: str

    class VerifierRenewed(Event):
        """The same password, hashed with the present parameters."""

        TOPIC = "auth.Credential.VerifierRenewed"
        verifier: str

        def apply(self, aggregate: Credential) -> None:
            aggregate.verifier = self.verifier

    class Refused(Event):
        """Guesses that could not have been right, counted together for a minute; nothing was compared."""

        TOPIC = "auth.Credential.Refused"
        reason: str
        attempts: int
        since: datetime

    class NumberRemoved(Event):
        """The number left the line; the history stays (LINE-6)."""

        TOPIC = "auth.Credential.NumberRemoved"

        def apply(self, aggregate: Credential) -> None:
            aggregate.removed = True
            aggregate.verifier = None
            aggregate.kind = Kind.NONE.value
            aggregate.generation += 1

    def __init__(self, line_id: UUID, is_contract_number: bool, number: Sealed) -> None:
        self.line_id = line_id
        self.is_contract_number = is_contract_number
        self.number = number
        self.features: list[str] = []
        self.removed = False
        self.kind = Kind.NONE.value
        self.verifier: str | None = None
        self.temporary_id: UUID | None = None
        self.unit = ""
        self.by_contract_number = False
        self.expires_at: datetime | None = None
        self.known_temporaries: list[list[str]] = []
        self.set_at: datetime | None = None
        self.mismatches = 0
        self.locked = False
        self.locked_out = False
        """Locked, and without a password ever since; a temporary password does not change that (UNIT-1)."""
        self.generation = 0
        """Grows with whatever must end the number's sessions."""
        self.otp_generation = 0
        """Grows with whatever ends a lock, and with nothing else: what is guessed at the second factor is counted by it.

        A new password must not begin that count anew (LOGIN-4), so it is another than `generation`.
        """
        self.recent_attempts: list[list[str]] = []

    @classmethod
    def add(
        cls, *, assignment_id: UUID, line_id: UUID, number: Sealed, is_contract_number: bool, now: datetime
    ) -> Credential:
        """A number is provisioned; it has nothing to log in with yet."""
        return cls._create(
            cls.Created,
            id=assignment_id,
            timestamp=now,
            line_id=line_id,
            is_contract_number=is_contract_number,
            number=number,
        )

    # --- what it answers -------------------------------------------------------------------------------------

    @property
    def factor(self) -> str:
        """What would be guessed at: `password` or `temporary_password`."""
        return "temporary_password" if self.kind == Kind.TEMPORARY else "password"

    @property
    def temporary_unit(self) -> AuthUnit | None:
        """The unit chosen with the temporary password in force."""
        return AuthUnit(self.unit) if self.kind == Kind.TEMPORARY else None

    def why_void(self, now: datetime) -> str | None:
        """Why no guess could be right at this moment, or None when one could."""
        if self.removed:
            return "removed"
        if self.locked:
            return "locked"
        if self.kind == Kind.NONE:
            return "unset"
        if self.kind == Kind.TEMPORARY and self.expires_at is not None and now >= self.expires_at:
            return "temporary_password_expired"  # at exactly 24 h it is void (TEMP-7)
        return None

    def has_expired(self, days: int, now: datetime) -> bool:
        """Whether its password is so many days old (PWD-8); 0 is never."""
        if not days or self.kind != Kind.PASSWORD or self.set_at is None:
            return False
        return now >= self.set_at + timedelta(days=days)

    def answered(self, attempt_id: UUID) -> Answer | None:
        """What this attempt was answered before, if it was: a redelivered message counts once."""
        return next((Answer(answer) for known, answer in self.recent_attempts if known == attempt_id.hex), None)

    def expiry_of(self, temporary_id: UUID) -> datetime | None:
        """Until when this temporary password was to be valid, if it was ever held: a repeated command changes nothing."""
        found = (expiry for known, expiry in self.known_temporaries if known == temporary_id.hex)
        return next(map(datetime.fromisoformat, found), None)

    def record_attempt(self, attempt_id: UUID, *, matches: bool, now: datetime) -> Answer:
        """Count a guess; the last one permitted locks (LOGIN-2, TEMP-8)."""
        before = self.answered(attempt_id)
        if before is not None:
            return before
        if self.why_void(now):
            return Answer.REFUSED
        if matches:
            self._trigger(self.Matched, now, attempt_id=attempt_id)
            return Answer.MATCHED
        count = self.mismatches + 1
        self._trigger(self.Mismatched, now, attempt_id=attempt_id, mismatches=count)
        if count >= (TEMPORARY_MISMATCHES if self.kind == Kind.TEMPORARY else PASSWORD_MISMATCHES):
            temporary_id = self.temporary_id if self.kind == Kind.TEMPORARY else None
            self._trigger(self.Locked, now, factor=self.factor, mismatches=count, temporary_id=temporary_id)
        return Answer.MISMATCHED

    # --- what is done to it ----------------------------------------------------------------------------------

    def contract_features(self, features: list[str], now: datetime) -> None:
        """Provisioning says which features the number has; losing the last one ends its sessions (LINE-5)."""
        if features != self.features:
            self._trigger(
                self.FeaturesContracted, now, features=features, rests=not features and not self.is_contract_number
            )

    def hold_temporary(
        self,
        *,
        temporary_id: UUID,
        verifier: str,
        unit: AuthUnit,
        by_contract_number: bool,
        expires_at: datetime,
        now: datetime,
    ) -> None:
        """A temporary password takes the place of whatever was valid, ends a lock, starts the count at 0 (TEMP-9)."""
        if self.kind != Kind.NONE:
            self.void("temporary_set", now)
        self._trigger(
            self.TemporaryPasswordHeld,
            now,
            temporary_id=temporary_id,
            verifier=verifier,
            unit=unit.value,
            by_contract_number=by_contract_number,
            expires_at=expires_at,
        )

    def set_password(self, verifier: str, cause: str, now: datetime) -> None:
        """A new password; the number's sessions end (LOGIN-9)."""
        replaced = self.temporary_id if self.kind == Kind.TEMPORARY else None
        self._trigger(self.PasswordSet, now, verifier=verifier, cause=cause, temporary_id=replaced)

    def copy_password(self, source: Credential, now: datetime) -> None:
        """Take over another number's password; a temporary one that is waiting to be replaced is void."""
        if self.kind == Kind.TEMPORARY:
            self.void("unit_changed", now)
        self._trigger(self.PasswordCopied, now, verifier=source.verifier, set_at=source.set_at)

    def note_unit(self, unit: AuthUnit, now: datetime) -> None:
        """The line's unit changed, and nothing of this number."""
        self._trigger(self.LineUnitChanged, now, unit=unit.value)

    def renew_verifier(self, verifier: str, now: datetime) -> None:
        """Keep the password under the present hash parameters."""
        self._trigger(self.VerifierRenewed, now, verifier=verifier)

    def complete_login(self, session_id: UUID, now: datetime) -> None:
        """The last step of a login was done (LOGIN-4)."""
        self._trigger(self.LoginCompleted, now, session_id=session_id)

    def lock(self, factor: str, mismatches: int, otp_generation: int, now: datetime) -> bool:
        """The second factor was guessed at too often (OTP-9).

        False, and nothing happens, where there is nothing left to lock or it was in an earlier `otp_generation`.
        """
        if self.removed or self.locked or self.kind == Kind.NONE or otp_generation != self.otp_generation:
            return False
        temporary_id = self.temporary_id if self.kind == Kind.TEMPORARY else None
        self._trigger(self.Locked, now, factor=factor, mismatches=mismatches, temporary_id=temporary_id)
        return True

    def void(self, cause: str, now: datetime) -> None:
        """Take away what is valid."""
        self._trigger(self.Voided, now, cause=cause, temporary_id=self.temporary_id)

    def note_refusals(self, reason: str, attempts: int, since: datetime, now: datetime) -> None:
        """Put on record how many guesses met a credential that could answer none."""
        self._trigger(self.Refused, now, reason=reason, attempts=attempts, since=since)

    def remove(self, now: datetime) -> None:
        """The number leaves the line."""
        if self.kind != Kind.NONE:
            self.void("number_removed", now)
        self._trigger(self.NumberRemoved, now)

    # --- within ----------------------------------------------------------------------------------------------

    def remember(self, attempt_id: UUID, answer: Answer) -> None:
        """Keep the answer for a redelivery of the same attempt."""
        self.recent_attempts = [*self.recent_attempts, [attempt_id.hex, answer.value]][-REMEMBERED_ATTEMPTS:]

    def _trigger(self, event: type[Aggregate.Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, **fields)
