"""The unit of a large line changed by a file with the present passwords of its numbers (BULK-2, UNIT-1, UNIT-8, UNIT-9).

The passwords are proven part by part, each a guess that counts; the change itself is one save with an event on every
number, as by the form (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID, uuid5

from chassis.hashing import Priority
from chassis.prepared import Prepared
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.under_way import UnderWay
from contracts.auth.bulk import ApplyUnit, BulkApplied, BulkNotApplied, ProofRows, RowsProven
from contracts.auth.logins import SessionCause
from contracts.base import Role, Secret
from contracts.phone import AssignmentId
from services.auth.bulk_hashing import BulkHashing
from services.auth.bulk_parts import BulkRow, applied, generations, has_moved, mark_of, opened, rows_of, sealed
from services.auth.credential import Answer, Credential
from services.auth.logins import Guess, Logins
from services.auth.refusals import Refusals
from services.auth.session import Session
from services.auth.sessions import Sessions
from services.auth.store import AuthStore
from services.auth.unit_change_rules import Proof, asks_each_number, session_goes_on
from services.auth.unit_changes import affect, proof_for
from services.auth.unit_proofs import Member


class BulkUnits:
    """Asked by the bulk service only."""

    def __init__(
        self, store: AuthStore, sessions: Sessions, logins: Logins, refusals: Refusals, hashing: BulkHashing
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._logins = logins
        self._refusals = refusals
        self._hashing = hashing
        self._under_way = UnderWay()

    # --- the passwords ---------------------------------------------------------------------------------------

    def prove(self, request: ProofRows) -> RowsProven:
        """Which passwords are not right. Every guess is on record before it is answered. Raises `NoSession`, `Busy`."""
        with self._hashing.part():
            self._sessions.require(request.session_key)  # whose login is over gets no answer
            guesses = self._hashing.each(lambda row: self._compare(request.job_id, row), rows_of(self._store, request))
            return self._record(request, {UUID(int=place): guess for place, guess in enumerate(guesses)})

    def _compare(self, job_id: UUID, row: BulkRow) -> Guess:
        password = Secret(row.password)
        verifier = row.credential.verifier
        matches = self._store.hashing.verify(verifier, password, Priority.BULK)
        # One guess for each number and file, however often the part is asked again.
        return Guess(uuid5(job_id, row.credential.id.hex), password, verifier or "", matches, None)

    @retry_on_conflict
    def _record(self, request: ProofRows, guesses: dict[UUID, Guess]) -> RowsProven:
        acting = self._sessions.require(request.session_key)
        now = self._store.clock()
        rows = rows_of(self._store, request)
        aggregates: list[Credential | Session] = []
        writes: list[Write] = []
        answers: list[tuple[BulkRow, Answer]] = []
        for row, (place, before) in zip(rows, list(guesses.items()), strict=True):
            guess = before
            if (row.credential.verifier or "") != guess.verifier:  # somebody set another password since we compared
                guess = guesses[place] = self._compare(request.job_id, row)
            # Right ones too: who is told of the wrong ones learns that the others are right (LOGIN-6).
            answers.append((row, row.credential.record_attempt(guess.attempt_id, matches=guess.matches, now=now)))
            if row.credential.pending_events:
                ended, ends = self._logins.record_mismatch(row.credential, row.owner, now)
                aggregates += [row.credential, *ended]
                writes += ends
        self._store.save(*aggregates, writes=writes, trail=self._store.trail(acting.owner, acting.role))
        for row, answer in answers:
            if answer is Answer.REFUSED:
                self._refusals.count(row.owner, row.credential.why_void(now) or "refused")
        right = [row for row, answer in answers if answer is Answer.MATCHED and not row.moved]
        wrong = [row for row, answer in answers if answer is not Answer.MATCHED or row.moved]
        return RowsProven(
            wrong=tuple(AssignmentId(row.credential.id) for row in wrong),
            result=sealed(self._store, request.job_id, [[row.credential.id.hex, row.version] for row in right]),
        )

    # --- the change ------------------------------------------------------------------------------------------

    def apply(self, request: ApplyUnit) -> BulkApplied:
        """One save with an event on every number. Raises `BulkNotApplied` with every number that has moved, `Busy`."""
        with self._under_way.once(request.job_id):
            return self._apply(request)

    def _apply(self, request: ApplyUnit) -> BulkApplied:
        done = applied(self._store, request.job_id)
        if done:
            return done  # although its parts may not be readable any more: bulk gives up what fails for long
        proven = {UUID(one): version for one, version in opened(self._store, request)}
        if len(proven) != request.rows:
            raise ValueError("a job is applied whole")
        while True:
            try:
                return self._put_in_force(request, proven, self._prepared(request))
            except _OtherNumbers:
                continue

    def _prepared(self, request: ApplyUnit) -> Prepared[Credential]:
        acting = self._store.owners_of([request.assignment_id])[request.assignment_id]
        trail = self._store.trail(acting, Role.SUBSCRIBER)  # under 電話番号単位 nobody is anything else
        return Prepared(self._store, Credential, self._store.assignments_of(request.line_id), trail)

    @retry_on_conflict
    def _put_in_force(
        self, request: ApplyUnit, proven: Mapping[UUID, int], prepared: Prepared[Credential]
    ) -> BulkApplied:
        """What others record of single numbers meanwhile costs those numbers, and not the work on all (BULK-9)."""
        now = self._store.clock()
        line = self._store.line(request.line_id)
        numbers = self._store.numbers_of(request.line_id)
        undecided = prepared.undecided()
        done = applied(self._store, request.job_id)  # asked after they were loaded
        if done:
            return done
        unit = line.auth_unit
        moved = _moved(undecided.values(), proven, prepared.aggregates)
        if moved or line.epoch != request.epoch or unit is None or not asks_each_number(unit):
            raise BulkNotApplied(moved=tuple(moved), unit_changed=line.epoch != request.epoch)
        if {row.assignment_id for row in numbers} != prepared.aggregates.keys():
            raise _OtherNumbers
        # As it stands in the store: an earlier try may have decided already what becomes of it here.
        source = self._store.credential(request.assignment_id)
        members = [Member(row, undecided[row.assignment_id]) for row in numbers if row.assignment_id in undecided]
        affect(source, unit, request.to, members, now)
        line.change_unit(request.to, "bulk", [row.assignment_id for row in numbers], now)
        goes_on = session_goes_on(request.to, is_contract_number=source.is_contract_number)
        ended, ends = self._sessions.end_of_line(
            request.line_id, SessionCause.UNIT_CHANGED, now, keep=request.session_key if goes_on else ""
        )
        own = prepared.aggregates[request.assignment_id]
        kept = [_session_goes_on(request, own, line.epoch)] if goes_on else []
        changed: Write = (
            "UPDATE lines SET unit = :unit, epoch = :epoch WHERE line_id = :line AND epoch = :before",
            {"unit": request.to.value, "epoch": line.epoch, "line": line.id.hex, "before": request.epoch},
            1,
        )
        grown = generations(prepared.aggregates.values())
        mark = mark_of(request.job_id, len(numbers), now)
        prepared.save(line, *ended, writes=[changed, *grown, *ends, *kept, mark])
        return BulkApplied(numbers=len(numbers))


class _OtherNumbers(Exception):
    """The line has other numbers than when its credentials were loaded."""


def _moved(
    undecided: Iterable[Credential], proven: Mapping[UUID, int], on_line: Collection[UUID]
) -> list[AssignmentId]:
    """Numbers of which it is not certain any more that their password was shown; those that left the line too."""
    moved = [one for one in proven if one not in on_line]
    for credential in undecided:
        proof, version = proof_for(credential), proven.get(credential.id)
        if (
            proof is Proof.BLOCKING
            or (version is not None and has_moved(credential, version))
            or (proof is Proof.PASSWORD and version is None)
        ):
            moved.append(credential.id)
    return [AssignmentId(one) for one in moved]


def _session_goes_on(request: ApplyUnit, own: Credential, epoch: int) -> Write:
    """The login that confirmed it goes on where it is still there (UNIT-3, LOGIN-9)."""
    return (
        (
            "UPDATE sessions SET generation = :generation, epoch = :epoch "
            "WHERE session_key = :key AND assignment_id = :own AND ended IS NULL"
        ),
        {"generation": own.generation, "epoch": epoch, "key": request.session_key, "own": request.assignment_id.hex},
    )
