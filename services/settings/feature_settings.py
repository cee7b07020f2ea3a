"""How one feature is set for one number, change by change (FEAT-6). What may be set, the feature's own rules decide.

Old and new value lie in each event whole, sealed under the assignment's key: a list of callers or an address is personal
data, and the history stays when it is erased (AUDIT-5).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.phone import Feature

REMEMBERED_CHANGES = 32
"""How many of the latest changes are known again when they are delivered once more."""
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:hikari:settings:feature")


def stream_of(assignment_id: UUID, feature: Feature) -> UUID:
    """The id of the aggregate; another holder of the number has another (LINE-9)."""
    return uuid5(_NAMESPACE, f"{assignment_id.hex} {feature.value}")


class FeatureSettings(Aggregate):
    """Begins with the first change."""

    TOPIC = "settings.FeatureSettings"

    class Event(Aggregate.Event):
        TOPIC = "settings.FeatureSettings.Event"

    class Created(Aggregate.Created):
        """Somebody sets the feature for the first time."""

        TOPIC = "settings.FeatureSettings.Begun"
        assignment_id: UUID
        feature: str

    class Changed(Event):
        """The settings are `new` from now on."""

        TOPIC = "settings.FeatureSettings.Changed"
        change_id: UUID
        number: int
        feature: str
        old: Sealed
        new: Sealed
        restored: int | None

        def apply(self, aggregate: FeatureSettings) -> None:
            aggregate.changes = self.number
            aggregate.state = self.new
            aggregate.recent_changes = [*aggregate.recent_changes, self.change_id][-REMEMBERED_CHANGES:]

    class Ended(Event):
        """The number was removed: nothing is done by these settings any more (LINE-6)."""

        TOPIC = "settings.FeatureSettings.Ended"

        def apply(self, aggregate: FeatureSettings) -> None:
            aggregate.ended = True

    def __init__(self, assignment_id: UUID, feature: str) -> None:
        self.assignment_id = assignment_id
        self.feature = feature
        self.changes = 0
        self.state: Sealed | None = None
        self.recent_changes: list[UUID] = []
        self.ended = False

    @classmethod
    def begin(cls, assignment_id: UUID, feature: Feature, now: datetime) -> FeatureSettings:
        """With nothing set yet."""
        return cls._create(
            cls.Created,
            id=stream_of(assignment_id, feature),
            timestamp=now,
            assignment_id=assignment_id,
            feature=feature.value,
        )

    def made_by(self, change_id: UUID) -> int | None:
        """The version that this change made, where it was made already: it was delivered twice."""
        if change_id not in self.recent_changes:
            return None
        return self.changes - self.recent_changes[::-1].index(change_id)

    def change(self, change_id: UUID, *, old: Sealed, new: Sealed, restored: int | None = None, now: datetime) -> None:
        """The rules have been asked."""
        self._trigger(
            self.Changed,
            now,
            change_id=change_id,
            number=self.changes + 1,
            feature=self.feature,
            old=old,
            new=new,
            restored=restored,
        )

    def end(self, now: datetime) -> None:
        """For good."""
        if not self.ended:
            self._trigger(self.Ended, now)

    def _trigger(self, event: type[Aggregate.Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, **fields)
