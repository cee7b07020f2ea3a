"""A session as history tells it: opened by a completed login, ended once, with a cause."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.auth.logins import SessionCause


class Session(Aggregate):
    """The id is the opaque public one; the browser's token and its digest are in no event."""

    TOPIC = "auth.Session"

    class Event(Aggregate.Event):
        TOPIC = "auth.Session.Event"

    class Created(Aggregate.Created):
        """A login was completed."""

        TOPIC = "auth.Session.Opened"
        assignment_id: UUID

    class Ended(Event):
        """The session is over."""

        TOPIC = "auth.Session.Ended"
        cause: str
        assignment_id: UUID

        def apply(self, aggregate: Session) -> None:
            aggregate.ended = True

    def __init__(self, assignment_id: UUID) -> None:
        self.assignment_id = assignment_id
        self.ended = False

    @classmethod
    def open(cls, *, session_id: UUID, assignment_id: UUID, now: datetime) -> Session:
        """A login was completed."""
        return cls._create(cls.Created, id=session_id, timestamp=now, assignment_id=assignment_id)

    def end(self, cause: SessionCause, now: datetime) -> None:
        """End it; ending it again changes nothing."""
        if not self.ended:
            self.trigger_event(self.Ended, timestamp=now, cause=cause.value, assignment_id=self.assignment_id)
