"""Guesses that met nothing to compare with (unknown, locked, void): counted in rows, put on record once a minute.

One event a guess would let anybody fill the history of a number that is locked already. Text that was typed and is not
one of our numbers is recorded nowhere: people type passwords into the wrong field.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError

from chassis.clock import from_micros, to_micros
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.base import Role
from services.auth.store import AuthStore, NumberRow
from services.auth.unknown_numbers import UnknownNumbers

MINUTE = timedelta(minutes=1)
NOBODY = ""
"""Stands for all numbers that are not ours."""


class Refusals:
    """Counts, and later records."""

    def __init__(self, store: AuthStore) -> None:
        self._store = store

    def count(self, owner: NumberRow | None, reason: str) -> None:
        """One more guess that was refused without comparing."""
        now = self._store.clock()
        self._store.execute(
            "INSERT INTO refusals (assignment_id, reason, minute, attempts) VALUES (:id, :reason, :minute, 1) "
            "ON CONFLICT (assignment_id, reason, minute) DO UPDATE SET attempts = refusals.attempts + 1",
            {
                "id": owner.assignment_id.hex if owner else NOBODY,
                "reason": reason,
                "minute": to_micros(now.replace(second=0, microsecond=0)),
            },
        )

    def sweep(self, limit: int = 200) -> bool:
        """Record the minutes that are over; true when there is more to record."""
        over = self._store.rows(
            "SELECT assignment_id, reason, minute FROM refusals WHERE minute <= :then LIMIT :limit",
            {"then": to_micros(self._store.clock() - MINUTE), "limit": limit},
        )
        for row in over:
            self._record(row["assignment_id"], row["reason"], row["minute"])
        return len(over) == limit

    @retry_on_conflict
    def _record(self, assignment_id: str, reason: str, minute: int) -> None:
        key = {"id": assignment_id, "reason": reason, "minute": minute}
        row = self._store.row(
            "SELECT attempts FROM refusals WHERE assignment_id = :id AND reason = :reason AND minute = :minute", key
        )
        if row is None:
            return
        now = self._store.clock()
        since = from_micros(minute)
        stream = self._store.credential(UUID(assignment_id)) if assignment_id else self._unknown_of(since)
        stream.note_refusals(reason, row["attempts"], since, now)
        forget: Write = (
            (
                "DELETE FROM refusals WHERE assignment_id = :id AND reason = :reason AND minute = :minute "
                "AND attempts = :attempts"
            ),
            {**key, "attempts": row["attempts"]},
            1,
        )
        self._store.save(stream, writes=[forget], trail=self._store.trail(None, Role.SYSTEM))

    def _unknown_of(self, moment: datetime) -> UnknownNumbers:
        day = moment.astimezone(UTC).date().isoformat()
        stream_id = uuid5(NAMESPACE_URL, f"urn:hikari:auth:unknown-numbers:{day}")
        try:
            found: object = self._store.repository.get(stream_id)
        except AggregateNotFoundError:
            return UnknownNumbers.of_day(stream_id, moment)
        assert isinstance(found, UnknownNumbers)
        return found
