"""Passwords of many numbers of a line, set by its administrator in one moment (BULK-1, BULK-9, PWD-1..4).

The rows come part by part: checked first, hashed when the file was confirmed, and put in force all together. What was
hashed is handed back encrypted for this service alone, so that any instance can apply it and nobody else read it.
"""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from chassis.hashing import Priority
from chassis.prepared import Prepared
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.under_way import UnderWay
from contracts.auth.bulk import ApplyBulk, BulkApplied, BulkNotApplied, BulkRows, RowOutcome, RowsChecked, RowsMadeReady
from contracts.auth.logins import SessionCause
from contracts.base import Role, Secret
from contracts.phone import AssignmentId
from services.auth.bulk_hashing import BulkHashing
from services.auth.bulk_parts import BulkRow, applied, generations, has_moved, mark_of, opened, rows_of, sealed
from services.auth.credential import Credential, Kind
from services.auth.password_rules import broken_rules
from services.auth.sessions import Sessions
from services.auth.store import AuthStore, line_unmoved

LET_OTHERS_WORK_EVERY = 200


class BulkPasswords:
    """Asked by the bulk service only; who acts was decided by `BulkLines`, and is held to it by the line's epoch."""

    def __init__(self, store: AuthStore, sessions: Sessions, hashing: BulkHashing) -> None:
        self._store = store
        self._sessions = sessions
        self._hashing = hashing
        self._under_way = UnderWay()

    def check(self, request: BulkRows) -> RowsChecked:
        """Every rule that the new passwords break. Raises `Busy`."""
        with self._hashing.part():
            outcomes = self._hashing.each(self._outcome, rows_of(self._store, request))
        return RowsChecked(outcomes=tuple(one for one in outcomes if one.faults or one.moved))

    def _outcome(self, row: BulkRow) -> RowOutcome:
        if row.moved:
            return RowOutcome(assignment_id=AssignmentId(row.credential.id), moved=True)
        # Compared although it may break other rules: each is told at once (PWD-9). Not a guess that counts: whoever may
        # set a password without knowing the present one gains nothing by it (docs/decisions/0060).
        present = row.credential.verifier if row.credential.kind == Kind.PASSWORD else None
        same = present is not None and self._store.hashing.verify(present, Secret(row.password), Priority.BULK)
        faults = broken_rules(row.password, row.password if same else "", [row.owner.number, row.owner.contract_number])
        return RowOutcome(assignment_id=AssignmentId(row.credential.id), faults=faults)

    def make_ready(self, request: BulkRows) -> RowsMadeReady:
        """The hashes of the new passwords, readable by this service only. Raises `Busy`."""

        def hashed(row: BulkRow) -> tuple[str, int, str]:
            verifier = self._store.hashing.hash(Secret(row.password), Priority.BULK)
            return row.credential.id.hex, row.version, verifier

        with self._hashing.part():
            return RowsMadeReady(
                result=sealed(self._store, request.job_id, self._hashing.each(hashed, rows_of(self._store, request)))
            )

    def apply(self, request: ApplyBulk) -> BulkApplied:
        """One save with an event on every number. Raises `BulkNotApplied` with every number that has moved, `Busy`."""
        with self._under_way.once(request.job_id):
            return self._apply(request)

    def _apply(self, request: ApplyBulk) -> BulkApplied:
        done = applied(self._store, request.job_id)
        if done:
            return done  # although its parts may not be readable any more: bulk gives up what fails for long
        wanted = {UUID(one): (version, verifier) for one, version, verifier in opened(self._store, request)}
        if len(wanted) != request.rows:
            raise ValueError("a job is applied whole")
        acting = self._store.owners_of([request.assignment_id])[request.assignment_id]
        trail = self._store.trail(acting, Role.ADMINISTRATOR)
        return self._put_in_force(request, wanted, Prepared(self._store, Credential, wanted, trail))

    @retry_on_conflict
    def _put_in_force(
        self, request: ApplyBulk, wanted: dict[UUID, tuple[int, str]], prepared: Prepared[Credential]
    ) -> BulkApplied:
        """What others record of single numbers meanwhile costs those numbers, and not the work on all (BULK-9)."""
        now = self._store.clock()
        ended, ends = self._sessions.end_of_numbers(
            request.line_id, wanted.keys(), SessionCause.PASSWORD_SET, now, keep=request.session_id
        )
        credentials = prepared.undecided()
        done = applied(self._store, request.job_id)  # asked after they were loaded
        if done:
            return done
        line = self._store.line(request.line_id)
        moved = [one for one, credential in credentials.items() if has_moved(credential, wanted[one][0])]
        if moved or line.epoch != request.epoch:
            raise BulkNotApplied(moved=tuple(moved), unit_changed=line.epoch != request.epoch)
        for place, (one, credential) in enumerate(credentials.items()):
            if place % LET_OTHERS_WORK_EVERY == 0:
                time.sleep(0)  # ten thousand are pure computing; logins go on meanwhile
            credential.set_password(wanted[one][1], "bulk", now)
        prepared.save(*ended, writes=[*self._rows(request, prepared.aggregates, now), *ends])
        return BulkApplied(numbers=len(wanted))

    def _rows(self, request: ApplyBulk, credentials: dict[UUID, Credential], now: datetime) -> list[Write]:
        writes = [line_unmoved(request.line_id, request.epoch), *generations(credentials.values())]
        if request.assignment_id in credentials:
            writes.append(_session_goes_on(request, credentials[request.assignment_id]))
        return [*writes, mark_of(request.job_id, len(credentials), now)]


def _session_goes_on(request: ApplyBulk, own: Credential) -> Write:
    """The administrator, whose own password is among them, is not thrown out of the page that tells the result."""
    return (
        (
            "UPDATE sessions SET generation = :generation "
            "WHERE session_id = :session AND assignment_id = :own AND ended IS NULL"
        ),
        {"generation": own.generation, "session": request.session_id.hex, "own": request.assignment_id.hex},
    )
