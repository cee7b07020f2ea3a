"""Whether a login may work on its line in bulk, and the numbers it may name (BULK-1, BULK-2, PWD-7, UNIT-8)."""

from __future__ import annotations

from contracts.auth.bulk import (
    BulkLine,
    BulkNotApplied,
    BulkPurpose,
    BulkQuery,
    NumberInBulk,
    PasswordEffect,
    Standing,
    UnitSeen,
)
from contracts.auth.logins import Stage
from contracts.auth.reach import NotInReach
from contracts.base import Role
from contracts.phone import AssignmentId, AuthUnit
from services.auth.credential import Credential, Kind
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow
from services.auth.unit_change_rules import Proof, asks_each_number, effect_of, may_change_unit
from services.auth.unit_changes import proof_for
from services.auth.unit_proofs import Member, members
from services.auth.unit_rules import is_large, may_log_in, reaches_whole_line

OF_ANY_LINE = frozenset({BulkPurpose.OTP, BulkPurpose.FORWARDING})
"""What lines with few numbers do by file too."""


class BulkLines:
    """Asked once for each file, and for each download; and once more where another service puts a file in force."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    def line(self, query: BulkQuery) -> BulkLine:
        """The line of a login. Raises `NoSession`, `NotInReach`."""
        acting = self._sessions.require(query.session_key)
        rows = self._store.numbers_of(acting.owner.line_id)
        of_any_line = query.begun or query.purpose in OF_ANY_LINE
        large = of_any_line or is_large(numbers_with_features=sum(bool(row.features) for row in rows))
        if not large or not _may(acting, query.purpose):
            raise NotInReach
        if query.purpose is BulkPurpose.OTP and not reaches_whole_line(
            acting.unit, is_contract_number=acting.owner.is_contract_number
        ):
            rows = [row for row in rows if row.assignment_id == acting.owner.assignment_id]
        if query.purpose is BulkPurpose.OTP and acting.unit is AuthUnit.LINE:
            rows = [row for row in rows if row.is_contract_number]
        return self._told(acting, rows if query.numbers else [], query)

    def hold_to_unit(self, request: UnitSeen) -> None:
        """For work that another service does on the whole line (LINE-2). Raises `BulkNotApplied` where the unit has moved."""
        if self._store.line(request.line_id).epoch != request.epoch:
            raise BulkNotApplied(unit_changed=True)

    def _told(self, acting: SessionRow, rows: list[NumberRow], query: BulkQuery) -> BulkLine:
        assert acting.id is not None  # complete logins have one
        line = members(self._store, rows)
        proofs = [proof_for(one.credential) if query.purpose is BulkPurpose.UNIT else None for one in line]
        return BulkLine(
            line_id=acting.owner.line_id,
            contract_number=acting.owner.contract_number,
            epoch=acting.owner.epoch,
            assignment_id=AssignmentId(acting.owner.assignment_id),
            session_id=acting.id,
            role=acting.role,
            number=acting.owner.number,
            numbers=tuple(self._number(acting, one, proof, query) for one, proof in zip(line, proofs, strict=True)),
            blocked=Proof.BLOCKING in proofs,
        )

    def _number(self, acting: SessionRow, one: Member, proof: Proof | None, query: BulkQuery) -> NumberInBulk:
        row, credential = one.row, one.credential
        may = may_log_in(row.unit, is_contract_number=row.is_contract_number, has_features=bool(credential.features))
        return NumberInBulk(
            assignment_id=AssignmentId(credential.id),
            number=row.number,
            version=credential.generation,
            may_log_in=may,
            locked=credential.locked and proof is None,
            exempt=proof is Proof.EXEMPT,
            standing=self._standing(credential) if query.purpose is BulkPurpose.PASSWORDS else None,
            effect=_effect(acting, row, query.to) if query.to is not None else None,
        )

    def _standing(self, credential: Credential) -> Standing:
        now = self._store.clock()
        if credential.why_void(now):
            return Standing.NONE
        if credential.kind == Kind.TEMPORARY:
            return Standing.TEMPORARY
        return Standing.EXPIRED if credential.has_expired(self._store.config.password_days, now) else Standing.PASSWORD


def _effect(acting: SessionRow, row: NumberRow, to: AuthUnit) -> PasswordEffect:
    """UNIT-3..6"""
    assert acting.unit is not None  # `_may` has seen to it
    own = row.assignment_id == acting.owner.assignment_id
    effect = effect_of(acting.unit, to, is_contract_number=row.is_contract_number, acting=own)
    return PasswordEffect(effect.value)


def _may(acting: SessionRow, purpose: BulkPurpose) -> bool:
    if acting.stage is not Stage.COMPLETE or acting.unit is None:
        return False
    if purpose is BulkPurpose.OTP:
        return acting.otp_registered
    if purpose is BulkPurpose.FORWARDING:
        return reaches_whole_line(acting.unit, is_contract_number=acting.owner.is_contract_number)
    if purpose is BulkPurpose.UNIT:
        return asks_each_number(acting.unit) and may_change_unit(acting.role)
    return acting.role is Role.ADMINISTRATOR
