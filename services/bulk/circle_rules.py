"""Rows of a file of targets by which a call would come back to where it began (FEAT-4, BULK-6). Pure.

Only what the file itself makes: whatever else is forwarded when the group starts is told by its dry run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from contracts.bulk.faults import Problem, RowFault
from contracts.bulk.kinds import Column
from contracts.phone import NotAPhoneNumber, normalise_number
from services.bulk.row_rules import Row, showable_target, target_in


def circles(rows: Iterable[Row]) -> list[RowFault]:
    """Of each circle all rows, each with the one that its calls go on to. A number to itself is told by its owner."""
    by_number = {row.number: row for row in rows}
    onward = {number: target for number, row in by_number.items() if (target := _target(row)) in by_number}
    return [_fault(by_number[one], by_number[onward[one]]) for one in _in_circles(onward) if onward[one] != one]


def _in_circles(onward: Mapping[str, str]) -> Iterator[str]:
    """Each number that is come back to. Every way is walked once, since no number has two."""
    walked: set[str] = set()
    for start in onward:
        way: list[str] = []
        number: str | None = start
        while number is not None and number not in walked:
            walked.add(number)
            way.append(number)
            number = onward.get(number)
        if number in way:
            yield from way[way.index(number) :]


def _target(row: Row) -> str | None:
    try:
        return normalise_number(target_in(row.cells[0]))
    except NotAPhoneNumber:
        return None


def _fault(row: Row, onto: Row) -> RowFault:
    return RowFault(
        row=row.row,
        column=Column.TARGET,
        problem=Problem.TARGET_LOOP,
        value=showable_target(row.cells[0]),
        other_row=onto.row,
    )
