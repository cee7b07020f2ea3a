"""Where a follower puts events whose effect fails again and again, so that the other lines go on.

Only where to find an event is kept, not what it says: it is read again from its source when it is taken up.
"""

from __future__ import annotations

from collections.abc import Iterable

from eventsourcing.persistence import Tracking

from chassis.clock import from_micros, to_micros
from chassis.store import Application
from chassis.telemetry import parked_events
from contracts.base import Envelope, ParkedEvent

_QUEUE = "COALESCE(line, event_id)"
"""What waits together: a line's events. An event of no line waits for itself alone."""

_PARK = (
    "INSERT INTO parked (source, position, event_id, kind, line, tries, reason, parked_at) "
    "VALUES (:source, :position, :event_id, :kind, :line, :tries, :reason, :parked_at)"
)


def queue_of(event: Envelope) -> str:
    """The same as `_QUEUE` says of a row."""
    return event.partitionkey or event.id


class Parking:
    """The parked events of one source."""

    def __init__(self, application: Application, source: str) -> None:
        self._application = application
        self._source = source

    # --- on the way in ---------------------------------------------------------------------------------------

    def stumbled(self, event: Envelope) -> int:
        """Count one more failure with this event, durably; returns how often it has failed since it came up."""
        self._application.execute(
            "INSERT INTO stumbles (source, position, tries) VALUES (:source, :position, 1) "
            "ON CONFLICT (source) DO UPDATE SET position = excluded.position, "
            "tries = CASE WHEN stumbles.position = excluded.position THEN stumbles.tries + 1 ELSE 1 END",
            {"source": self._source, "position": event.position},
        )
        row = self._application.row("SELECT tries FROM stumbles WHERE source = :source", {"source": self._source})
        return int(row["tries"]) if row else 1

    def park(self, event: Envelope, *, tries: int, reason: str | None) -> None:
        """Put it aside, in the transaction of the position. Raises IntegrityError when somebody was quicker."""
        params = {
            "source": self._source,
            "position": event.position,
            "event_id": event.id,
            "kind": event.name,
            "line": event.partitionkey,
            "tries": tries,
            "reason": reason,
            "parked_at": to_micros(self._application.clock()),
        }
        self._application.save(writes=[(_PARK, params)], tracking=Tracking(self._source, event.position))
        self.count()

    def holds_any(self, events: Iterable[Envelope]) -> bool:
        """Whether one of them must wait behind what is parked."""
        waiting = set(self.queues())
        return any(queue_of(event) in waiting for event in events)

    # --- on the way out --------------------------------------------------------------------------------------

    def queues(self) -> list[str]:
        """Those with something in them, the longest waiting first."""
        rows = self._application.rows(
            f"SELECT {_QUEUE} AS queue, MIN(position) FROM parked WHERE source = :source GROUP BY 1 ORDER BY 2",  # noqa: S608  # own words
            {"source": self._source},
        )
        return [row["queue"] for row in rows]

    def first(self, queue: str) -> int | None:
        """The position of the event that is next in this queue."""
        row = self._application.row(
            f"SELECT MIN(position) AS position FROM parked WHERE source = :source AND {_QUEUE} = :queue",  # noqa: S608  # own words
            {"source": self._source, "queue": queue},
        )
        return None if row is None or row["position"] is None else int(row["position"])

    def release(self, position: int) -> None:
        """Its effect is done."""
        self._application.execute(
            "DELETE FROM parked WHERE source = :source AND position = :position",
            {"source": self._source, "position": position},
        )
        self.count()

    def failed_again(self, position: int, reason: str) -> None:
        """It stays where it is."""
        self._application.execute(
            "UPDATE parked SET tries = tries + 1, reason = :reason WHERE source = :source AND position = :position",
            {"source": self._source, "position": position, "reason": reason},
        )

    # --- for people ------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many are parked; told to the metrics too, for the alarm."""
        row = self._application.row(
            "SELECT COUNT(*) AS parked FROM parked WHERE source = :source", {"source": self._source}
        )
        parked = int(row["parked"]) if row else 0
        parked_events.labels(self._application.name, self._source).set(parked)
        return parked

    def listed(self, limit: int) -> list[ParkedEvent]:
        """The first of them, in order of position."""
        rows = self._application.rows(
            "SELECT * FROM parked WHERE source = :source ORDER BY position LIMIT :limit",
            {"source": self._source, "limit": limit},
        )
        return [
            ParkedEvent(
                service=self._application.name,
                source=row["source"],
                position=row["position"],
                id=row["event_id"],
                kind=row["kind"],
                line=row["line"],
                tries=row["tries"],
                reason=row["reason"],
                parked_at=from_micros(row["parked_at"]),
            )
            for row in rows
        ]
