"""Passwords of many numbers of a line, set by its administrator in one moment (BULK-1, BULK-9, PWD-1..4).

The rows come part by part: checked first, hashed when the file was confirmed, and put in force all together. What was
hashed is handed back encrypted for this service alone, so that any instance can apply it and nobody else read it.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.clock import to_micros
from chassis.gate import Priority
from chassis.loading import load_many
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth import (
    ApplyBulk,
    BulkApplied,
    BulkLine,
    BulkNotApplied,
    BulkQuery,
    BulkRows,
    NotInReach,
    NumberInBulk,
    RowOutcome,
    RowsChecked,
    RowsMadeReady,
    SessionCause,
    Stage,
)
from contracts.base import Role, Secret
from contracts.phone import AssignmentId
from services.auth.bulk_hashing import BulkHashing
from services.auth.credential import Credential, Kind
from services.auth.password_rules import broken_rules
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow, line_unmoved
from services.auth.unit_rules import is_large, may_log_in

LET_OTHERS_WORK_EVERY = 200


@dataclass(frozen=True)
class _Row:
    """One number and the password that it is to have."""

    owner: NumberRow
    credential: Credential
    version: int
    password: str

    @property
    def moved(self) -> bool:
        return has_moved(self.credential, self.version)


def has_moved(credential: Credential, version: int) -> bool:
    """Whether anything has happened to a number that wins over a job which was checked before (BULK-9).

    Logins and mismatches have not: nobody's guess may hold up an administrator. A lock, another password, a temporary
    one and a removal have, and each of them lets the generation grow.
    """
    return credential.removed or credential.generation != version


class BulkPasswords:
    """Asked by the bulk service only; who acts was decided by `line`, and is held to it by the line's epoch."""

    def __init__(self, store: AuthStore, sessions: Sessions, hashing: BulkHashing) -> None:
        self._store = store
        self._sessions = sessions
        self._hashing = hashing

    def line(self, query: BulkQuery) -> BulkLine:
        """The administrator's line with all its numbers. Raises `NoSession`, `NotInReach`."""
        acting = self._sessions.require(query.session_key)
        rows = self._store.numbers_of(acting.owner.line_id)
        large = query.begun or is_large(numbers_with_features=sum(bool(row.features) for row in rows))
        if acting.stage is not Stage.COMPLETE or acting.role is not Role.ADMINISTRATOR or not large:
            raise NotInReach
        return self._told(acting, rows if query.numbers else [])

    def _told(self, acting: SessionRow, rows: list[NumberRow]) -> BulkLine:
        credentials = load_many(self._store, Credential, [row.assignment_id for row in rows])
        assert acting.id is not None  # complete logins have one
        return BulkLine(
            line_id=acting.owner.line_id,
            contract_number=acting.owner.contract_number,
            epoch=acting.owner.epoch,
            assignment_id=AssignmentId(acting.owner.assignment_id),
            session_id=acting.id,
            number=acting.owner.number,
            numbers=tuple(
                NumberInBulk(
                    assignment_id=AssignmentId(row.assignment_id),
                    number=row.number,
                    version=credential.generation,
                    may_log_in=may_log_in(
                        row.unit, is_contract_number=row.is_contract_number, has_features=bool(credential.features)
                    ),
                    locked=credential.locked,
                )
                for row in rows
                for credential in [credentials[row.assignment_id]]
            ),
        )

    def check(self, request: BulkRows) -> RowsChecked:
        """Every rule that the new passwords break. Raises `Busy`."""
        with self._hashing.part():
            outcomes = self._hashing.each(self._outcome, self._rows(request))
        return RowsChecked(outcomes=tuple(one for one in outcomes if one.faults or one.moved))

    def _outcome(self, row: _Row) -> RowOutcome:
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

        def hashed(row: _Row) -> tuple[str, int, str]:
            verifier = self._store.hashing.hash(Secret(row.password), Priority.BULK)
            return row.credential.id.hex, row.version, verifier

        with self._hashing.part():
            return RowsMadeReady(result=self._seal(request.job_id, self._hashing.each(hashed, self._rows(request))))

    @retry_on_conflict
    def apply(self, request: ApplyBulk) -> BulkApplied:
        """One save with an event on every number. Raises `BulkNotApplied` with every number that has moved."""
        wanted = dict(self._opened(request))
        if len(wanted) != request.rows:
            raise ValueError("a job is applied whole")
        line = self._store.line(request.line_id)
        credentials = load_many(self._store, Credential, wanted)
        # Asked after they were loaded: what has moved since the check may have been moved by this very job.
        done = self._store.row("SELECT numbers FROM bulk_jobs WHERE job_id = :id", {"id": request.job_id.hex})
        if done:
            return BulkApplied(numbers=done["numbers"])
        moved = [one for one, (version, _) in wanted.items() if has_moved(credentials[one], version)]
        if moved or line.epoch != request.epoch:
            raise BulkNotApplied(moved=tuple(moved), unit_changed=line.epoch != request.epoch)
        now = self._store.clock()
        for place, (one, (_, verifier)) in enumerate(wanted.items()):
            if place % LET_OTHERS_WORK_EVERY == 0:
                time.sleep(0)  # ten thousand are pure computing; logins go on meanwhile
            credentials[one].set_password(verifier, "bulk", now)
        self._save(request, credentials, now)
        return BulkApplied(numbers=len(wanted))

    def _save(self, request: ApplyBulk, credentials: dict[UUID, Credential], now: datetime) -> None:
        ended, ends = self._sessions.end_of_numbers(
            request.line_id, credentials.keys(), SessionCause.PASSWORD_SET, now, keep=request.session_id
        )
        writes = [line_unmoved(request.line_id, request.epoch), *_generations(credentials), *ends]
        if request.assignment_id in credentials:
            writes.append(_session_goes_on(request, credentials[request.assignment_id]))
        writes.append(
            (
                "INSERT INTO bulk_jobs (job_id, numbers, applied_at) VALUES (:id, :numbers, :now)",
                {"id": request.job_id.hex, "numbers": len(credentials), "now": to_micros(now)},
            )
        )
        acting = self._store.owners_of([request.assignment_id])[request.assignment_id]
        self._store.save(
            *credentials.values(), *ended, writes=writes, trail=self._store.trail(acting, Role.ADMINISTRATOR)
        )

    def _rows(self, request: BulkRows) -> list[_Row]:
        """The rows with the credentials of their numbers as they are now. Raises ValueError for another line's."""
        given = {UUID(one): (version, password) for one, version, password in json.loads(request.rows.reveal())}
        owners = self._store.owners_of(given)
        if any(owner.line_id != request.line_id for owner in owners.values()):
            raise ValueError("a job is one line's")
        credentials = load_many(self._store, Credential, given)
        return [_Row(owners[one], credentials[one], *what) for one, what in given.items()]

    # --- for our own eyes ------------------------------------------------------------------------------------

    def _seal(self, job_id: UUID, content: object) -> str:
        packed = zlib.compress(json.dumps(content).encode())  # the parameters of the hash stand before every one
        return self._store.personal.lock_away(base64.b64encode(packed).decode(), _context(job_id))

    def _opened(self, request: ApplyBulk) -> Iterable[tuple[UUID, tuple[int, str]]]:
        for result in request.results:
            packed = base64.b64decode(self._store.personal.take_out(result, _context(request.job_id)))
            for one, version, verifier in json.loads(zlib.decompress(packed)):
                yield UUID(one), (version, verifier)


def _context(job_id: UUID) -> str:
    return f"bulk passwords {job_id.hex}"


def _generations(credentials: dict[UUID, Credential]) -> list[Write]:
    changed = [{"generation": one.generation, "id": one.id.hex} for one in credentials.values()]
    return [("UPDATE numbers SET generation = :generation WHERE assignment_id = :id", changed)]


def _session_goes_on(request: ApplyBulk, own: Credential) -> Write:
    """The administrator, whose own password is among them, is not thrown out of the page that tells the result."""
    return (
        (
            "UPDATE sessions SET generation = :generation "
            "WHERE session_id = :session AND assignment_id = :own AND ended IS NULL"
        ),
        {"generation": own.generation, "session": request.session_id.hex, "own": request.assignment_id.hex},
    )
