"""The owners of each kind of file, asked through their contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unicodedata import normalize
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
)
from contracts.auth.logins import SessionQuery
from contracts.base import Role, Secret
from contracts.bulk import ChangeSort, Column, Problem
from contracts.otp.bulk import ApplyOtpRows, OtpBulkApi, OtpNumbers, OtpRowChange, OtpRows, OtpRowsNotApplied
from contracts.otp.common import Holder
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
        return _acting(self._ask(session_key, numbers=False, begun=begun))

    def line(self, session_key: str, aim: Aim) -> Line:  # noqa: ARG002 - a line has them only once
        told = self._ask(session_key, numbers=True)
        numbers = {one.number: _listed(one) for one in told.numbers}
        shown = {one.number: ("",) for one in told.numbers if one.may_log_in}
        return Line(_acting(told), numbers, shown=shown)

    def check(self, job: Job, rows: Sequence[Row]) -> Checked:
        checked = self._auth.check_new_passwords(_rows(job, rows))
        found = [
            Found(one.assignment_id, Column.NEW_PASSWORD, Problem(f"password_{fault}"))
            for one in checked.outcomes
            for fault in one.faults
        ]
        moved = [
            Found(one.assignment_id, Column.NUMBER, Problem.MOVED_MEANWHILE) for one in checked.outcomes if one.moved
        ]
        changes = {one.listed.assignment_id: Change((_FROM[Standing(one.listed.remark)],)) for one in rows}
        return Checked((*found, *moved), changes=changes)

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
        return _acting(self._ask(session_key, numbers=False, begun=begun), Role.SUBSCRIBER)

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
        return Line(_acting(told, Role.SUBSCRIBER), numbers, fault, shown, left_out)

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


class OtpAtOtp:
    """`Owner` of one-time passwords (BULK-3): auth says who may set whom, otp has the rest."""

    checks_despite_faults = True

    def __init__(self, auth: AuthBulkApi, otp: OtpBulkApi) -> None:
        self._auth = auth
        self._otp = otp

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        told = self._ask(session_key, numbers=False, begun=begun)
        return _acting(told, told.role)

    def line(self, session_key: str, aim: Aim) -> Line:  # noqa: ARG002 - a line has them only once
        told = self._ask(session_key, numbers=True)
        assignments = tuple(one.assignment_id for one in told.numbers)
        standing = {
            one.assignment_id: one for one in self._otp.otp_of_numbers(OtpNumbers(assignments=assignments)).numbers
        }
        numbers, shown = {}, {}
        for one in told.numbers:
            known = standing.get(one.assignment_id)
            fault = None if one.may_log_in else Problem.WITHOUT_LOGIN
            numbers[one.number] = Listed(one.assignment_id, known.version if known else 0, fault)
            if one.may_log_in:
                shown[one.number] = ("1" if known and known.used else "0", "", "", "")
        return Line(_acting(told, told.role), numbers, shown=shown)

    def check(self, job: Job, rows: Sequence[Row]) -> Checked:
        checked = self._otp.check_otp_rows(_otp_rows(job, rows))
        return Checked(
            tuple(Found(one.assignment_id, _OTP_COLUMNS[one.column], Problem(one.fault)) for one in checked.faults),
            changes={one.assignment_id: _of_otp(one) for one in checked.changes},
        )

    def make_ready(self, job: Job, rows: Sequence[Row]) -> str:
        return self._otp.make_otp_rows_ready(_otp_rows(job, rows)).result

    def apply(self, job: Job, results: Sequence[str]) -> None:
        actor = Holder(
            assignment_id=AssignmentId(job.assignment_id), number=job.number, contract_number=job.contract_number
        )
        try:
            self._otp.apply_otp_rows(
                ApplyOtpRows(job_id=job.job_id, actor=actor, role=job.role, rows=job.looked_at, results=tuple(results))
            )
        except OtpRowsNotApplied as refused:
            raise NotApplied(refused.details.moved) from refused

    def _ask(self, session_key: str, *, numbers: bool, begun: bool = False) -> BulkLine:
        return self._auth.bulk_line(
            BulkQuery(session_key=session_key, purpose=BulkPurpose.OTP, numbers=numbers, begun=begun)
        )


_OTP_COLUMNS = {
    "number": Column.NUMBER,
    "use": Column.OTP_USE,
    "address": Column.OTP_ADDRESS,
    "confirmation_id": Column.CONFIRMATION_ID,
    "confirmation_password": Column.CONFIRMATION_PASSWORD,
}


_OTP_SORTS = (
    ("begun", ChangeSort.OTP_BEGUN),
    ("ended", ChangeSort.OTP_ENDED),
    ("declined", ChangeSort.OTP_DECLINED),
    ("address", ChangeSort.OTP_ADDRESS),
    ("confirmation_id", ChangeSort.CONFIRMATION_ID),
    ("confirmation_password", ChangeSort.CONFIRMATION_PASSWORD),
)


def _of_otp(told: OtpRowChange) -> Change:
    sorts = tuple(sort for name, sort in _OTP_SORTS if getattr(told, name)) or (ChangeSort.UNCHANGED,)
    return Change(sorts, told.address_before, told.address_after.reveal() if told.address_after else None)


def _otp_rows(job: Job, rows: Sequence[Row]) -> OtpRows:
    content = [
        [
            one.listed.assignment_id.hex,
            one.listed.version,
            one.number,
            normalize("NFKC", one.cells[0]).strip(),
            *one.cells[1:],
        ]
        for one in rows
    ]
    return OtpRows(job_id=job.job_id, contract_number=job.contract_number, rows=Secret(json.dumps(content)))


@contextmanager
def _not_applied() -> Iterator[None]:
    try:
        yield
    except BulkNotApplied as refused:
        raise NotApplied(refused.details.moved, unit_changed=refused.details.unit_changed) from refused


def _acting(told: BulkLine, role: Role = Role.ADMINISTRATOR) -> Acting:
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
