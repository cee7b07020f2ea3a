"""Files whose rows are auth's: passwords, and the unit. Besides, who is behind a file of any kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from contracts.auth.bulk import (
    ApplyBulk,
    ApplyUnit,
    AuthBulkApi,
    BulkLine,
    BulkNotApplied,
    BulkPurpose,
    BulkQuery,
    BulkRows,
    NumberInBulk,
    PasswordEffect,
    ProofRows,
    Standing,
    UnitSeen,
)
from contracts.auth.logins import SessionQuery
from contracts.base import Role, Secret
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import Column
from contracts.phone import AssignmentId, AuthUnit
from services.bulk.owner import Acting, Aim, Change, Checked, Found, Job, Line, NotApplied
from services.bulk.row_rules import EXEMPT, Listed, Row

_FROM = {
    Standing.PASSWORD: ChangeSort.FROM_PASSWORD,
    Standing.EXPIRED: ChangeSort.FROM_EXPIRED,
    Standing.TEMPORARY: ChangeSort.FROM_TEMPORARY,
    Standing.NONE: ChangeSort.FROM_NOTHING,
}
_EFFECTS = {
    PasswordEffect.KEPT: ChangeSort.PASSWORD_KEPT,
    PasswordEffect.COPIED: ChangeSort.PASSWORD_COPIED,
    PasswordEffect.VOIDED: ChangeSort.PASSWORD_VOIDED,
}


class WhoAtAuth:
    """`Who`, asked of auth. Looking after a file is no activity by itself (LOGIN-8): the page's own request is."""

    def __init__(self, auth: AuthBulkApi) -> None:
        self._auth = auth

    def behind(self, session_key: str) -> UUID:
        return self._auth.session(SessionQuery(session_key=session_key, activity=False)).assignment_id


class PasswordsAtAuth:
    """`Owner` of new passwords (BULK-1)."""

    checks_despite_faults = True

    def __init__(self, auth: AuthBulkApi) -> None:
        self._auth = auth

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        return acting_of(self._ask(session_key, numbers=False, begun=begun))

    def line(self, session_key: str, aim: Aim) -> Line:  # noqa: ARG002 - a line has them only once
        told = self._ask(session_key, numbers=True)
        numbers = {one.number: _listed(one) for one in told.numbers}
        shown = {one.number: ("",) for one in told.numbers if one.may_log_in}
        return Line(acting_of(told), numbers, shown=shown)

    def check(self, job: Job, rows: Sequence[Row]) -> Checked:
        checked = self._auth.check_new_passwords(_rows(job, rows))
        found = [
            Found(one.assignment_id, Column.NEW_PASSWORD, Problem(f"password_{fault}"))
            for one in checked.outcomes
            for fault in one.faults
        ]
        found += moved([one.assignment_id for one in checked.outcomes if one.moved])
        changes = {one.listed.assignment_id: Change((_FROM[Standing(one.listed.remark)],)) for one in rows}
        return Checked(tuple(found), changes=changes)

    def make_ready(self, job: Job, rows: Sequence[Row]) -> str:
        return self._auth.make_new_passwords_ready(_rows(job, rows)).result

    def apply(self, job: Job, results: Sequence[str]) -> None:
        order = ApplyBulk(
            job_id=job.job_id,
            line_id=job.line_id,
            epoch=job.epoch,
            assignment_id=AssignmentId(job.assignment_id),
            session_id=job.session_id,
            rows=job.rows,
            results=tuple(results),
        )
        with _not_applied():
            self._auth.apply_new_passwords(order)

    def _ask(self, session_key: str, *, numbers: bool, begun: bool = False) -> BulkLine:
        return self._auth.bulk_line(
            BulkQuery(session_key=session_key, purpose=BulkPurpose.PASSWORDS, numbers=numbers, begun=begun)
        )


