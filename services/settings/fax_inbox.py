"""The fax inbox of one number: what is in it, and what there is room for (FEAT-2).

One stream decides: of two faxes that come at once for the last place, the second meets the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.settings.fax_inbox import FaxOutcome
from contracts.settings.fax_notification import WhenFull

RESTORABLE = timedelta(hours=24)
"""So long a deleted fax can be brought back."""
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:hikari:settings:fax-inbox")


class Room(NamedTuple):
    """What an inbox holds at most."""

    faxes: int
    size: int


class Kept(TypedDict):
    """A fax as the inbox remembers it, by its id in hexadecimal."""

    pages: int
    size: int
    at: datetime
    """By our own clock: the network's may be wrong, and the time to keep it runs from here."""
    read: bool
    deleted_at: datetime | None


class NotThere(Exception):
    """The fax is not in this inbox, or not any more."""


class NoRoom(Exception):
    """Others must go first."""


def inbox_of(assignment_id: UUID) -> UUID:
    """The id of the aggregate; another holder of the number has another (LINE-9)."""
    return uuid5(_NAMESPACE, assignment_id.hex)


class FaxInbox(Aggregate):
    """Begins with the first fax."""

    TOPIC = "settings.FaxInbox"

    class Event(Aggregate.Event):
        TOPIC = "settings.FaxInbox.Event"

    class Created(Aggregate.Created):
        """The first fax has come."""

        TOPIC = "settings.FaxInbox.Begun"
        assignment_id: UUID

    class Received(Event):
        """The network handed a fax over. With a `fault` it is quarantined."""

        TOPIC = "settings.FaxInbox.Received"
        assignment_id: UUID
        fax_id: UUID
        event_id: str
        caller: Sealed | None
        at: datetime
        pages: int
        size: int
        fault: str | None

        def apply(self, aggregate: FaxInbox) -> None:
            kept = Kept(pages=self.pages, size=self.size, at=self.timestamp, read=False, deleted_at=None)
            aggregate.faxes[self.fax_id.hex] = kept

    class Refused(Event):
        """There was no room."""

        TOPIC = "settings.FaxInbox.Refused"
        assignment_id: UUID
        fax_id: UUID
        event_id: str
        pages: int

        def apply(self, aggregate: FaxInbox) -> None:
            """Nothing is kept of it."""

    class Read(Event):
        """Somebody opened it for the first time."""

        TOPIC = "settings.FaxInbox.Read"
        assignment_id: UUID
        fax_id: UUID
        pages: int

        def apply(self, aggregate: FaxInbox) -> None:
            aggregate.faxes[self.fax_id.hex]["read"] = True

    class Deleted(Event):
        """`cause`: subscriber (it can be brought back), dropped for a newer one, or expired."""

        TOPIC = "settings.FaxInbox.Deleted"
        assignment_id: UUID
        fax_id: UUID
        pages: int
        cause: str

        def apply(self, aggregate: FaxInbox) -> None:
            if self.cause == SUBSCRIBER:
                aggregate.faxes[self.fax_id.hex]["deleted_at"] = self.timestamp
            else:
                del aggregate.faxes[self.fax_id.hex]

    class Restored(Event):
        """It was brought back."""

        TOPIC = "settings.FaxInbox.Restored"
        assignment_id: UUID
        fax_id: UUID
        pages: int

        def apply(self, aggregate: FaxInbox) -> None:
            aggregate.faxes[self.fax_id.hex]["deleted_at"] = None

    class Purged(Event):
        """The time to bring them back is over."""

        TOPIC = "settings.FaxInbox.Purged"
        fax_ids: list[UUID]

        def apply(self, aggregate: FaxInbox) -> None:
            for fax_id in self.fax_ids:
                del aggregate.faxes[fax_id.hex]

    class Ended(Event):
        """The number was removed, and its faxes with it (LINE-6)."""

        TOPIC = "settings.FaxInbox.Ended"

        def apply(self, aggregate: FaxInbox) -> None:
            aggregate.ended = True
            aggregate.faxes = {}

    def __init__(self, assignment_id: UUID) -> None:
        self.assignment_id = assignment_id
        self.faxes: dict[str, Kept] = {}
        self.ended = False

    @classmethod
    def begin(cls, assignment_id: UUID, now: datetime) -> FaxInbox:
        """With nothing in it."""
        return cls._create(cls.Created, id=inbox_of(assignment_id), timestamp=now, assignment_id=assignment_id)

    # --- what there is ---------------------------------------------------------------------------------------

    def present(self) -> list[Kept]:
        """Those that were not deleted."""
        return [fax for fax in self.faxes.values() if fax["deleted_at"] is None]

    def has_room_for(self, size: int, room: Room) -> bool:
        """Whether one more of so many bytes would fit."""
        present = self.present()
        return len(present) < room.faxes and sum(fax["size"] for fax in present) + size <= room.size

    # --- what happens ----------------------------------------------------------------------------------------

    def receive(
        self,
        fax_id: UUID,
        *,
        event_id: str,
        caller: Sealed | None,
        at: datetime,
        pages: int,
        size: int,
        fault: str | None,
        room: Room,
        when_full: WhenFull,
        now: datetime,
    ) -> tuple[FaxOutcome, list[UUID]]:
        """What became of it, and the faxes that were dropped for it."""
        dropped = [] if when_full is WhenFull.REFUSE or size > room.size else self._drop_for(size, room, now)
        if not self.has_room_for(size, room):
            self._happen(self.Refused, now, fax_id=fax_id, event_id=event_id, pages=pages)
            return FaxOutcome.FULL, dropped
        self._happen(
            self.Received,
            now,
            fax_id=fax_id,
            event_id=event_id,
            caller=caller,
            at=at,
            pages=pages,
            size=size,
            fault=fault,
        )
        return (FaxOutcome.QUARANTINED if fault else FaxOutcome.KEPT), dropped

    def _drop_for(self, size: int, room: Room, now: datetime) -> list[UUID]:
        dropped: list[UUID] = []
        while not self.has_room_for(size, room):
            present = [(fax["at"], name) for name, fax in self.faxes.items() if fax["deleted_at"] is None]
            oldest = UUID(min(present)[1])
            self._delete(oldest, DROPPED, now)
            dropped.append(oldest)
        return dropped

    def open(self, fax_id: UUID, now: datetime) -> None:
        """Raises `NotThere`."""
        fax = self._fax(fax_id)
        if fax["deleted_at"] is not None:
            raise NotThere
        if not fax["read"]:
            self._happen(self.Read, now, fax_id=fax_id, pages=fax["pages"])

    def delete(self, fax_id: UUID, now: datetime) -> None:
        """It can be brought back for `RESTORABLE`. Raises `NotThere`."""
        if self._fax(fax_id)["deleted_at"] is None:
            self._delete(fax_id, SUBSCRIBER, now)

    def restore(self, fax_id: UUID, room: Room, now: datetime) -> None:
        """Raises `NotThere`, also when the time is over, and `NoRoom`."""
        fax = self._fax(fax_id)
        if fax["deleted_at"] is None:
            return
        if now >= fax["deleted_at"] + RESTORABLE:
            raise NotThere
        if not self.has_room_for(fax["size"], room):
            raise NoRoom
        self._happen(self.Restored, now, fax_id=fax_id, pages=fax["pages"])

    def grow_old(self, kept_for: timedelta, now: datetime) -> list[UUID]:
        """Those that go for good now: kept long enough, or deleted long enough ago."""
        expired = [UUID(name) for name, fax in self.faxes.items() if now >= fax["at"] + kept_for]
        for fax_id in expired:
            if self.faxes[fax_id.hex]["deleted_at"] is None:
                self._delete(fax_id, EXPIRED, now)
        purged = [
            UUID(name)
            for name, fax in self.faxes.items()
            if fax["deleted_at"] is not None and (now >= fax["deleted_at"] + RESTORABLE or UUID(name) in expired)
        ]
        if purged:
            self.trigger_event(self.Purged, timestamp=now, fax_ids=purged)
        return list({*expired, *purged})

    def end(self, now: datetime) -> None:
        """For good."""
        if not self.ended:
            self.trigger_event(self.Ended, timestamp=now)

    # --- parts -----------------------------------------------------------------------------------------------

    def _fax(self, fax_id: UUID) -> Kept:
        if fax_id.hex not in self.faxes:
            raise NotThere
        return self.faxes[fax_id.hex]

    def _delete(self, fax_id: UUID, cause: str, now: datetime) -> None:
        self._happen(self.Deleted, now, fax_id=fax_id, pages=self._fax(fax_id)["pages"], cause=cause)

    def _happen(self, event: type[Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, assignment_id=self.assignment_id, **fields)


SUBSCRIBER, DROPPED, EXPIRED = "subscriber", "dropped", "expired"
