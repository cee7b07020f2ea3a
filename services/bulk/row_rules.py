"""What is wrong with the rows of a file, seen against the numbers of the line (BULK-7, BULK-8). Pure.

Everything that can be said without a password of somebody is said here, all of it at once (BULK-6); whether a password
is right or allowed, its owner says.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.bulk.faults import Correction, Problem, RowFault
from contracts.bulk.kinds import COLUMNS, BulkKind, Column
from contracts.phone import NotAPhoneNumber, normalise_number
from services.bulk.csv_rules import Grid, Line

LET_OTHERS_WORK_EVERY = 200
LONGEST_SHOWN = 40
FEWEST_SHOWN = 9
"""Digits that something needs to be shown as a mistyped number: fewer may be a password in the wrong column."""
EXEMPT = "*"
"""What the download has in the place of a password that need not be given (BULK-2)."""

_DROPPED_ZERO = re.compile(r"[1-9][0-9]{8,9}")
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{1,2}")
"""As spreadsheets write it, with a sign, which no password has: `5e1928374` is a password."""
_SPECIAL = re.compile(r"[0-9#*]{1,4}")
_LIKE_A_NUMBER = re.compile(r"[0-9 +()\-‐-―−ー－〜～]+")


@dataclass(frozen=True)
class Listed:
    """A number of the line, as far as rows are judged by it."""

    assignment_id: UUID
    version: int
    """Grows with whatever makes a checked row worthless (BULK-9)."""
    fault: Problem | None = None
    """Why it cannot be set, where it cannot."""
    needed: bool = False
    """Whether it must be in the file."""
    exempt: bool = False
    """Whether nothing beside it is looked at (BULK-2)."""
    remark: str = ""
    """What its owner wants to know again of it when it tells the difference."""


@dataclass(frozen=True)
class Row:
    """A row whose number is known; `cells` are those after the number."""

    row: int
    number: str
    listed: Listed
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """`rows` are worth being looked at by the owner, also where other rows have faults."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...]
    corrections: tuple[Correction, ...]


def judge(kind: BulkKind, grid: Grid, line: Mapping[str, Listed], most: int | None = None) -> Judged:
    """All faults of a file in the order of its rows. `line` has every number of the line by its digits.

    `most`: rows that it may have, where that are fewer than in any file.
    """
    faults = list(grid.faults)
    if most is not None and len(grid.lines) > most:
        faults.append(_too_many(len(grid.lines)))
    rows: list[Row] = []
    corrections: list[Correction] = []
    first_rows: dict[str, int] = {}
    for place, one in enumerate(grid.lines):
        if place % LET_OTHERS_WORK_EVERY == 0:
            time.sleep(0)  # ten thousand are pure computing; people at their pages go on meanwhile
        found, correction = _number(one, line)
        own = [*_shape(kind, one), *([found] if isinstance(found, RowFault) else [])]
        if isinstance(found, str):
            own += _of_number(one, found, line, first_rows)
            first_rows.setdefault(found, one.row)
            if kind is BulkKind.UNIT and one.cells[1:2] == (EXEMPT,) and found in line and not line[found].exempt:
                own.append(RowFault(row=one.row, column=Column.PRESENT_PASSWORD, problem=Problem.PASSWORD_NEEDED))
        corrections += [correction] if correction else []
        corrections += _of_target(kind, one)
        faults += own
        if isinstance(found, str) and not own and not line[found].exempt:
            rows.append(Row(one.row, found, line[found], one.cells[1:]))
    if grid.lines and not any(fault.row is None for fault in grid.faults):
        faults += _missing(line, first_rows)
    return Judged(tuple(rows), in_order(faults), tuple(corrections))


def in_order(faults: Sequence[RowFault]) -> tuple[RowFault, ...]:
    """By row; within a row as they were found. What concerns the whole file comes last."""
    return tuple(sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0)))


def is_dropped_zero(typed: str) -> str | None:
    """The number that this would be with its leading 0, or None (BULK-7)."""
    digits = _bare(typed)
    return f"0{digits}" if _DROPPED_ZERO.fullmatch(digits) else None


def target_in(typed: str) -> str:
    """The target that a cell means, its dropped 0 put back."""
    text = _unquoted(typed)
    return is_dropped_zero(text) or text


