"""What bulk does by itself with a file, step by step; each step can be repeated, by this instance or another (BULK-9).

Read, and judge by the rows alone → have the owner check the rows, some at a time → rejected or ready. Confirmed: have the
owner make them ready, some at a time → have it apply them all → completed or failed. After each step it is on record
what there is; whoever takes the file up next goes on from there.
"""

from __future__ import annotations

import base64
import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import IntegrityError

from chassis.abreast import abreast
from chassis.clock import to_micros
from chassis.origin import acting
from chassis.passing import PASSING
from chassis.recorders import Write
from contracts.base import Busy, Refusal
from contracts.bulk.faults import Problem, RowFault
from contracts.bulk.kinds import BulkKind, Column, UploadState, Withdrawal
from services.bulk import results
from services.bulk.circle_rules import circles
from services.bulk.csv_rules import Grid, read
from services.bulk.difference import Difference, as_json, from_json
from services.bulk.holds import HELD, MOST_TRIES, POSTPONED, Holds, pause_after
from services.bulk.owner import Change, Found, Line, NotApplied, Owner
from services.bulk.row_rules import Judged, Listed, Row, in_order, judge
from services.bulk.store import BulkStore, UploadRow
from services.bulk.uploads import Desk
from services.bulk.vault import KeyGone, Sort

log = logging.getLogger(__name__)

R = TypeVar("R")

ROWS_AT_ONCE = 25
"""Rows that the owner is asked for in one request: half a second of two cores."""
BUSY_PAUSE = 0.2
"""Seconds until an owner that had enough to do is asked again, or another instance of it."""
BUSY_TRIES = 3000
"""Ten minutes. Which parts are let in is chance: one may be turned away long while the others go on."""


class Overtaken(Exception):
    """The file was given up, or brought to its end by another instance, while it was worked on."""


