"""The difference that a file makes: counted by sort, and listed number by number (BULK-6).

What is to be shown of the values themselves, such as addresses, is sealed under the job's key and dies with it; that a
number was set, and how, can be looked up as long as the file (docs/decisions/0062).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.recorders import Write
from contracts.base import Secret
from contracts.bulk.changes import ChangeCount, ChangeSort, NumberChange
from services.bulk.owner import Change
from services.bulk.row_rules import Row
from services.bulk.store import BulkStore, UploadRow
from services.bulk.vault import Sort

SHOWN = 100
"""Numbers on one page."""


def as_json(change: Change) -> list[Any]:
    """To be kept until the whole difference is known."""
    return [list(change.sorts), change.before, change.after]


def from_json(kept: Sequence[Any]) -> Change:
    """What `as_json` made."""
    sorts, before, after = kept
    return Change(tuple(map(ChangeSort, sorts)), before, after)


class Difference:
    """Of one file, whole."""

    def __init__(self, rows: Iterable[Row], changes: Mapping[UUID, Change], left_out: Mapping[str, Change]) -> None:
        """In the order of the file; after its rows the numbers that have none and are concerned all the same."""
        self._listed = [(row.number, changes[row.listed.assignment_id]) for row in rows]
        in_file = {number for number, _ in self._listed}
        self._listed += [(number, change) for number, change in left_out.items() if number not in in_file]

    def __len__(self) -> int:
        return len(self._listed)

    def counts(self) -> str:
        """For the file's own row: figures, and nobody's number."""
        return json.dumps(Counter(sort for _, change in self._listed for sort in change.sorts))

    def kept(self, store: BulkStore, row: UploadRow) -> list[Write]:
        """A piece for each page, and one for what it shows of the values where there are any."""
        pages = {start // SHOWN: self._listed[start : start + SHOWN] for start in range(0, len(self._listed), SHOWN)}
        sorts = {page: [[number, list(one.sorts)] for number, one in listed] for page, listed in pages.items()}
        values = {
            page: [[one.before, one.after] for _, one in listed]
            for page, listed in pages.items()
            if any(one.before or one.after for _, one in listed)
        }
        return [*store.kept(row, Sort.DIFFERENCE, sorts), *store.kept(row, Sort.VALUES, values)]


def counts_of(row: UploadRow) -> tuple[ChangeCount, ...]:
    """In the order of `ChangeSort`."""
    counted = json.loads(row.counts)
    return tuple(ChangeCount(sort=sort, numbers=counted[sort]) for sort in ChangeSort if sort in counted)


def page_of(store: BulkStore, row: UploadRow, page: int) -> tuple[NumberChange, ...]:
    """One page of the list, from 0."""
    listed = store.piece(row, Sort.DIFFERENCE, page) or []
    values = store.piece(row, Sort.VALUES, page) or [(None, None)] * len(listed)
    return tuple(
        NumberChange(number=number, sorts=sorts, before=_secret(before), after=_secret(after))
        for (number, sorts), (before, after) in zip(listed, values, strict=True)
    )


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None
