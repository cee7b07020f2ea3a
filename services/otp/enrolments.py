"""Choosing, registering provisionally, and taking all of it back (OTP-1, OTP-2, OTP-10..12, OTP-14, OTP-15)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import Tracking

from chassis.clock import to_micros
from chassis.mail_addresses import NotAnAddress, masked_address, normalise_address
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.base import Secret
from contracts.otp.challenges import ChallengeCause, TooManySends
from contracts.otp.common import Factor, Login, OtpNotInUse, OtpNotRegistered, OtpRegistered, OtpUse, UseCause
from contracts.otp.links import LinkState
from contracts.otp.registration import (
    ChangeAddress,
    CheckRegistration,
    ChooseUse,
    ProvisionallyRegistered,
    Register,
    RegistrationRejected,
    ResetOtp,
)
from contracts.otp.standing import ChallengeView, LinkMail, Standing
from services.otp.challenges import take_back
from services.otp.confirmation_rules import Faults, id_faults_at_registration, password_faults
from services.otp.enrolment import Enrolment, wait_for_next
from services.otp.notices import Lost, Notices
from services.otp.outbox import Outbox
from services.otp.second_factor import TRIES, SecondFactor
from services.otp.store import OtpStore

TOKEN_BYTES = 32


class _Verifiers(NamedTuple):
    confirmation_id: str
    confirmation_password: str


class Enrolments:
    """What becomes of a holder's choice and registration."""

    def __init__(self, store: OtpStore, outbox: Outbox, notices: Notices) -> None:
        self._store = store
        self._notices = notices
        self._outbox = outbox

    def standing(self, login: Login) -> Standing:
        """How far the holder and this login have come. Raises `HolderGone`."""
        enrolment, now = self._store.find(login.assignment_id), self._store.clock()
        if enrolment is None:
            return Standing(use=OtpUse.UNDECIDED, registered=False, address=None, matched=False, confirmed=False)
        passed = self._store.passed(login)
        factor = self._store.factor(login.assignment_id)
        lock = factor.lock_in(login.generation)
        return Standing(
            use=OtpUse(enrolment.use),
            registered=enrolment.is_registered,
            address=self._masked(enrolment) if enrolment.is_registered else None,
            matched=Factor.OTP in passed,
            confirmed=Factor.CONFIRMATION in passed,
            challenge=self._challenge(factor, login, now),
            link=self._link(enrolment, now),
            locked=lock.details.factor if lock else None,
            mismatches=lock.details.mismatches if lock else 0,
        )

    @retry_on_conflict
    def choose(self, request: ChooseUse) -> None:
        """Use one-time passwords or not; choosing what is chosen already changes nothing.

        Raises `HolderGone`, and `FactorMissing` where a registration would be given up by a login that has not given
        its one-time password: the password alone must not turn the second factor off.
        """
        login, now = request.login, self._store.clock()
        enrolment = self._store.find(login.assignment_id)
        factors: list[SecondFactor]
        if enrolment is None:
            enrolment, factor, writes = self._store.begin(login, now)
            factors = [factor]
        elif enrolment.use == request.use:
            return
        else:
            if enrolment.is_registered:
                self._store.require_passed(login, Factor.OTP)
            factors, writes = self._give_up(enrolment, now)
            writes += self._notices.writes(Lost.deleted(enrolment), now)
        cause = UseCause.CHOICE if enrolment.use == OtpUse.UNDECIDED else UseCause.CHANGE
        enrolment.choose(request.use, cause, now)
        self._store.save_enrolment(enrolment, *factors, writes=writes, trail=self._store.trail_of(login))

    def check(self, request: CheckRegistration) -> None:
        """Raises `RegistrationRejected`, with every fault, where `register` or `change_address` would."""
        id_given, password_given = request.confirmation_id, request.confirmation_password
        self._checked(
            request.address,
            id_faults_at_registration(id_given.reveal()) if id_given else (),
            password_faults(password_given.reveal()) if password_given else (),
        )

    def register(self, request: Register) -> ProvisionallyRegistered:
        """Provisionally, with a link to the address (OTP-2); newer voids older (OTP-3).

        Raises `OtpNotInUse`, `OtpRegistered`, `RegistrationRejected` (with every fault), `TooManySends`, `Busy`.
        """
        if self._store.require_used(request.login.assignment_id).is_registered:
            raise OtpRegistered
        address = self._checked(
            request.address,
            id_faults_at_registration(request.confirmation_id.reveal()),
            password_faults(request.confirmation_password.reveal()),
        )
        hashing = self._store.hashing
        verifiers = _Verifiers(hashing.hash(request.confirmation_id), hashing.hash(request.confirmation_password))
        return self._provisionally(request.registration_id, request.login, address, verifiers)

    def change_address(self, request: ChangeAddress) -> ProvisionallyRegistered:
        """Provisionally too; the old address stays in force until the link was used (OTP-11).

        Raises `OtpNotRegistered`, `FactorMissing` unless this login has given the one-time password or the
        confirmation pair (OTP-10), and what `register` raises.
        """
        self._store.require_registered(request.login.assignment_id)
        address = self._checked(request.address, (), ())
        return self._provisionally(request.registration_id, request.login, address, None)

    @retry_on_conflict
    def reset(self, request: ResetOtp) -> None:
        """An operator takes choice and registration back (OTP-15). Raises `OtpNotInUse` where nothing was chosen."""
        assignment, now = request.holder.assignment_id, self._store.clock()
        enrolment = self._store.find(assignment)
        if enrolment is None or enrolment.use == OtpUse.UNDECIDED:
            raise OtpNotInUse
        factors, writes = self._give_up(enrolment, now)
        writes += self._notices.writes(Lost.deleted(enrolment), now)
        enrolment.reset(self._store.personal.seal(assignment, request.reason), now)
        self._store.save_enrolment(enrolment, *factors, writes=writes, trail=self._store.trail_of_operator())

    def end(self, assignment_id: UUID, tracking: Tracking) -> bool:
        """Told by auth: the number was removed (LINE-9). Where nobody enrolled, nobody will: not by a file either (BULK-9).

        Raises IntegrityError where somebody enrols at this moment; the follower comes again, and finds the enrolment.
        """
        try:
            enrolment = self._store.load(assignment_id)
        except AggregateNotFoundError:
            self._store.save(writes=[self._store.never_begin(assignment_id)], tracking=tracking)
            return True
        now = self._store.clock()
        factors, writes = self._give_up(enrolment, now)
        enrolment.end(now)
        trail = self._store.trail_of_system()
        self._store.save_enrolment(enrolment, *factors, writes=writes, trail=trail, tracking=tracking)
        return True

    # --- parts -----------------------------------------------------------------------------------------------

    def _checked(self, address: Secret, id_faults: Faults, password_faults: Faults) -> str:
        try:
            normalised = normalise_address(address.reveal())
        except NotAnAddress:
            normalised = ""
        if not normalised or id_faults or password_faults:
            raise RegistrationRejected(
                address_invalid=not normalised, confirmation_id=id_faults, confirmation_password=password_faults
            )
        return normalised

    @retry_on_conflict
    def _provisionally(
        self, registration_id: UUID, login: Login, address: str, verifiers: _Verifiers | None
    ) -> ProvisionallyRegistered:
        now = self._store.clock()
        enrolment = self._store.require_used(login.assignment_id)
        if enrolment.registration_id == registration_id and enrolment.link_expires_at is not None:
            return ProvisionallyRegistered(address=masked_address(address), expires_at=enrolment.link_expires_at)
        self._require_open(enrolment, login, first=verifiers is not None)
        wait = wait_for_next(enrolment.link_sends, now)
        if wait:
            raise TooManySends(retry_after=wait)
        former = link_over_writes(enrolment, LinkState.SUPERSEDED)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        enrolment.register(
            registration_id=registration_id,
            link_hash=hash_of(token),
            login_id=login.login_id,
            address=self._store.personal.seal(enrolment.id, address),
            confirmation_id=verifiers.confirmation_id if verifiers else None,
            confirmation_password=verifiers.confirmation_password if verifiers else None,
            now=now,
        )
        assert enrolment.link_expires_at is not None
        writes = [*former, *self._link_writes(enrolment, token, address, login.number, enrolment.link_expires_at)]
        self._store.save_enrolment(enrolment, writes=writes, trail=self._store.trail_of(login))
        return ProvisionallyRegistered(address=masked_address(address), expires_at=enrolment.link_expires_at)

    def _require_open(self, enrolment: Enrolment, login: Login, *, first: bool) -> None:
        if first and enrolment.is_registered:
            raise OtpRegistered
        if not first:
            if not enrolment.is_registered:
                raise OtpNotRegistered
            self._store.require_passed(login, Factor.OTP, Factor.CONFIRMATION)

    def _link_writes(
        self, enrolment: Enrolment, token: str, address: str, number: str, expires_at: datetime
    ) -> list[Write]:
        row: Write = (
            "INSERT INTO links VALUES (:hash, :assignment, :expires, 'valid')",
            {"hash": hash_of(token), "assignment": enrolment.id.hex, "expires": to_micros(expires_at)},
        )
        letter = self._outbox.link(
            enrolment.id,
            token=token,
            token_hash=hash_of(token),
            address=address,
            number=number,
            expires_at=expires_at,
        )
        return [row, letter]

    def _give_up(self, enrolment: Enrolment, now: datetime) -> tuple[list[SecondFactor], list[Write]]:
        """What must be saved when link and one-time password are worth nothing any more."""
        factors, writes = take_back(self._store, enrolment.id, ChallengeCause.WITHDRAWN, now)
        return factors, [*writes, *link_over_writes(enrolment, LinkState.WITHDRAWN)]

    def _masked(self, enrolment: Enrolment) -> str:
        return masked_address(self._store.personal.open(enrolment.address) or "")

    def _challenge(self, factor: SecondFactor, login: Login, now: datetime) -> ChallengeView | None:
        if not factor.is_in_force_for(login.login_id, login.generation, now):
            return None
        assert factor.challenge_id is not None
        assert factor.expires_at is not None
        return ChallengeView(
            challenge_id=factor.challenge_id,
            expires_at=factor.expires_at,
            seconds_left=int((factor.expires_at - now).total_seconds()),
            tries_left=TRIES - factor.tries,
            mail=self._outbox.state_of(factor.challenge_id.hex),
        )

    def _link(self, enrolment: Enrolment, now: datetime) -> LinkMail | None:
        if not enrolment.link_is_valid(now):
            return None
        assert enrolment.link_hash is not None
        assert enrolment.link_expires_at is not None
        return LinkMail(
            address=masked_address(self._store.personal.open(enrolment.new_address) or ""),
            expires_at=enrolment.link_expires_at,
            mail=self._outbox.state_of(enrolment.link_hash),
        )


def hash_of(token: str) -> str:
    """As which a token is kept: SHA-256 will do for 32 random bytes."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_over_writes(enrolment: Enrolment, state: LinkState) -> list[Write]:
    """What must be saved when the newest link is over: its row says why, its mail stays here."""
    if enrolment.link_hash is None:
        return []
    link = {"hash": enrolment.link_hash, "state": state.value}
    return [
        ("UPDATE links SET state = :state WHERE token_hash = :hash", link),
        Outbox.withdraw(enrolment.link_hash),
    ]
