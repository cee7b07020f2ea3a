"""What has become of one notice, for the history and the world; recorded once, whoever sent it and however often it was tried."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.phone import Feature


class Notice(Aggregate):
    """The id is the mail's."""

    TOPIC = "settings.Notice"

    class Event(Aggregate.Event):
        TOPIC = "settings.Notice.Event"

    class Created(Aggregate.Created):
        """A mail server took it over, or none ever will."""

        TOPIC = "settings.Notice.Concluded"
        assignment_id: UUID
        feature: str
        address: Sealed | None
        sent: bool

    def __init__(self, assignment_id: UUID, feature: str, address: Sealed | None, sent: bool) -> None:
        self.assignment_id = assignment_id
        self.feature = feature
        self.address = address
        self.sent = sent

    @classmethod
    def conclude(
        cls, mail_id: UUID, *, assignment_id: UUID, feature: Feature, address: Sealed | None, sent: bool, now: datetime
    ) -> Notice:
        """`address` is missing where the holder was erased meanwhile."""
        return cls._create(
            cls.Created,
            id=mail_id,
            timestamp=now,
            assignment_id=assignment_id,
            feature=feature.value,
            address=address,
            sent=sent,
        )
