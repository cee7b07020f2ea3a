"""Bulk's events as the world is told them: the only door out (EVENTS.md, catalogue version 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from chassis.publishing import Event, Published, history_page
from contracts.base import HistoryPage, HistoryQuery
from services.bulk.store import BulkStore
from services.bulk.upload import Upload

_TOLD: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Upload.Rejected: ("BulkUploadRejected", lambda event: {"rows": event.rows, "faults": event.faults}),
    Upload.Accepted: ("BulkJobAccepted", lambda event: {"rows": event.rows}),
    Upload.Completed: ("BulkJobCompleted", lambda event: {"rows": event.rows}),
    Upload.Failed: ("BulkJobFailed", lambda event: {"rows": event.rows, "faults": event.faults}),
}
"""What was sent and given up again without a word of ours about it stays inside."""


def history(store: BulkStore, query: HistoryQuery) -> HistoryPage:
    """What others are told after a position, in order."""
    return history_page(store, query, lambda events: _publish(store, events))


def _publish(store: BulkStore, events: Sequence[Event]) -> list[Published | None]:
    uploads = {event.originator_id for event in events if type(event) in _TOLD}
    lines = store.lines_of(uploads)
    return [_published(event, *lines[event.originator_id]) if type(event) in _TOLD else None for event in events]


def _published(event: Event, kind: str, line: str | None) -> Published:
    name, tell = _TOLD[type(event)]
    job: UUID = event.originator_id
    data = {"job": job.hex, "kind": kind, "contract_number": line, **tell(event)}
    return Published(name, subject=line, line=line, data=data)
