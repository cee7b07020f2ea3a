"""Guesses at numbers that are not ours, as history tells them: how many, never at which."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate


class UnknownNumbers(Aggregate):
    """The guesses of one day at numbers that are not ours; a stream a day keeps each short."""

    TOPIC = "auth.UnknownNumbers"

    class Event(Aggregate.Event):
        TOPIC = "auth.UnknownNumbers.Event"

    class Created(Aggregate.Created):
        """The first such minute of the day."""

        TOPIC = "auth.UnknownNumbers.DayBegan"

    class Refused(Event):
        """So many guesses within a minute."""

        TOPIC = "auth.UnknownNumbers.Refused"
        reason: str
        attempts: int
        since: datetime

    @classmethod
    def of_day(cls, stream_id: UUID, now: datetime) -> UnknownNumbers:
        """A new day."""
        return cls._create(cls.Created, id=stream_id, timestamp=now)

    def note_refusals(self, reason: str, attempts: int, since: datetime, now: datetime) -> None:
        """Put a minute on record."""
        self.trigger_event(self.Refused, timestamp=now, reason=reason, attempts=attempts, since=since)
