"""One-time passwords of many numbers set in one moment, by somebody who has given both factors (BULK-3, BULK-9)."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NoReturn
from uuid import UUID, uuid4

from chassis.among import rows_among
from chassis.clock import to_micros
from chassis.encoded import Encoded
from chassis.hashing import Priority
from chassis.loading import load_many
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.under_way import UnderWay
from contracts.base import Secret
from contracts.otp.bulk import (
    ApplyOtpRows,
    OtpNumbers,
    OtpOfNumber,
    OtpOfNumbers,
    OtpRowFault,
    OtpRows,
    OtpRowsChecked,
    OtpRowsNotApplied,
    OtpRowsReady,
)
from contracts.otp.challenges import ChallengeCause
from contracts.otp.common import Holder, OtpUse, UseCause
from contracts.otp.links import LinkState
from contracts.phone import AssignmentId
from services.otp.bulk_difference import Difference, OtpRow, address_in, is_in_use, rows_in
from services.otp.bulk_rules import Fault, row_faults
from services.otp.bulk_save import OneSave
from services.otp.challenges import take_back
from services.otp.enrolment import Enrolment
from services.otp.enrolments import link_over_writes
from services.otp.notices import Lost, Notices
from services.otp.second_factor import SecondFactor
from services.otp.store import GONE, OtpStore

SET_AT_ONCE = 50


@dataclass(frozen=True)
class _Wanted:
    """A row as it was made ready: verifiers in the place of secrets, None where what there is stays."""

    assignment_id: UUID
    version: int
    number: str
    contract_number: str
    used: bool | None
    address: str | None
    confirmation_id: str | None
    confirmation_password: str | None


class End(Enum):
    """What has become of a job."""

    APPLIED = 0
    REFUSED = 1


class OtpInBulk:
    """Asked by the bulk service only."""

    def __init__(self, store: OtpStore, notices: Notices) -> None:
        self._store = store
        self._notices = notices
        self._difference = Difference(store)
        self._under_way = UnderWay()

    def of_numbers(self, query: OtpNumbers) -> OtpOfNumbers:
        """How these stand."""
        found = self._enrolments(query.assignments)
        return OtpOfNumbers(
            numbers=tuple(
                OtpOfNumber(
                    assignment_id=AssignmentId(one.id),
                    use=OtpUse(one.use),
                    registered=one.is_registered,
                    version=one.version,
                )
                for one in found.values()
            )
        )

    def check(self, request: OtpRows) -> OtpRowsChecked:
        """Every fault of these rows, and what the others change. Raises `Busy`."""
        rows = rows_in(request)
        enrolments = self._enrolments(row.assignment_id for row in rows)
        moved = self._moved({row.assignment_id: row.version for row in rows}, enrolments)
        faults = {row.assignment_id: self._faults(row, enrolments.get(row.assignment_id), request) for row in rows}
        for one in moved:
            faults[one].append(("number", "moved_meanwhile"))
        faultless = [row for row in rows if not faults[row.assignment_id]]
        return OtpRowsChecked(
            faults=tuple(
                OtpRowFault(assignment_id=AssignmentId(one), column=column, fault=fault)
                for one, found in faults.items()
                for column, fault in found
            ),
            changes=tuple(asked.told() for asked in self._difference.asked(faultless, enrolments)),
        )

    def _faults(self, row: OtpRow, enrolment: Enrolment | None, request: OtpRows) -> list[Fault]:
        found = row_faults(
            row.use,
            address_in(row.address),
            row.confirmation_id,
            row.confirmation_password,
            numbers=[row.number, request.contract_number],
            registered=is_in_use(enrolment),
        )
        if self._difference.is_present_password(row, enrolment):
            found.append(("confirmation_password", "password_same_as_present"))
        return found

    def make_ready(self, request: OtpRows) -> OtpRowsReady:
        """The rows with hashes in the place of secrets, readable by this service only. Raises `Busy`."""
        rows = rows_in(request)
        content = [
            [
                asked.row.assignment_id.hex,
                asked.row.version,
                asked.row.number,
                request.contract_number,
                asked.row.uses,
                asked.address,
                self._hashed(asked.confirmation_id),
                self._hashed(asked.confirmation_password),
            ]
            for asked in self._difference.asked(rows, self._enrolments(row.assignment_id for row in rows))
        ]
        packed = base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()
        return OtpRowsReady(result=self._store.personal.lock_away(packed, _context(request.job_id)))

    def _hashed(self, text: str | None) -> str | None:
        return self._store.hashing.hash(Secret(text), Priority.BULK) if text else None

    def apply(self, request: ApplyOtpRows) -> None:
        """One save. Raises `OtpRowsNotApplied` with every number that has moved, or none where it is late, and `Busy`."""
        with self._under_way.once(request.job_id):
            self._apply(request)

    @retry_on_conflict
    def _apply(self, request: ApplyOtpRows) -> None:
        ended = self._ended(request.job_id)
        if ended is End.APPLIED:
            return  # although its parts may not be readable any more: bulk gives up what fails for long
        if request.is_late:
            self._refuse(request.job_id, ended)
        wanted = [
            _Wanted(UUID(row[0]), *row[1:])
            for result in request.results
            for row in json.loads(
                zlib.decompress(base64.b64decode(self._store.personal.take_out(result, _context(request.job_id))))
            )
        ]
        if len(wanted) != request.rows:
            raise ValueError("a job is applied whole")
        enrolments = self._enrolments(one.assignment_id for one in wanted)
        # Asked after they were loaded: what has moved since the check may have been moved by this very job.
        ended = self._ended(request.job_id)
        if ended is End.APPLIED:
            return
        moved = self._moved({one.assignment_id: one.version for one in wanted}, enrolments)
        if moved or ended is End.REFUSED:
            self._refuse(request.job_id, ended, moved)
        now = self._store.clock()
        saved = OneSave(Encoded(self._store, self._store.trail_of_actor(request.actor, request.role)))
        bundles: defaultdict[tuple[str, str], str] = defaultdict(lambda: uuid4().hex)  # one mail for each address
        for start in range(0, len(wanted), SET_AT_ONCE):
            time.sleep(0)  # logins go on meanwhile
            part = [(one, enrolments.pop(one.assignment_id, None)) for one in wanted[start : start + SET_AT_ONCE]]
            lost = [gone for one, enrolment in part for gone in _lost(one, enrolment)]
            saved.add(self._notices.writes(lost, now, lambda *both: bundles[both]))
            for one, enrolment in part:
                if one.used is not None:
                    saved.take(*self._set(one, enrolment, now))
        saved.save(self._mark(request.job_id, End.APPLIED))

    def _refuse(self, job_id: UUID, ended: End | None, moved: Iterable[UUID] = ()) -> NoReturn:
        """For good: another instance may still be saving it, for somebody who has given up waiting."""
        if ended is None:
            self._store.save(writes=[self._mark(job_id, End.REFUSED)])
        raise OtpRowsNotApplied(moved=tuple(AssignmentId(one) for one in moved))

    def _ended(self, job_id: UUID) -> End | None:
        row = self._store.row("SELECT refused FROM bulk_jobs WHERE job_id = :id", {"id": job_id.hex})
        return End(row["refused"]) if row else None

    def _mark(self, job_id: UUID, end: End) -> Write:
        mark = {"id": job_id.hex, "now": to_micros(self._store.clock()), "refused": end.value}
        return "INSERT INTO bulk_jobs (job_id, applied_at, refused) VALUES (:id, :now, :refused)", mark

    def _set(
        self, one: _Wanted, enrolment: Enrolment | None, now: datetime
    ) -> tuple[Enrolment, list[SecondFactor], list[Write]]:
        """What the row asks for, and what is saved with it; a number that has it already is left as it is."""
        use = OtpUse.USED if one.used else OtpUse.NOT_USED
        factors: list[SecondFactor] = []
        writes: list[Write] = []
        if enrolment is None:
            holder = Holder(
                assignment_id=AssignmentId(one.assignment_id), number=one.number, contract_number=one.contract_number
            )
            enrolment, factor, writes = self._store.begin(holder, now)
            factors = [factor]
        elif enrolment.use != use or one.address:
            # What was mailed to the former address, a one-time password or a link, is worth nothing from now on.
            factors, writes = take_back(self._store, enrolment.id, ChallengeCause.WITHDRAWN, now)
            writes = [*writes, *link_over_writes(enrolment, LinkState.WITHDRAWN)]
        enrolment.choose(use, UseCause.BULK, now)
        if one.address:
            enrolment.set_address(self._store.personal.seal(enrolment.id, one.address), now)
        if one.confirmation_id:
            enrolment.change_confirmation_id(one.confirmation_id, now)
        if one.confirmation_password:
            enrolment.change_confirmation_password(one.confirmation_password, now)
        return enrolment, factors, writes

    def _enrolments(self, assignments: Iterable[UUID]) -> dict[UUID, Enrolment]:
        """Those that there are."""
        rows = rows_among(
            self._store,
            "SELECT stream_id FROM holders WHERE version <> :gone AND stream_id IN (:values)",
            (one.hex for one in assignments),
            {"gone": GONE},
        )
        return load_many(self._store, Enrolment, [UUID(row["stream_id"]) for row in rows])

    def _moved(self, versions: Mapping[UUID, int], enrolments: Mapping[UUID, Enrolment]) -> list[UUID]:
        """Those whose enrolment is another than it was, and those that left their line, also without ever having chosen."""
        left = self._store.gone_among(versions)
        return [one for one, version in versions.items() if one in left or _has_moved(enrolments.get(one), version)]


def _lost(one: _Wanted, enrolment: Enrolment | None) -> list[Lost]:
    """The address that goes out of force by the row."""
    if enrolment is None or one.used is None:
        return []
    if not one.used:
        return Lost.deleted(enrolment)
    return Lost.replaced(enrolment) if one.address else []


def _has_moved(enrolment: Enrolment | None, version: int) -> bool:
    return enrolment.ended or enrolment.version != version if enrolment else version != 0


def _context(job_id: UUID) -> str:
    return f"bulk job {job_id.hex}"