def _unquoted(typed: str) -> str:
    """Without what a download puts before a `+` (BULK-10), and people before a 0 that is not to be dropped."""
    return typed.strip().removeprefix("'")


def showable_target(typed: str) -> str | None:
    """As `showable`, and numbers of special services, which are shorter than any password."""
    text = unicodedata.normalize("NFKC", typed).strip()
    return text if _SPECIAL.fullmatch(text) else showable(typed)


def showable(typed: str) -> str | None:
    """What may be shown again of a cell in which a number belongs; None where it may be a secret."""
    if _ROUNDED.fullmatch(_bare(typed)):
        return typed.strip()[:LONGEST_SHOWN]
    plain = unicodedata.normalize("NFKC", typed).strip()
    digits = sum(character.isdigit() for character in plain)
    shown = digits >= FEWEST_SHOWN and _LIKE_A_NUMBER.fullmatch(plain)
    return typed.strip()[:LONGEST_SHOWN] if shown else None


def _number(one: Line, line: Mapping[str, Listed]) -> tuple[str | RowFault, Correction | None]:
    """The row's number, corrected where that gives one of this line; or what is wrong with it."""
    typed = one.cells[0]
    if not typed.strip():
        return _fault(one, Problem.EMPTY_CELL), None
    if _ROUNDED.fullmatch(_bare(typed)):
        return _fault(one, Problem.ROUNDED_NUMBER), None
    try:
        return normalise_number(typed), None
    except NotAPhoneNumber:
        corrected = is_dropped_zero(typed)
    if corrected is not None and corrected in line:
        return corrected, Correction(row=one.row, typed=typed.strip(), number=corrected)
    return _fault(one, Problem.NOT_A_NUMBER), None


def _of_target(kind: BulkKind, one: Line) -> list[Correction]:
    """Whether the number may be a target its owner says; that it is none without the 0 is certain."""
    typed = one.cells[1] if kind is BulkKind.FORWARDING and len(one.cells) > 1 else ""
    corrected = is_dropped_zero(_unquoted(typed))
    if corrected is None:
        return []
    return [Correction(row=one.row, column=Column.TARGET, typed=typed.strip(), number=corrected)]


def _of_number(one: Line, number: str, line: Mapping[str, Listed], first_rows: Mapping[str, int]) -> list[RowFault]:
    listed = line.get(number)
    if listed is None:
        return [_fault(one, Problem.UNKNOWN_NUMBER)]
    faults = []
    if number in first_rows:
        faults.append(_fault(one, Problem.NUMBER_TWICE).model_copy(update={"other_row": first_rows[number]}))
    if listed.fault is not None:
        faults.append(_fault(one, listed.fault))
    return faults


def _shape(kind: BulkKind, one: Line) -> list[RowFault]:
    columns = COLUMNS[kind]
    if len(one.cells) != len(columns):
        problem = Problem.MISSING_COLUMN if len(one.cells) < len(columns) else Problem.SURPLUS_COLUMN
        return [RowFault(row=one.row, column=None, problem=problem)]
    if kind is BulkKind.OTP:
        return []  # empty cells keep what there is (BULK-3)
    cells = [cell.strip() if kind is BulkKind.FORWARDING else cell for cell in one.cells]  # a password may be spaces
    return [
        RowFault(row=one.row, column=column, problem=Problem.EMPTY_CELL)
        for column, cell in zip(columns[1:], cells[1:], strict=True)
        if not cell
    ]


def _missing(line: Mapping[str, Listed], given: Mapping[str, int]) -> list[RowFault]:
    """Numbers that must be in the file and are not."""
    return [
        RowFault(row=None, column=Column.NUMBER, problem=Problem.NUMBER_MISSING, value=number)
        for number, listed in line.items()
        if listed.needed and number not in given
    ]


def _too_many(rows: int) -> RowFault:
    return RowFault(row=None, column=None, problem=Problem.TOO_MANY_FOR_GROUP, value=str(rows))


def _fault(one: Line, problem: Problem) -> RowFault:
    return RowFault(row=one.row, column=Column.NUMBER, problem=problem, value=showable(one.cells[0]))


def _bare(typed: str) -> str:
    return re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", typed))
