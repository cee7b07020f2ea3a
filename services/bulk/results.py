"""How a file's check and its work come to an end, recorded together with what a page shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.bulk.faults import Problem, RowFault
from contracts.bulk.kinds import UploadState
from services.bulk.difference import Difference
from services.bulk.row_rules import in_order
from services.bulk.store import BulkStore, UploadRow
from services.bulk.upload import OutOfTurn, Upload
from services.bulk.vault import Sort

T = TypeVar("T")

A_PIECE = 500
"""Faults in one piece."""


def in_pieces(items: Sequence[T], size: int) -> dict[int, list[T]]:
    """The items by the place of the piece that has them."""
    return {start // size: list(items[start : start + size]) for start in range(0, len(items), size)}


def rejected(store: BulkStore, row: UploadRow, faults: Iterable[RowFault], rows: int) -> None:
    """It has faults, and they are all listed (BULK-6)."""
    listed = in_order(list(faults))

    def decide(upload: Upload) -> None:
        upload.reject(rows=rows, faults=len(listed), now=store.clock())

    _move(store, row, decide, UploadState.REJECTED, _kept(store, row, listed), faults=len(listed), row_count=rows)


def rejection(store: BulkStore, row: UploadRow, upload: Upload, problem: Problem) -> list[Write]:
    """What is saved with a file that is not even looked at, in the save that begins it."""
    upload.reject(rows=0, faults=1, now=store.clock())
    faults = _kept(store, row, [RowFault(row=None, column=None, problem=problem)])
    return [*faults, *store.moved(row, UploadState.REJECTED, faults=1)]


def ready(store: BulkStore, row: UploadRow, difference: Difference) -> None:
    """It is faultless, and this is what it changes."""

    def decide(upload: Upload) -> None:
        upload.pass_check(rows=row.rows, now=store.clock())

    counted = {"listed": len(difference), "counts": difference.counts()}
    _move(store, row, decide, UploadState.READY, difference.kept(store, row), done=row.rows, **counted)


def completed(store: BulkStore, row: UploadRow) -> None:
    """Its owner has put it in force."""

    def decide(upload: Upload) -> None:
        upload.complete(store.clock())

    _move(store, row, decide, UploadState.COMPLETED, [], done=row.rows)


def failed(store: BulkStore, row: UploadRow, faults: Sequence[RowFault]) -> None:
    """Its owner has refused it for good."""

    def decide(upload: Upload) -> None:
        upload.fail(faults=len(faults), now=store.clock())

    _move(store, row, decide, UploadState.FAILED, _kept(store, row, in_order(faults)), faults=len(faults))


def _kept(store: BulkStore, row: UploadRow, faults: Sequence[RowFault]) -> list[Write]:
    texts = [fault.model_dump(mode="json") for fault in faults]
    return store.kept(row, Sort.FAULTS, in_pieces(texts, A_PIECE))


@retry_on_conflict
def _move(
    store: BulkStore, row: UploadRow, decide: Any, state: UploadState, writes: list[Write], **changes: Any
) -> None:
    """Record it, unless another instance has, or it was given up meanwhile."""
    upload = store.load(row.upload_id)
    try:
        decide(upload)
    except OutOfTurn:
        return
    store.save(upload, writes=[*writes, *store.moved(row, state, **changes)], trail=store.trail(row))