class Worker:
    """Carries files forward. Any number may be at work, here and in other processes."""

    def __init__(self, store: BulkStore, owners: Mapping[BulkKind, Owner], desk: Desk) -> None:
        self._store = store
        self._owners = owners
        self._desk = desk
        self._holds = Holds(store)

    def work(self) -> bool:
        """Take up one file and carry it as far as it goes; false where there is none to take up."""
        row = self._holds.take()
        if row is None:
            return False
        pause = POSTPONED
        try:
            with acting(self._store.origin_of(row)), self._holds.kept(row):
                self._carry(row)
        except PASSING as later:
            log.warning("a file has to wait: %s", later)
        except (KeyGone, Overtaken) as over:
            log.info("a file was left: %s", type(over).__name__)
        except Exception:
            pause = self._try_again_or_give_up(row)
            raise
        finally:
            self._holds.leave(row, pause)
        return True

    def _try_again_or_give_up(self, before: UploadRow) -> timedelta:
        """What fails again and again must not keep the line's other files waiting for ever."""
        self._holds.count_failure(before)
        row = self._store.find(before.upload_id)
        if row is None or row.tries < MOST_TRIES:
            return pause_after(row.tries if row else 0)
        with acting(self._store.origin_of(row)):
            fault = RowFault(row=None, column=None, problem=Problem.NOT_WORKABLE)
            if row.state is UploadState.WORKING:
                results.failed(self._store, row, [fault])
            else:
                results.rejected(self._store, row, [fault], rows=row.rows)
        return POSTPONED

    # --- the steps -------------------------------------------------------------------------------------------

    def _carry(self, row: UploadRow) -> None:
        if row.state is UploadState.WORKING:
            self._apply(self._store.with_numbers(row))
            return
        if row.chunks is None:
            self._read(row)
            read_row = self._store.find(row.upload_id)
            if read_row is None or read_row.state is not UploadState.CHECKING:
                return
            row = read_row
        try:
            self._check(self._store.with_numbers(row))
        except Busy:
            raise
        except Refusal:  # the login is over, and its guesses get no answer any more
            self._desk.give_up(row.upload_id, Withdrawal.SESSION_OVER)

    def _read(self, row: UploadRow) -> None:
        """Judge the file by its rows and the numbers of the line."""
        owner = self._owners[row.kind]
        parts = self._store.pieces(row, Sort.PART)
        if len(parts) < row.parts:
            raise Overtaken  # another instance has read it
        grid = read(b"".join(base64.b64decode(part) for part in parts.values()))
        try:
            line = owner.line(row.session_key, row.job.aim)
        except Busy:
            raise
        except Refusal:
            self._desk.give_up(row.upload_id, Withdrawal.SESSION_OVER)
            return
        if line.fault is not None:
            fault = RowFault(row=None, column=None, problem=line.fault)
            results.rejected(self._store, row, [fault], rows=len(grid.lines))
            return
        judged = judge(row.kind, grid, line.numbers, line.most)
        if row.kind is BulkKind.FORWARDING:
            judged = replace(judged, faults=in_order([*judged.faults, *circles(judged.rows)]))
        if not judged.rows or (judged.faults and not owner.checks_despite_faults):
            results.rejected(self._store, row, judged.faults, rows=len(grid.lines))
            return
        self._keep_read(row, grid, judged, line)

    def _keep_read(self, row: UploadRow, grid: Grid, judged: Judged, line: Line) -> None:
        groups = results.in_pieces([_as_json(one) for one in judged.rows], ROWS_AT_ONCE)
        left_out = [[number, as_json(change)] for number, change in line.left_out.items()]
        could_be_set = sum(one.fault is None for one in line.numbers.values())
        writes: list[Write] = [
            *self._store.kept(row, Sort.ROWS, groups),
            *self._store.kept(row, Sort.READ, {0: _dumped(judged.faults)}),
            *self._store.kept(row, Sort.CORRECTIONS, {0: _dumped(judged.corrections)} if judged.corrections else {}),
            *self._store.kept(row, Sort.LEFT_OUT, {0: left_out} if left_out else {}),
            *self._store.moved(
                row,
                UploadState.CHECKING,
                chunks=len(groups),
                row_count=len(grid.lines),
                done=len(grid.lines) - len(judged.rows),
                changes=len(judged.rows),
                corrections=len(judged.corrections),
                untouched=could_be_set - len(judged.rows),
            ),
            ("DELETE FROM pieces WHERE upload_id = :id AND sort = 'part'", {"id": row.upload_id.hex}),
        ]
        self._unless_done(writes)

    def _check(self, row: UploadRow) -> None:
        owner = self._owners[row.kind]
        if _is_outdated(self._store.piece(row, Sort.ROWS, 0)):
            self._desk.give_up(row.upload_id, Withdrawal.OUTDATED)  # begun before an upgrade; it costs sending it again
            return

        def check(rows: list[Row]) -> Any:
            checked = owner.check(row.job, rows)
            changes = [[one.hex, as_json(change)] for one, change in checked.changes.items()]
            return {"found": [_found(one) for one in checked.found], "result": checked.result, "changes": changes}

        self._group_by_group(row, Sort.FOUND, check)
        by_assignment = {one.listed.assignment_id: one for one in self._rows(row)}
        faults = [RowFault.model_validate(one) for one in self._store.piece(row, Sort.READ, 0)]
        changes: dict[UUID, Change] = {}
        for group in self._store.pieces(row, Sort.FOUND).values():
            faults += [_fault(one, by_assignment) for one in group["found"]]
            changes |= {UUID(one): from_json(kept) for one, kept in group["changes"]}
        if faults:
            results.rejected(self._store, row, faults, rows=row.rows)
            return
        left_out = {number: from_json(kept) for number, kept in self._store.piece(row, Sort.LEFT_OUT, 0) or ()}
        results.ready(self._store, row, Difference(by_assignment.values(), changes, left_out))

    def _apply(self, row: UploadRow) -> None:
        owner = self._owners[row.kind]
        if owner.make_ready is not None:
            self._group_by_group(row, Sort.RESULT, functools.partial(owner.make_ready, row.job))
            ready = list(self._store.pieces(row, Sort.RESULT).values())
        else:
            ready = [one["result"] for one in self._store.pieces(row, Sort.FOUND).values()]
        try:
            owner.apply(row.job, ready)
        except NotApplied as refused:
            results.failed(self._store, row, self._overtaken(row, refused))
        else:
            results.completed(self._store, row)

    # --- parts of steps --------------------------------------------------------------------------------------

    def _group_by_group(self, row: UploadRow, sort: Sort, work: Callable[[list[Row]], Any]) -> None:
        """Do what is not done yet, several groups at a time. Raises what the first that fails raises."""
        assert row.chunks is not None
        left = sorted(set(range(row.chunks)) - self._store.places(row, sort))

        def one(place: int) -> None:
            kept = self._store.piece(row, Sort.ROWS, place)
            if kept is None:
                raise Overtaken
            rows = [_from_json(each) for each in kept]
            with acting(self._store.origin_of(row)):  # a thread of its own begins without
                content = _patiently(lambda: work(rows))
            until = to_micros(self._store.clock() + HELD)
            self._unless_done(
                [
                    *self._store.kept(row, sort, {place: content}),
                    (
                        (
                            "UPDATE uploads SET done = done + :rows, held_until = :until, tries = 0 "
                            "WHERE upload_id = :id AND state = :state"
                        ),
                        {"rows": len(rows), "until": until, "id": row.upload_id.hex, "state": row.state.value},
                        1,
                    ),
                ]
            )

        abreast(one, left, self._store.config.bulk_at_once)
        if set(range(row.chunks)) - self._store.places(row, sort):
            raise Overtaken

    def _unless_done(self, writes: list[Write]) -> None:
        try:
            self._store.save(writes=writes)
        except IntegrityError:
            log.info("another instance was quicker")

    def _rows(self, row: UploadRow) -> list[Row]:
        return [_from_json(one) for group in self._store.pieces(row, Sort.ROWS).values() for one in group]

    def _overtaken(self, row: UploadRow, refused: NotApplied) -> list[RowFault]:
        if refused.whole is not None:
            return [RowFault(row=None, column=None, problem=refused.whole)]
        rows = {one.listed.assignment_id: one for one in self._rows(row)}
        moved = [(one, rows.get(one.assignment_id)) for one in refused.found]
        return [
            RowFault(
                row=of.row if of else None,  # none: it is not in the file, and should be by now
                column=one.column,
                problem=one.problem,
                value=of.number if of and one.column is Column.NUMBER else one.value,
            )
            for one, of in moved
        ]