class UnitAtAuth:
    """`Owner` of a change of the unit from `NUMBER` (BULK-2). Its passwords are proven by the check itself."""

    checks_despite_faults = False  # each is a guess that counts
    make_ready = None

    def __init__(self, auth: AuthBulkApi) -> None:
        self._auth = auth

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        return acting_of(self._ask(session_key, numbers=False, begun=begun), Role.SUBSCRIBER)

    def line(self, session_key: str, aim: Aim) -> Line:
        told = self._ask(session_key, numbers=True, to=aim.to_unit)
        numbers = {
            one.number: Listed(
                one.assignment_id,
                one.version,
                needed=not one.exempt,
                exempt=one.exempt,
                remark=one.effect.value if one.effect else "",
            )
            for one in told.numbers
        }
        shown = {one.number: (EXEMPT if one.exempt else "",) for one in told.numbers}
        left_out = {
            one.number: Change((ChangeSort.EXEMPT, _EFFECTS[one.effect]))
            for one in told.numbers
            if one.exempt and one.effect
        }
        fault = Problem.LINE_BLOCKED if told.blocked else None
        return Line(acting_of(told, Role.SUBSCRIBER), numbers, fault, shown, left_out)

    def check(self, job: Job, rows: Sequence[Row]) -> Checked:
        given = _rows(job, rows)
        asked = ProofRows(job_id=given.job_id, line_id=given.line_id, rows=given.rows, session_key=job.session_key)
        proven = self._auth.prove_present_passwords(asked)
        found = (Found(one, Column.PRESENT_PASSWORD, Problem.WRONG_PASSWORD) for one in proven.wrong)
        changes = {
            one.listed.assignment_id: Change((ChangeSort.PROVEN, _EFFECTS[PasswordEffect(one.listed.remark)]))
            for one in rows
        }
        return Checked(tuple(found), proven.result, changes)

    def apply(self, job: Job, results: Sequence[str]) -> None:
        assert job.aim.to_unit is not None
        order = ApplyUnit(
            job_id=job.job_id,
            line_id=job.line_id,
            epoch=job.epoch,
            assignment_id=AssignmentId(job.assignment_id),
            session_id=job.session_id,
            session_key=job.session_key,
            to=job.aim.to_unit,
            rows=job.looked_at,
            results=tuple(results),
        )
        with _not_applied():
            self._auth.apply_unit_change(order)

    def _ask(self, session_key: str, *, numbers: bool, begun: bool = False, to: AuthUnit | None = None) -> BulkLine:
        return self._auth.bulk_line(
            BulkQuery(session_key=session_key, purpose=BulkPurpose.UNIT, numbers=numbers, begun=begun, to=to)
        )


@contextmanager
def _not_applied() -> Iterator[None]:
    try:
        yield
    except BulkNotApplied as refused:
        whole = Problem.UNIT_MOVED_MEANWHILE if refused.details.unit_changed else None
        raise NotApplied(moved(refused.details.moved), whole=whole) from refused


def is_unit_unmoved(auth: AuthBulkApi, job: Job) -> bool:
    """For what another service puts in force: under another unit the login may not reach these numbers (LINE-2..4)."""
    try:
        auth.hold_to_unit(UnitSeen(line_id=job.line_id, epoch=job.epoch))
    except BulkNotApplied:
        return False
    return True


def moved(assignments: Sequence[UUID]) -> list[Found]:
    """That something else was quicker at these."""
    return [Found(one, Column.NUMBER, Problem.MOVED_MEANWHILE) for one in assignments]


def acting_of(told: BulkLine, role: Role = Role.ADMINISTRATOR) -> Acting:
    """Who acts, as auth told."""
    return Acting(
        line_id=told.line_id,
        assignment_id=told.assignment_id,
        session_id=told.session_id,
        role=role,
        number=told.number,
        contract_number=told.contract_number,
        epoch=told.epoch,
    )


def _listed(one: NumberInBulk) -> Listed:
    fault = None if one.may_log_in else Problem.WITHOUT_LOGIN
    remark = one.standing.value if one.standing else ""
    return Listed(one.assignment_id, one.version, Problem.LOCKED if one.locked else fault, remark=remark)


def _rows(job: Job, rows: Sequence[Row]) -> BulkRows:
    content = [[one.listed.assignment_id.hex, one.listed.version, one.cells[0]] for one in rows]
    return BulkRows(job_id=job.job_id, line_id=job.line_id, rows=Secret(json.dumps(content)))
