"""Whether a login may work on its line in bulk, and the numbers it may name (BULK-1, BULK-2, PWD-7, UNIT-8)."""

from __future__ import annotations

from contracts.auth.bulk import BulkLine, BulkPurpose, BulkQuery, NumberInBulk
from contracts.auth.logins import Stage
from contracts.auth.reach import NotInReach
from contracts.base import Role
from contracts.phone import AssignmentId, AuthUnit
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow
from services.auth.unit_change_rules import Proof, asks_each_number, may_change_unit
from services.auth.unit_changes import proof_for
from services.auth.unit_proofs import Member, members
from services.auth.unit_rules import is_large, may_log_in, reaches_whole_line


class BulkLines:
    """Asked once for each file, and for each download."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    def line(self, query: BulkQuery) -> BulkLine:
        """The line of a login. Raises `NoSession`, `NotInReach`."""
        acting = self._sessions.require(query.session_key)
        rows = self._store.numbers_of(acting.owner.line_id)
        counts = query.begun or query.purpose is BulkPurpose.OTP
        large = counts or is_large(numbers_with_features=sum(bool(row.features) for row in rows))
        if not large or not _may(acting, query.purpose):
            raise NotInReach
        if query.purpose is BulkPurpose.OTP and not reaches_whole_line(
            acting.unit, is_contract_number=acting.owner.is_contract_number
        ):
            rows = [row for row in rows if row.assignment_id == acting.owner.assignment_id]
        if query.purpose is BulkPurpose.OTP and acting.unit is AuthUnit.LINE:
            rows = [row for row in rows if row.is_contract_number]
        return self._told(acting, rows if query.numbers else [], for_unit=query.purpose is BulkPurpose.UNIT)

    def _told(self, acting: SessionRow, rows: list[NumberRow], *, for_unit: bool) -> BulkLine:
        assert acting.id is not None  # complete logins have one
        line = members(self._store, rows)
        proofs = [proof_for(one) if for_unit else None for one in line]
        return BulkLine(
            line_id=acting.owner.line_id,
            contract_number=acting.owner.contract_number,
            epoch=acting.owner.epoch,
            assignment_id=AssignmentId(acting.owner.assignment_id),
            session_id=acting.id,
            role=acting.role,
            number=acting.owner.number,
            numbers=tuple(_number(one, proof) for one, proof in zip(line, proofs, strict=True)),
            blocked=Proof.BLOCKING in proofs,
        )


def _may(acting: SessionRow, purpose: BulkPurpose) -> bool:
    if acting.stage is not Stage.COMPLETE or acting.unit is None:
        return False
    if purpose is BulkPurpose.OTP:
        return acting.otp_registered
    if purpose is BulkPurpose.UNIT:
        return asks_each_number(acting.unit) and may_change_unit(acting.role)
    return acting.role is Role.ADMINISTRATOR


def _number(one: Member, proof: Proof | None) -> NumberInBulk:
    credential = one.credential
    may = may_log_in(
        one.row.unit, is_contract_number=one.row.is_contract_number, has_features=bool(credential.features)
    )
    return NumberInBulk(
        assignment_id=AssignmentId(credential.id),
        number=one.row.number,
        version=credential.generation,
        may_log_in=may,
        locked=credential.locked and proof is None,
        exempt=proof is Proof.EXEMPT,
    )
