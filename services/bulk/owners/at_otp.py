"""Files of one-time passwords: auth says who may set whom, otp has the rest (BULK-3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from unicodedata import normalize

from contracts.auth.bulk import AuthBulkApi, BulkLine, BulkPurpose, BulkQuery
from contracts.base import Secret
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import Column
from contracts.otp.bulk import (
    ApplyOtpRows,
    OtpBulkApi,
    OtpNumbers,
    OtpOfNumber,
    OtpRowChange,
    OtpRows,
    OtpRowsNotApplied,
)
from contracts.otp.common import Holder, OtpUse
from contracts.phone import AssignmentId
from services.bulk.owner import Acting, Aim, Change, Checked, Found, Job, Line, NotApplied
from services.bulk.owners.at_auth import acting_of, is_unit_unmoved, moved
from services.bulk.row_rules import Listed, Row


class OtpAtOtp:
    """`Owner` of one-time passwords."""

    checks_despite_faults = True

    def __init__(self, auth: AuthBulkApi, otp: OtpBulkApi) -> None:
        self._auth = auth
        self._otp = otp

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        told = self._ask(session_key, numbers=False, begun=begun)
        return acting_of(told, told.role)

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
                shown[one.number] = (_use(known), "", "", "")
        return Line(acting_of(told, told.role), numbers, shown=shown)

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
        is_late = not is_unit_unmoved(self._auth, job)
        order = ApplyOtpRows(
            job_id=job.job_id,
            actor=actor,
            role=job.role,
            rows=job.looked_at,
            results=() if is_late else tuple(results),
            is_late=is_late,
        )
        try:
            self._otp.apply_otp_rows(order)
        except OtpRowsNotApplied as refused:
            whole = Problem.UNIT_MOVED_MEANWHILE if is_late else None
            raise NotApplied(moved(refused.details.moved), whole=whole) from refused

    def _ask(self, session_key: str, *, numbers: bool, begun: bool = False) -> BulkLine:
        return self._auth.bulk_line(
            BulkQuery(session_key=session_key, purpose=BulkPurpose.OTP, numbers=numbers, begun=begun)
        )


def _use(known: OtpOfNumber | None) -> str:
    """So that a download which is sent back as it is changes nothing: neither 0 nor 1 is what an open choice is."""
    if known is not None and known.use is OtpUse.NOT_USED:
        return "0"
    return "1" if known is not None and known.registered else ""


_OTP_COLUMNS = {
    "number": Column.NUMBER,
    "use": Column.OTP_USE,
    "address": Column.OTP_ADDRESS,
    "confirmation_id": Column.CONFIRMATION_ID,
    "confirmation_password": Column.CONFIRMATION_PASSWORD,
}


_BEGUN = {
    OtpUse.NOT_USED: ChangeSort.OTP_BEGUN,
    OtpUse.UNDECIDED: ChangeSort.OTP_CHOSEN,
    OtpUse.USED: ChangeSort.OTP_COMPLETED,
}
_OTP_SORTS = (
    ("ended", ChangeSort.OTP_ENDED),
    ("declined", ChangeSort.OTP_DECLINED),
    ("address", ChangeSort.OTP_ADDRESS),
    ("confirmation_id", ChangeSort.CONFIRMATION_ID),
    ("confirmation_password", ChangeSort.CONFIRMATION_PASSWORD),
)


def _of_otp(told: OtpRowChange) -> Change:
    begun = (_BEGUN[told.use_before],) if told.begun else ()
    sorts = (*begun, *(sort for name, sort in _OTP_SORTS if getattr(told, name))) or (ChangeSort.UNCHANGED,)
    if told.not_read:
        sorts = (*sorts, ChangeSort.OTP_NOT_READ)
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
