"""What bulk asks of the service that a file's rows belong to. Each kind has one, and is applied by it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from contracts.base import Role
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import BulkKind, Column
from contracts.phone import AuthUnit
from services.bulk.row_rules import Listed, Row


@dataclass(frozen=True)
class Acting:
    """The login behind a file, and its line."""

    line_id: UUID
    assignment_id: UUID
    session_id: UUID
    role: Role
    number: str
    contract_number: str
    epoch: int


@dataclass(frozen=True)
class Aim:
    """What a file is for, besides its kind."""

    to_unit: AuthUnit | None = None
    """Kind `unit`."""
    group_id: UUID | None = None
    """Kind `forwarding`."""
    seen: int = 0
    """The group's version."""


@dataclass(frozen=True)
class Line:
    """The numbers that a file may name, as they were at one moment."""

    acting: Acting
    numbers: Mapping[str, Listed]
    fault: Problem | None = None
    """What keeps the line as a whole from being set."""
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the download has after those numbers that it has; nothing secret (BULK-5)."""
    left_out: Mapping[str, Change] = field(default_factory=dict)
    """What becomes of numbers without a row that is looked at, where that belongs to the difference."""
    most: int | None = None
    """Rows that a file may have, where it is fewer than any file may."""


@dataclass(frozen=True)
class Change:
    """What changes of a number; `before` and `after` as `NumberChange` has them."""

    sorts: tuple[ChangeSort, ...]
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Job:
    """What all parts of a file have in common."""

    job_id: UUID
    kind: BulkKind
    line_id: UUID
    epoch: int
    assignment_id: UUID
    session_id: UUID
    session_key: str
    aim: Aim
    rows: int
    looked_at: int
    """Rows that were given to the owner."""
    role: Role
    number: str = ""
    contract_number: str = ""
    """Of the login that sent it; known to whoever works on it, empty where they were erased."""


@dataclass(frozen=True)
class Found:
    """What the owner says against one row."""

    assignment_id: UUID
    column: Column | None
    problem: Problem
    value: str | None = None
    """What stands there, as `RowFault` has it."""


@dataclass(frozen=True)
class Checked:
    """What the owner says of some rows."""

    found: tuple[Found, ...]
    result: str | None = None
    """For its own eyes, where nothing has to be made ready."""
    changes: Mapping[UUID, Change] = field(default_factory=dict)
    """What each row without a fault changes, by assignment."""


class NotApplied(Exception):
    """Nothing was changed, and this job never will be."""

    def __init__(self, found: Sequence[Found] = (), *, whole: Problem | None = None) -> None:
        """`whole`: what is in the way of all rows."""
        self.found = tuple(found)
        self.whole = whole
        super().__init__(whole or f"{len(self.found)} moved")


class Owner(Protocol):
    """All may raise `Unavailable` and `Busy`, after which the same may be asked again."""

    checks_despite_faults: bool
    """Whether rows are looked at although others have faults: all faults are told at once (BULK-6). Not where looking
    at them counts as a guess."""

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        """Who acts; `begun`: with a file that was checked already. Raises auth's refusals where they may not."""
        ...

    def line(self, session_key: str, aim: Aim) -> Line:
        """The same with the line's numbers. Raises auth's refusals."""
        ...

    def check(self, job: Job, rows: Sequence[Row]) -> Checked: ...

    @property
    def make_ready(self) -> Callable[[Job, Sequence[Row]], str] | None:
        """After the confirmation, sealed for the owner's own eyes; None where the check has done it already."""
        ...

    def apply(self, job: Job, results: Sequence[str]) -> None:
        """All or nothing, once for each job however often it is asked. Raises `NotApplied`."""
        ...


class NoSuchKind(ValueError):
    """A kind that nobody here takes."""


def owner_of(owners: Mapping[BulkKind, Owner], kind: BulkKind) -> Owner:
    """Whom the kind's rows belong to. Raises `NoSuchKind`."""
    found = owners.get(kind)
    if found is None:
        raise NoSuchKind(f"nobody takes files of kind {kind}")
    return found
