"""Lines and numbers as the carrier's provisioning system says they are (LINE-6, LINE-9). Atomic for a line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from chassis.among import rows_among
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.logins import SessionCause
from contracts.auth.provisioning import (
    LineIsProvisioned,
    LineOutcome,
    LinesAreProvisioned,
    ProvisionedNumber,
    ProvisioningRefused,
    ProvisionLine,
    ProvisionLines,
    RemoveNumbers,
)
from contracts.base import Role
from services.auth.credential import Credential
from services.auth.line import Line
from services.auth.line_runs import runs_apart
from services.auth.schema import from_mask, to_mask
from services.auth.sessions import Sessions
from services.auth.store import AuthStore, NumberRow, generation_write

MOST_NUMBERS = 10_000
"""LINE-7"""
LET_OTHERS_WORK_EVERY = 200


@dataclass
class _Work:
    aggregates: list[Credential | Line] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    added: int = 0


class Provisioning:
    """Brings lines to the state that is commanded, and takes numbers away."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    @retry_on_conflict
    def provision(self, command: ProvisionLine) -> LineIsProvisioned:
        """Add and change what is listed; what is not listed stays. Raises `ProvisioningRefused`."""
        work = _Work()
        done = self._plan(command, work)
        self._save(work)
        return done

    def provision_all(self, command: ProvisionLines) -> LinesAreProvisioned:
        """The same as line after line, in as few commits as that allows: small lines cost little more than their rows."""
        outcomes = [outcome for lines in runs_apart(command.lines) for outcome in self._provision_together(lines)]
        return LinesAreProvisioned(outcomes=tuple(outcomes))

    @retry_on_conflict
    def _provision_together(self, lines: Sequence[ProvisionLine]) -> list[LineOutcome]:
        work = _Work()
        outcomes = []
        for line in lines:
            try:
                outcomes.append(LineOutcome(done=self._plan(line, work)))
            except ProvisioningRefused as refused:
                nothing = LineIsProvisioned(contract_number=line.contract_number, added=0, changed=0, unchanged=0)
                outcomes.append(LineOutcome(done=nothing, faults=refused.details.faults))
        self._save(work)
        return outcomes

    def _save(self, work: _Work) -> None:
        if work.aggregates:
            self._store.save(*work.aggregates, writes=work.writes, trail=self._store.trail(None, Role.OPERATOR))

    def _plan(self, command: ProvisionLine, work: _Work) -> LineIsProvisioned:
        """Add to the work what the line needs, or raise `ProvisioningRefused` and add nothing."""
        present = {row.number: row for row in self._rows_of(command.contract_number)}
        self._refuse_faults(command, present)
        new = [one for one in command.numbers if one.number not in present]
        changed = [
            one
            for one in command.numbers
            if one.number in present and frozenset(present[one.number].features) != one.features
        ]
        if new:
            self._add(command.contract_number, new, present, work)
        for one in changed:
            self._change(present[one.number], one, work)
        return LineIsProvisioned(
            contract_number=command.contract_number,
            added=len(new),
            changed=len(changed),
            unchanged=len(command.numbers) - len(new) - len(changed),
        )

    @retry_on_conflict
    def remove(self, command: RemoveNumbers) -> None:
        """End the numbers' sessions and credentials; the history stays. Raises `ProvisioningRefused`."""
        present = {row.number: row for row in self._rows_of(command.contract_number)}
        wanted = set(command.numbers)
        faults = [(number, "is not a number of this line") for number in command.numbers if number not in present]
        last = wanted >= set(present)
        if command.contract_number in wanted and not last:
            faults.append((command.contract_number, "the contract number can be removed only with all others"))
        if faults:
            raise ProvisioningRefused(faults=faults)
        now = self._store.clock()
        work = _Work()
        for number in wanted:
            row = present[number]
            credential = self._store.credential(row.assignment_id)
            credential.remove(now)
            ended, writes = self._sessions.end_of_number(row.assignment_id, SessionCause.NUMBER_REMOVED, now)
            removed: Write = (
                "UPDATE numbers SET removed = 1, generation = :generation WHERE assignment_id = :id",
                {"generation": credential.generation, "id": credential.id.hex},
            )
            work.aggregates += [credential, *ended]  # type: ignore[list-item]
            work.writes += [removed, *writes]
        if last and present:
            line = self._store.line(next(iter(present.values())).line_id)
            line.remove(now)
            work.aggregates.append(line)
            # A conflict when somebody has added a number meanwhile: it would belong to a line that is no more.
            gone = (
                "UPDATE lines SET removed = 1, epoch = :epoch WHERE line_id = :id AND removed = 0 "
                "AND NOT EXISTS (SELECT 1 FROM numbers n WHERE n.line_id = lines.line_id AND n.removed = 0)"
            )
            work.writes.append((gone, _line_params(line), 1))
        self._save(work)

    def _rows_of(self, contract_number: str) -> list[NumberRow]:
        rows = self._store.rows(
            "SELECT n.*, l.contract_number, l.unit, l.epoch FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE l.contract_number = :number AND l.removed = 0 AND n.removed = 0",
            {"number": contract_number},
        )
        return [NumberRow(row) for row in rows]

    def _refuse_faults(self, command: ProvisionLine, present: dict[str, NumberRow]) -> None:
        listed = Counter(one.number for one in command.numbers)
        faults = [(number, "is listed twice") for number, times in listed.items() if times > 1]
        if not present and command.contract_number not in listed:
            faults.append((command.contract_number, "a new line needs the contract number's own row"))
        elsewhere = rows_among(
            self._store,
            "SELECT n.number, l.contract_number FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.removed = 0 AND n.number IN (:values)",
            (one for one in listed if one not in present),
        )
        faults += [(row["number"], f"belongs to the line of {row['contract_number']}") for row in elsewhere]
        if len(listed.keys() | present.keys()) > MOST_NUMBERS:
            faults.append((command.contract_number, f"a line has at most {MOST_NUMBERS} numbers"))
        if faults:
            raise ProvisioningRefused(faults=faults)

    def _add(
        self, contract_number: str, new: list[ProvisionedNumber], present: dict[str, NumberRow], work: _Work
    ) -> None:
        now = self._store.clock()
        minted = {one.number: uuid4() for one in new}
        sealed, keys = self._store.personal.seal_new({minted[one.number]: one.number for one in new})
        work.writes.append(keys)
        if present:
            line_id = next(iter(present.values())).line_id
            still_there = "UPDATE lines SET removed = 0 WHERE line_id = :id AND removed = 0"
            work.writes.append((still_there, {"id": line_id.hex}, 1))
        else:
            line_id = uuid4()
            line = Line.provision(
                line_id=line_id, contract_assignment_id=minted[contract_number], count=len(new), now=now
            )
            work.aggregates.append(line)
            work.writes.append(
                (
                    (
                        "INSERT INTO lines (line_id, contract_number, unit, epoch, removed) "
                        "VALUES (:id, :number, NULL, 0, 0)"
                    ),
                    {"id": line_id.hex, "number": contract_number},
                )
            )
        rows: list[dict[str, object]] = []
        for one in new:
            work.added += 1
            if work.added % LET_OTHERS_WORK_EVERY == 0:
                time.sleep(0)  # a line of 10,000 takes a second of pure computing; logins go on meanwhile
            assignment_id = minted[one.number]
            credential = Credential.add(
                assignment_id=assignment_id,
                line_id=line_id,
                number=sealed[assignment_id],
                is_contract_number=one.number == contract_number,
                now=now,
            )
            credential.contract_features(_codes(one), now)
            work.aggregates.append(credential)
            rows.append(_number_params(credential, one, line_id))
        work.writes.append(
            (
                (
                    "INSERT INTO numbers (assignment_id, line_id, number, is_contract, features, generation, removed) "
                    "VALUES (:id, :line, :number, :is_contract, :features, :generation, 0)"
                ),
                rows,
            )
        )

    def _change(self, row: NumberRow, wanted: ProvisionedNumber, work: _Work) -> None:
        now = self._store.clock()
        credential = self._store.credential(row.assignment_id)
        before = credential.generation
        credential.contract_features(_codes(wanted), now)
        work.aggregates.append(credential)
        work.writes.append(
            (
                "UPDATE numbers SET features = :features WHERE assignment_id = :id",
                {"features": to_mask(wanted.features), "id": row.assignment_id.hex},
            )
        )
        if credential.generation != before:
            ended, writes = self._sessions.end_of_number(row.assignment_id, SessionCause.NUMBER_REMOVED, now)
            work.aggregates += ended  # type: ignore[arg-type]
            work.writes += [generation_write(credential), *writes]


def _codes(wanted: ProvisionedNumber) -> list[str]:
    return [feature.value for feature in from_mask(to_mask(wanted.features))]


def _line_params(line: Line) -> dict[str, object]:
    return {"epoch": line.epoch, "id": line.id.hex}


def _number_params(credential: Credential, one: ProvisionedNumber, line_id: UUID) -> dict[str, object]:
    return {
        "id": credential.id.hex,
        "line": line_id.hex,
        "number": one.number,
        "is_contract": int(credential.is_contract_number),
        "features": to_mask(one.features),
        "generation": credential.generation,
    }
