"""Setting a new password, forced or wished for, for oneself or as administrator (LOGIN-5, PWD-1..6, TEMP-7, TEMP-10)."""

from __future__ import annotations

from datetime import datetime

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.logins import SessionCause, Stage
from contracts.auth.passwords import ChangePassword, PasswordChanged, PasswordFault, PasswordRejected, PasswordVoid
from contracts.auth.reach import NotInReach
from contracts.base import Role
from services.auth.credential import Answer, Credential
from services.auth.line import Line
from services.auth.login_steps import LoginSteps
from services.auth.logins import Guess, Logins
from services.auth.password_rules import broken_rules
from services.auth.session import Session
from services.auth.sessions import FORCED_CHANGE, SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow, generation_write, line_unmoved
from services.auth.unit_rules import unit_choice_allowed


class PasswordChanges:
    """The only way from one password to the next on the site."""

    def __init__(self, store: AuthStore, sessions: Sessions, logins: Logins, steps: LoginSteps) -> None:
        self._store = store
        self._sessions = sessions
        self._logins = logins
        self._steps = steps

    def change(self, request: ChangePassword) -> PasswordChanged:
        """Set `request.new`, the present one being right and no rule broken.

        A forced change is followed by what the login asks next (LOGIN-7). Raises `NoSession`, `NotInReach`,
        `PasswordVoid`, `PasswordRejected` (with every broken rule), `Busy`.
        """
        changed = self._changed(request)
        if changed.stage is not Stage.SECOND_FACTOR:
            return changed
        return changed.model_copy(update={"stage": self._steps.go_on(request.new_session_key)})

    def _changed(self, request: ChangePassword) -> PasswordChanged:
        acting = self._sessions.require(request.session_key)
        owner = self._target(acting, request.number)
        with self._store.turns.turn(owner.number):
            credential = self._store.credential(owner.assignment_id)
            if credential.why_void(self._store.clock()):
                raise PasswordVoid
            guess = self._logins.compare(request.attempt_id, request.present, credential.verifier)
            assert guess is not None
            faults = _faults(request, owner, present_right=guess.matches)
            if faults or not guess.matches:
                self._reject(acting, owner, guess, faults)
            verifier = self._store.hashing.hash(request.new)
            return self._replace(acting, owner, guess, verifier, request.new_session_key)

    def _target(self, acting: SessionRow, number: str | None) -> NumberRow:
        if acting.stage is not Stage.COMPLETE and acting.stage not in FORCED_CHANGE:
            raise NotInReach  # between the two factors: the password alone must not set the next one
        if number is None or number == acting.owner.number:
            return acting.owner
        found = self._store.number(number)
        allowed = acting.role is Role.ADMINISTRATOR and acting.stage is Stage.COMPLETE
        if not allowed or found is None or found.line_id != acting.owner.line_id:
            raise NotInReach
        return found

    @retry_on_conflict
    def _reject(self, acting: SessionRow, owner: NumberRow, guess: Guess, faults: tuple[PasswordFault, ...]) -> None:
        """The present password was guessed at: that counts whatever the new one looks like (PWD-5)."""
        now = self._store.clock()
        credential = self._unchanged(owner, guess)
        answer = credential.record_attempt(guess.attempt_id, matches=guess.matches, now=now)
        if answer is Answer.REFUSED:
            raise PasswordVoid
        ended, writes = self._logins.record_mismatch(credential, owner, now)
        self._store.save(credential, *ended, writes=writes, trail=self._store.trail(acting.owner, acting.role))
        raise PasswordRejected(present_wrong=answer is Answer.MISMATCHED, faults=faults)

    @retry_on_conflict
    def _replace(
        self, acting: SessionRow, owner: NumberRow, guess: Guess, verifier: str, new_key: str
    ) -> PasswordChanged:
        acting = self._sessions.require(acting.key)  # it may have ended while the password was hashed
        now = self._store.clock()
        credential = self._unchanged(owner, guess)
        # Asked again at the last moment: 24 h may be over since the login (TEMP-7), others may have locked it.
        if credential.record_attempt(guess.attempt_id, matches=True, now=now) is not Answer.MATCHED:
            raise PasswordVoid
        own = owner.assignment_id == acting.owner.assignment_id
        line, unit_writes = self._unit_of(owner, credential, acting, now)
        credential.set_password(verifier, _cause(acting, credential, own=own), now)
        ended, writes = self._sessions.end_of_number(
            owner.assignment_id, SessionCause.PASSWORD_SET, now, keep=acting.key if own else ""
        )
        aggregates: list[Credential | Line | Session] = [credential, *ended]
        if line is not None:
            others, end_others = self._sessions.end_of_line(
                owner.line_id, SessionCause.UNIT_CHANGED, now, keep=acting.key
            )
            known = {session.id for session in ended}
            aggregates += [line, *(session for session in others if session.id not in known)]
            writes += end_others
        epoch = line.epoch if line else owner.epoch
        if own:
            writes += self._go_on(acting, credential, epoch, new_key, now)
        elif line is not None:
            writes.append(self._sessions.kept_under(acting, epoch))
        self._store.save(
            *aggregates,
            writes=[*unit_writes, generation_write(credential), *writes],
            trail=self._store.trail(acting.owner, acting.role),
        )
        return PasswordChanged(number=owner.number, stage=_stage_after(acting))

    def _unchanged(self, owner: NumberRow, guess: Guess) -> Credential:
        credential = self._store.credential(owner.assignment_id)
        if credential.verifier != guess.verifier:
            raise PasswordVoid  # somebody set another one since it was compared
        return credential

    def _unit_of(
        self, owner: NumberRow, credential: Credential, acting: SessionRow, now: datetime
    ) -> tuple[Line | None, list[Write]]:
        """TEMP-10: the unit chosen with a temporary password comes into force when that password is replaced.

        Raises `PasswordVoid` after voiding a temporary password whose unit is no longer allowed.
        """
        chosen = credential.temporary_unit
        if chosen is None:
            return None, []
        line = self._store.line(owner.line_id)
        unmoved = line_unmoved(owner.line_id, line.epoch)
        if chosen == line.auth_unit:
            return None, [unmoved]
        if not unit_choice_allowed(line.auth_unit, chosen, caller_is_contract_number=credential.by_contract_number):
            self._void(credential, owner, acting, now)
            raise PasswordVoid
        line.change_unit(chosen, "telephone", self._store.assignments_of(owner.line_id), now)
        changed: Write = (
            "UPDATE lines SET unit = :unit, epoch = :epoch WHERE line_id = :id",
            {"unit": chosen.value, "epoch": line.epoch, "id": owner.line_id.hex},
        )
        return line, [unmoved, changed]

    def _void(self, credential: Credential, owner: NumberRow, acting: SessionRow, now: datetime) -> None:
        credential.void("unit_changed", now)
        ended, writes = self._sessions.end_of_number(owner.assignment_id, SessionCause.UNIT_CHANGED, now)
        self._store.save(
            credential,
            *ended,
            writes=[generation_write(credential), *writes],
            trail=self._store.trail(acting.owner, acting.role),
        )

    def _go_on(
        self, acting: SessionRow, credential: Credential, epoch: int, new_key: str, now: datetime
    ) -> list[Write]:
        """The person goes on under a new key; after a forced change the second factor is next (LOGIN-7)."""
        generation, stage = credential.generation, _stage_after(acting)
        rekeyed = self._sessions.rekeyed(acting, new_key, generation=generation, epoch=epoch, now=now, stage=stage)
        return [rekeyed, self._sessions.superseded(acting, now)]


def _stage_after(acting: SessionRow) -> Stage:
    return Stage.COMPLETE if acting.stage is Stage.COMPLETE else Stage.SECOND_FACTOR


def _faults(request: ChangePassword, owner: NumberRow, *, present_right: bool) -> tuple[PasswordFault, ...]:
    """Everything that is wrong with the new password, the second entry included (PWD-9)."""
    new = request.new.reveal()
    # What was wrongly typed as the present one is not what the new one must differ from.
    present = request.present.reveal() if present_right else ""
    faults = broken_rules(new, present, [owner.number, owner.contract_number])
    if request.repeated is not None and request.repeated.reveal() != new:
        faults += (PasswordFault.NOT_REPEATED,)
    return faults


def _cause(acting: SessionRow, credential: Credential, *, own: bool) -> str:
    """Why the password was set, in the words of the public event `PasswordSet`."""
    if credential.temporary_unit is not None:
        return "temporary"
    if acting.stage is Stage.CHANGE_EXPIRED:
        return "expired"
    return "own" if own else "administrator"