def _patiently(ask: Callable[[], R]) -> R:
    """Asked again where the owner has enough to do, for some time. Raises `Busy` after that."""
    for _ in range(BUSY_TRIES):
        try:
            return ask()
        except Busy:
            time.sleep(BUSY_PAUSE)
    return ask()


def _as_json(row: Row) -> list[Any]:
    listed = row.listed
    return [row.row, row.number, listed.assignment_id.hex, listed.version, list(row.cells), listed.remark]


def _from_json(row: list[Any]) -> Row:
    place, number, assignment, version, cells, *remark = row
    return Row(place, number, Listed(UUID(assignment), version, remark="".join(remark)), tuple(cells))


def _is_outdated(rows: Any) -> bool:
    """Read by an older version, which noted no remark; once confirmed nobody asks for it any more."""
    return any(len(row) < len(_as_json(_from_json(row))) for row in rows or ())


def _found(one: Found) -> list[Any]:
    return [one.assignment_id.hex, one.column, one.problem, one.value]


def _fault(found: list[Any], rows: Mapping[UUID, Row]) -> RowFault:
    assignment, column, problem, value = found
    return RowFault(row=rows[UUID(assignment)].row, column=column, problem=problem, value=value)


def _dumped(items: tuple[Any, ...]) -> list[Any]:
    return [one.model_dump(mode="json") for one in items]
