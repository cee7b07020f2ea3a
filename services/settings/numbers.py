"""Numbers and contracted features as auth tells of them (LINE-6, LINE-9): gathered for one save a page of its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Tracking

from chassis.recorders import Write
from contracts.phone import Feature
from services.settings.schema import to_mask
from services.settings.store import SettingsStore

Ending = Callable[[SettingsStore, UUID, datetime], tuple[list[Any], list[Write]]]
"""What else is saved when a number leaves its line: aggregates that ended, and rows."""


class Numbers:
    """Each of them may be told again; the outcome is the same."""

    def __init__(self, store: SettingsStore, endings: tuple[Ending, ...] = ()) -> None:
        self._store = store
        self._endings = endings
        self._aggregates: list[Any] = []
        self._writes: list[Write] = []

    def add(self, assignment_id: UUID, *, number: str, contract_number: str, position: int) -> None:
        """A number has a holder from now on, with nothing contracted yet."""
        row = {"id": assignment_id.hex, "number": number, "line": contract_number, "position": position}
        self._writes.append(
            ("INSERT INTO numbers VALUES (:id, :number, :line, 0, 0, :position) ON CONFLICT DO NOTHING", row)
        )

    def contract(self, assignment_id: UUID, codes: list[str]) -> None:
        """These features and no others. What is withdrawn rests; its settings are kept for the day it comes back."""
        row = {"id": assignment_id.hex, "features": to_mask(codes)}
        self._writes.append(("UPDATE numbers SET features = :features WHERE assignment_id = :id", row))

    def remove(self, assignment_id: UUID) -> None:
        """Its settings end; the history stays, and the next holder inherits nothing."""
        now = self._store.clock()
        gone = {"id": assignment_id.hex}
        self._writes += [
            ("UPDATE numbers SET removed = 1 WHERE assignment_id = :id", gone),
            ("DELETE FROM states WHERE assignment_id = :id", gone),
            ("DELETE FROM exclusive_features WHERE assignment_id = :id", gone),
        ]
        for feature in Feature:
            settings = self._store.find(assignment_id, feature)
            if settings is not None and not settings.ended:
                settings.end(now)
                self._aggregates.append(settings)
        for ending in self._endings:
            aggregates, writes = ending(self._store, assignment_id, now)
            self._aggregates += aggregates
            self._writes += writes

    def save(self, tracking: Tracking) -> None:
        """All that was gathered, with how far auth's history was read."""
        aggregates, writes = self._aggregates, self._writes
        self._aggregates, self._writes = [], []
        self._store.save(*aggregates, writes=writes, tracking=tracking, trail=self._store.trail_of_system())
