"""The confirmation ID and password: given in place of a one-time password, and changed (OTP-9, OTP-10, OTP-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.store import retry_on_conflict
from contracts.base import Secret
from contracts.otp.challenges import FactorLocked
from contracts.otp.common import Factor, Login
from contracts.otp.confirmation import (
    ChangeConfirmation,
    CheckConfirmationPair,
    ConfirmationMismatch,
    ConfirmationRejected,
)
from contracts.otp.registration import RegistrationFault
from services.otp.confirmation_rules import Faults, id_faults_at_change, password_faults
from services.otp.enrolment import Enrolment
from services.otp.second_factor import MISMATCHES, Answer
from services.otp.store import OtpStore, passed_write

Verifiers = tuple[str | None, ...]
Part = Callable[[Enrolment], Verifiers]
"""What a guess is compared with: both verifiers, or one."""
Replace = Callable[[Enrolment, str, datetime], None]


@dataclass(frozen=True)
class _Guess:
    """What was given, compared with what was in force at that moment, outside of any retry."""

    attempt_id: UUID
    login: Login
    given: tuple[Secret, ...]
    part: Part
    verifiers: Verifiers
    matches: bool


class Confirmations:
    """Recorded first, then answered."""

    def __init__(self, store: OtpStore) -> None:
        self._store = store

    def check_pair(self, request: CheckConfirmationPair) -> None:
        """Returns when both were right; from then on this login may register a new address (OTP-10).

        Raises `ConfirmationMismatch`, `FactorLocked`, `LoginOutdated`, `OtpNotRegistered`, `OtpNotInUse`, `Busy`.
        """
        given = (request.confirmation_id, request.confirmation_password)
        with self._store.turns.turn(request.login.assignment_id.hex):
            guess = self._compare(self._open(request.login), request.attempt_id, request.login, given, _both)
            answer = self._record(guess)
        if answer is not Answer.MATCHED:
            raise ConfirmationMismatch

    def change_id(self, request: ChangeConfirmation) -> None:
        """Raises `ConfirmationRejected`, `FactorMissing`, and what `check_pair` raises."""
        self._change(request, id_faults_at_change(request.new.reveal()), _id, Enrolment.change_confirmation_id)

    def change_password(self, request: ChangeConfirmation) -> None:
        """Raises `ConfirmationRejected`, `FactorMissing`, and what `check_pair` raises."""
        faults = password_faults(request.new.reveal())
        self._change(request, faults, _password, Enrolment.change_confirmation_password)

    # --- parts -----------------------------------------------------------------------------------------------

    def _change(self, request: ChangeConfirmation, faults: Faults, part: Part, replace: Replace) -> None:
        """The present one was guessed at: that counts whatever the new one looks like (OTP-13)."""
        login = request.login
        if request.repeated is not None and request.repeated != request.new:
            faults += (RegistrationFault.NOT_REPEATED,)
        with self._store.turns.turn(login.assignment_id.hex):
            enrolment = self._open(login)
            self._store.require_passed(login, Factor.OTP)
            wanted = None if faults else self._store.hashing.hash(request.new)
            guess = self._compare(enrolment, request.attempt_id, login, (request.present,), part)
            answer = self._record(guess, replace, wanted)
        if faults or answer is not Answer.MATCHED:
            raise ConfirmationRejected(present_wrong=answer is not Answer.MATCHED, faults=faults)

    def _open(self, login: Login) -> Enrolment:
        enrolment = self._store.require_registered(login.assignment_id)
        self._store.factor(login.assignment_id).require_open(login.generation)
        return enrolment

    def _compare(
        self, enrolment: Enrolment, attempt_id: UUID, login: Login, given: tuple[Secret, ...], part: Part
    ) -> _Guess:
        verifiers = part(enrolment)
        # All are compared whatever the first says: the time must not tell which was wrong.
        right = [self._store.hashing.verify(*both) for both in zip(verifiers, given, strict=True)]
        return _Guess(attempt_id, login, given, part, verifiers, matches=all(right))

    @retry_on_conflict
    def _record(self, guess: _Guess, replace: Replace | None = None, wanted: str | None = None) -> Answer:
        """Count the guess; where it was right, do what it was given for. Raises `FactorLocked` from the tenth on."""
        login, now = guess.login, self._store.clock()
        enrolment = self._store.require_registered(login.assignment_id)
        factor = self._store.factor(login.assignment_id)
        answered = factor.answered(guess.attempt_id, login.login_id)
        if answered is not None:
            return _told(answered.answer)
        factor.require_open(login.generation)
        if guess.part(enrolment) != guess.verifiers:
            # Changed since we compared: the guess is at what is in force now.
            guess = self._compare(enrolment, guess.attempt_id, login, guess.given, guess.part)
        answer = factor.record_confirmation(
            guess.attempt_id, login.login_id, login.generation, matches=guess.matches, now=now
        )
        trail = self._store.trail_of(login)
        if answer is Answer.MATCHED and replace is not None and wanted is not None:
            replace(enrolment, wanted, now)
            self._store.save_enrolment(enrolment, factor, trail=trail)
            return answer
        writes = [self._store.unmoved(enrolment)]
        if answer is Answer.MATCHED and replace is None:
            writes.append(passed_write(login, Factor.CONFIRMATION, now))
        self._store.save(factor, writes=writes, trail=trail)
        return _told(answer)


def _told(answer: Answer) -> Answer:
    if answer is Answer.LOCKED:
        raise FactorLocked(factor=Factor.CONFIRMATION, mismatches=MISMATCHES)
    return answer


def _both(enrolment: Enrolment) -> Verifiers:
    return enrolment.confirmation_id, enrolment.confirmation_password


def _id(enrolment: Enrolment) -> Verifiers:
    return (enrolment.confirmation_id,)


def _password(enrolment: Enrolment) -> Verifiers:
    return (enrolment.confirmation_password,)
