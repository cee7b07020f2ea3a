"""Changing a line's authentication unit on the site, whatever its size in one step (UNIT-0..10, LOGIN-9)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.logins import SessionCause, Stage
from contracts.auth.reach import NotInReach
from contracts.auth.units import (
    AlreadyThatUnit,
    ChangeUnit,
    NumberInUnitChange,
    PasswordOfNumber,
    UnitChangeBlocked,
    UnitChanged,
    UnitChangeForm,
    UnitChangeQuery,
)
from contracts.phone import AuthUnit
from services.auth.credential import Credential, Kind
from services.auth.logins import Guess, Logins
from services.auth.refusals import Refusals
from services.auth.session import Session
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow
from services.auth.unit_change_rules import (
    Effect,
    Proof,
    asks_each_number,
    effect_of,
    may_change_unit,
    proof_of,
    session_goes_on,
)
from services.auth.unit_proofs import Member, UnitProofs, members
from services.auth.unit_rules import is_large, may_log_in

LET_OTHERS_WORK_EVERY = 200


class UnitChanges:
    """All six ways from one unit to another."""

    def __init__(self, store: AuthStore, sessions: Sessions, logins: Logins, refusals: Refusals) -> None:
        self._store = store
        self._sessions = sessions
        self._proofs = UnitProofs(store, sessions, logins, refusals)

    def form(self, query: UnitChangeQuery) -> UnitChangeForm:
        """What is asked of this login. Raises `NoSession`, `NotInReach`."""
        acting, unit = self._acting(query.session_key)
        rows = self._store.numbers_of(acting.owner.line_id)
        form = UnitChangeForm(
            unit=unit,
            each_number=asks_each_number(unit),
            total=len(rows),
            large_line=is_large(numbers_with_features=sum(bool(row.features) for row in rows)),
        )
        if unit is AuthUnit.ADMIN_USER and len(rows) <= query.most_counted:
            return form.model_copy(update={"without_password": self._without_password(rows)})
        if not form.each_number or len(rows) > query.most_numbers:
            return form
        proofs = [(one.row.number, proof_for(one.credential)) for one in members(self._store, rows)]
        numbers = tuple(NumberInUnitChange(number=number, exempt=proof is Proof.EXEMPT) for number, proof in proofs)
        blocked = any(proof is Proof.BLOCKING for _, proof in proofs)
        return form.model_copy(update={"numbers": numbers, "blocked": blocked})

    def _without_password(self, rows: Sequence[NumberRow]) -> int:
        now = self._store.clock()
        able = [
            row
            for row in rows
            if may_log_in(AuthUnit.NUMBER, is_contract_number=row.is_contract_number, has_features=bool(row.features))
        ]
        return sum(one.credential.why_void(now) is not None for one in members(self._store, able))

    def change(self, request: ChangeUnit) -> UnitChanged:
        """Put `request.to` in force, all or nothing.

        Raises `NoSession`, `NotInReach`, `AlreadyThatUnit`, `UnitChangeBlocked`, `UnitChangeRefused`, `Busy`.
        """
        return self._change(request, {one.number: one for one in request.passwords}, {})

    @retry_on_conflict
    def _change(
        self, request: ChangeUnit, given: Mapping[str, PasswordOfNumber], compared: dict[UUID, Guess]
    ) -> UnitChanged:
        """Load, prove, decide, save. Loaded before anything is compared: the save proves that nothing moved since."""
        acting, unit = self._acting(request.session_key)
        if request.to is unit:
            raise AlreadyThatUnit
        if not asks_each_number(unit):
            # Asked first: a wrong one must not cost the loading of a whole line.
            self._proofs.prove(acting, members(self._store, [acting.owner]), given, compared)
        line = members(self._store, self._store.numbers_of(acting.owner.line_id))
        self._proofs.prove(acting, _asked(acting, unit, line), given, compared)
        self._put_in_force(acting, unit, request, line)
        return UnitChanged(
            unit=request.to,
            log_in_number=acting.owner.contract_number if request.to is AuthUnit.LINE else acting.owner.number,
            session_goes_on=session_goes_on(request.to, is_contract_number=acting.owner.is_contract_number),
        )

    def _acting(self, session_key: str) -> tuple[SessionRow, AuthUnit]:
        acting = self._sessions.require(session_key)
        if acting.stage is not Stage.COMPLETE or acting.unit is None or not may_change_unit(acting.role):
            raise NotInReach
        return acting, acting.unit

    def _put_in_force(self, acting: SessionRow, unit: AuthUnit, request: ChangeUnit, numbers: Sequence[Member]) -> None:
        now = self._store.clock()
        grown = affect(_of(acting, numbers), unit, request.to, numbers, now)
        line = self._store.line(acting.owner.line_id)
        line.change_unit(request.to, "site", [one.row.assignment_id for one in numbers], now)
        changed: Write = (
            "UPDATE lines SET unit = :unit, epoch = :epoch WHERE line_id = :line AND epoch = :before",
            {
                "unit": request.to.value,
                "epoch": line.epoch,
                "line": line.id.hex,
                "before": acting.owner.epoch,
            },
            1,  # what this login may do was decided under that epoch
        )
        generations: Write = (
            "UPDATE numbers SET generation = :generation WHERE assignment_id = :id",
            [{"generation": credential.generation, "id": credential.id.hex} for credential in grown],
        )
        ended, ends = self._end_sessions(acting, request, numbers, line.epoch, now)
        self._store.save(
            line,
            *(one.credential for one in numbers),
            *ended,
            writes=[changed, *([generations] if grown else []), *ends],
            trail=self._store.trail(acting.owner, acting.role),
        )

    def _end_sessions(
        self, acting: SessionRow, request: ChangeUnit, numbers: Sequence[Member], epoch: int, now: datetime
    ) -> tuple[list[Session], list[Write]]:
        """All of the line but this one, which goes on under a new key where it may (UNIT-3, LOGIN-9)."""
        goes_on = session_goes_on(request.to, is_contract_number=acting.owner.is_contract_number)
        ended, writes = self._sessions.end_of_line(
            acting.owner.line_id, SessionCause.UNIT_CHANGED, now, keep=acting.key if goes_on else ""
        )
        if goes_on:
            generation = _of(acting, numbers).generation
            new_key = request.new_session_key
            writes = [
                *writes,
                self._sessions.rekeyed(acting, new_key, generation=generation, epoch=epoch, now=now),
                self._sessions.superseded(acting, now),
            ]
        return ended, writes


def proof_for(credential: Credential) -> Proof:
    return proof_of(
        is_contract_number=credential.is_contract_number,
        has_features=bool(credential.features),
        has_password=credential.kind == Kind.PASSWORD,
        locked_out=credential.locked_out,
    )


def _asked(acting: SessionRow, unit: AuthUnit, numbers: Sequence[Member]) -> list[Member]:
    """Whose passwords must be right. Raises `UnitChangeBlocked`."""
    if not asks_each_number(unit):
        return [one for one in numbers if one.row.assignment_id == acting.owner.assignment_id]
    proofs = [(one, proof_for(one.credential)) for one in numbers]
    if any(proof is Proof.BLOCKING for _, proof in proofs):
        raise UnitChangeBlocked
    return [one for one, proof in proofs if proof is Proof.PASSWORD]


def affect(
    source: Credential, unit: AuthUnit, to: AuthUnit, numbers: Sequence[Member], now: datetime
) -> list[Credential]:
    """An event on every number's stream, changed or not; returns those whose generation grew.

    `source` is the number whose login changes the unit.
    """
    grown = []
    for place, one in enumerate(numbers):
        if place % LET_OTHERS_WORK_EVERY == 0:
            time.sleep(0)  # a line of 10,000 is pure computing; logins go on meanwhile
        credential, before = one.credential, one.credential.generation
        effect = effect_of(
            unit, to, is_contract_number=credential.is_contract_number, acting=credential.id == source.id
        )
        if effect is Effect.COPIED:
            credential.copy_password(source, now)
        elif effect is Effect.VOIDED and credential.kind != Kind.NONE:
            credential.void("unit_changed", now)
        else:
            credential.note_unit(to, now)
        if credential.generation != before:
            grown.append(credential)
    return grown


def _of(acting: SessionRow, numbers: Sequence[Member]) -> Credential:
    return next(one.credential for one in numbers if one.row.assignment_id == acting.owner.assignment_id)
