"""One-time passwords issued and answered (OTP-6..9). Recorded first, then answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.clock import from_micros, to_micros
from chassis.mail_addresses import masked_address
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.otp.challenges import (
    AnswerChallenge,
    ChallengeCause,
    ChallengeIssued,
    ChallengeOver,
    FactorLocked,
    OtpMismatch,
    RequestChallenge,
    TooManySends,
)
from contracts.otp.common import Factor, FactorMissing, Login
from services.otp.codes import is_code_of, new_secret
from services.otp.enrolment import wait_for_next
from services.otp.outbox import Outbox, challenge_secret
from services.otp.second_factor import MISMATCHES, Answer, Outcome, SecondFactor
from services.otp.store import OtpStore, passed_write


class Challenges:
    """The last step of a login (LOGIN-7)."""

    def __init__(self, store: OtpStore, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    @retry_on_conflict
    def request(self, request: RequestChallenge) -> ChallengeIssued:
        """Issue one and have it mailed to the address in force; an older one is void from now on.

        Raises `OtpNotRegistered`, `OtpNotInUse`, `TooManySends`, `FactorLocked`, `LoginOutdated`, `HolderGone`.
        """
        login, now = request.login, self._store.clock()
        enrolment = self._store.require_registered(login.assignment_id)
        address = self._store.personal.open(enrolment.address) or ""
        repeated = self._issued(request)
        if repeated is not None:
            return ChallengeIssued(
                challenge_id=request.challenge_id, address=masked_address(address), expires_at=repeated
            )
        factor = self._store.factor(login.assignment_id)
        factor.require_open(login.generation)
        wait = wait_for_next(factor.sends, now)
        if wait:
            raise TooManySends(retry_after=wait)
        former = over_writes(factor)
        factor.issue(request.challenge_id, login.login_id, login.generation, now)
        assert factor.expires_at is not None
        letter = self._outbox.code(
            login.assignment_id,
            challenge_id=request.challenge_id,
            address=address,
            number=login.number,
            expires_at=factor.expires_at,
        )
        writes = [*former, self._row(request, factor.expires_at), letter, self._store.unmoved(enrolment)]
        self._store.save(factor, writes=writes, trail=self._store.trail_of(login))
        return ChallengeIssued(
            challenge_id=request.challenge_id, address=masked_address(address), expires_at=factor.expires_at
        )

    def answer(self, request: AnswerChallenge) -> None:
        """Returns when the one-time password was right; from then on this login has given it.

        Raises `OtpMismatch`, `ChallengeOver`, `FactorLocked`, `LoginOutdated`, `OtpNotRegistered`, `Busy`.
        """
        with self._store.turns.turn(request.login.assignment_id.hex):
            outcome = self._record(request)
        match outcome.answer:
            case Answer.MISMATCHED:
                raise OtpMismatch(tries_left=outcome.left)
            case Answer.LOCKED:
                raise FactorLocked(factor=Factor.OTP, mismatches=MISMATCHES)

    @retry_on_conflict
    def _record(self, request: AnswerChallenge) -> Outcome:
        login, now = request.login, self._store.clock()
        self._store.require_registered(login.assignment_id)
        factor = self._store.factor(login.assignment_id)
        before = factor.answered(request.attempt_id, login.login_id)
        if before is not None:
            return before
        challenge_id = factor.require_challenge(login.login_id, login.generation, now)
        secret = challenge_secret(self._store, challenge_id)
        if secret is None:
            raise ChallengeOver(cause=ChallengeCause.SUPERSEDED)  # ended between our two looks
        ending = over_writes(factor)
        outcome = factor.record_answer(request.attempt_id, matches=is_code_of(secret, request.code.reveal()), now=now)
        writes = ending if factor.challenge_id is None else []
        if outcome.answer is Answer.MATCHED:
            writes = [*writes, passed_write(login, Factor.OTP, now)]
        self._store.save(factor, writes=writes, trail=self._store.trail_of(login))
        return outcome

    @retry_on_conflict
    def complete_login(self, login: Login) -> None:
        """Told by auth that every step was done: the counts return to 0 (LOGIN-4). Repeating it changes nothing.

        Raises `FactorMissing` where the one-time password has not been given, which then was no complete login.
        """
        enrolment = self._store.find(login.assignment_id)
        if enrolment is None:
            return
        if enrolment.is_registered and Factor.OTP not in self._store.passed(login):
            raise FactorMissing
        factor = self._store.factor(login.assignment_id)
        factor.complete_login(login.login_id, login.generation, self._store.clock())
        self._store.save(factor, trail=self._store.trail_of(login))

    def _issued(self, request: RequestChallenge) -> datetime | None:
        """Until when a challenge of this id is valid, where the request was worked on before."""
        row = self._store.row(
            "SELECT assignment_id, expires_at FROM challenges WHERE challenge_id = :id",
            {"id": request.challenge_id.hex},
        )
        if row is None:
            return None
        if row["assignment_id"] != request.login.assignment_id.hex:
            raise ChallengeOver(cause=ChallengeCause.SUPERSEDED)
        return from_micros(row["expires_at"])

    def _row(self, request: RequestChallenge, expires_at: datetime) -> Write:
        identity = request.challenge_id.hex
        return (
            "INSERT INTO challenges VALUES (:id, :assignment, :expires, :secret)",
            {
                "id": identity,
                "assignment": request.login.assignment_id.hex,
                "expires": to_micros(expires_at),
                "secret": self._store.personal.lock_away(new_secret(), f"challenge {identity}"),
            },
        )


def over_writes(factor: SecondFactor) -> list[Write]:
    """What must be saved when the one-time password in force ends: its secret is destroyed, its mail stays here."""
    if factor.challenge_id is None:
        return []
    identity = factor.challenge_id.hex
    return [
        ("UPDATE challenges SET secret = NULL WHERE challenge_id = :id", {"id": identity}),
        Outbox.withdraw(identity),
    ]


def take_back(
    store: OtpStore, assignment_id: UUID, cause: ChallengeCause, now: datetime
) -> tuple[list[SecondFactor], list[Write]]:
    """End a holder's one-time password in force: what must be saved for it; nothing where there is none."""
    factor = store.factor(assignment_id)
    writes = over_writes(factor)
    if not writes:
        return [], []
    factor.take_back(cause, now)
    return [factor], writes
