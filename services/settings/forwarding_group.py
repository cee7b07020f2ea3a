"""One group of 一括転送機能: what is in it, and whether it is on (FEAT-4).

To start is two steps. That it was asked is recorded first, so that a start that a crash interrupts is carried out by
whoever comes next; what became of each number is recorded with the rows by which calls are routed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.settings.bulk_forwarding import GroupCause, GroupState

REMEMBERED_ORDERS = 32
"""How many of the latest changes and orders are known again when they are delivered once more."""


class ForwardingGroup(Aggregate):
    """Begins with its first rules."""

    TOPIC = "settings.ForwardingGroup"

    class Event(Aggregate.Event):
        TOPIC = "settings.ForwardingGroup.Event"

    class Created(Aggregate.Created):
        """The line has one more group."""

        TOPIC = "settings.ForwardingGroup.Begun"
        line: UUID

    class Changed(Event):
        """Its rules are `new` from now on; `members` are the assignments in it."""

        TOPIC = "settings.ForwardingGroup.Changed"
        change_id: UUID
        old: Sealed | None
        new: Sealed
        members: list[UUID]

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.rules = self.new
            aggregate.changes += 1
            aggregate.remember(self.change_id)

    class StartAsked(Event):
        """Somebody, or a fault, asks that it be on."""

        TOPIC = "settings.ForwardingGroup.StartAsked"
        order_id: UUID
        cause: str
        fault: str | None

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.state = GroupState.STARTING.value
            aggregate.cause = self.cause
            aggregate.faults = [self.fault] if self.fault else []
            aggregate.since = self.timestamp
            aggregate.remember(self.order_id)

    class Started(Event):
        """It is on: these numbers are forwarded, and those could not be."""

        TOPIC = "settings.ForwardingGroup.Started"
        cause: str
        forwarding: list[UUID]
        failed: dict[str, str]
        """A reason by assignment."""

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.state = (GroupState.PARTLY_FAILED if self.failed else GroupState.RUNNING).value
            aggregate.forwarding = self.forwarding
            aggregate.failed = self.failed
            aggregate.since = self.timestamp

    class FaultJoined(Event):
        """It is on because of one more fault."""

        TOPIC = "settings.ForwardingGroup.FaultJoined"
        order_id: UUID
        fault: str

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.faults = [*aggregate.faults, self.fault]
            aggregate.remember(self.order_id)

    class FaultMet(Event):
        """A fault began while somebody had it on: it stays on by hand, and this fault will not start it either."""

        TOPIC = "settings.ForwardingGroup.FaultMet"
        order_id: UUID
        fault: str

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.remember(self.order_id)

    class FaultOver(Event):
        """One fault is over: it stays on because of another, or was not on for it and will not be."""

        TOPIC = "settings.ForwardingGroup.FaultOver"
        order_id: UUID
        fault: str

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.faults = [one for one in aggregate.faults if one != self.fault]
            aggregate.remember(self.order_id)

    class Stopped(Event):
        """It is off; the numbers are as call forwarding has them."""

        TOPIC = "settings.ForwardingGroup.Stopped"
        order_id: UUID
        cause: str
        was_forwarding: list[UUID]

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.state = GroupState.STOPPED.value
            aggregate.cause = None
            aggregate.faults = []
            aggregate.forwarding = []
            aggregate.failed = {}
            aggregate.since = self.timestamp
            aggregate.remember(self.order_id)

    class Removed(Event):
        """There is no such group any more."""

        TOPIC = "settings.ForwardingGroup.Removed"
        old: Sealed | None

        def apply(self, aggregate: ForwardingGroup) -> None:
            aggregate.removed = True
            aggregate.state = GroupState.STOPPED.value
            aggregate.forwarding = []

    def __init__(self, line: UUID) -> None:
        self.line = line
        self.changes = 0
        self.rules: Sealed | None = None
        self.state: str = GroupState.STOPPED.value
        self.cause: str | None = None
        self.faults: list[str] = []
        self.since: datetime | None = None
        self.forwarding: list[UUID] = []
        self.failed: dict[str, str] = {}
        self.removed = False
        self.recent_orders: list[UUID] = []

    @classmethod
    def begin(cls, group_id: UUID, line: UUID, now: datetime) -> ForwardingGroup:
        """With nothing in it yet. `line` is the contract number's assignment."""
        return cls._create(cls.Created, id=group_id, timestamp=now, line=line)

    @property
    def is_on(self) -> bool:
        """Whether calls are forwarded by it, or will be in a moment."""
        return self.state != GroupState.STOPPED

    def knows(self, order_id: UUID) -> bool:
        """Whether this was done already: it was delivered twice."""
        return order_id in self.recent_orders

    def remember(self, order_id: UUID) -> None:
        """For events to call."""
        self.recent_orders = [*self.recent_orders, order_id][-REMEMBERED_ORDERS:]

    def change(self, change_id: UUID, *, old: Sealed | None, new: Sealed, members: list[UUID], now: datetime) -> None:
        """The rules have been asked."""
        self._trigger(self.Changed, now, change_id=change_id, old=old, new=new, members=members)

    def ask_start(self, order_id: UUID, cause: GroupCause, now: datetime) -> None:
        """Does nothing where it is on, or this order was carried out before."""
        if not self.is_on and not self.knows(order_id):
            self._trigger(self.StartAsked, now, order_id=order_id, cause=cause.value, fault=None)

    def ask_start_on_fault(self, order_id: UUID, fault: str, now: datetime) -> None:
        """As `ask_start`; where another fault has started it, both must be over before it stops.

        The order is remembered whatever it meets, so the same fault told again starts nothing that was stopped since.
        """
        if self.knows(order_id):
            return
        if self.cause == GroupCause.FAULT:
            self._trigger(self.FaultJoined, now, order_id=order_id, fault=fault)
        elif not self.is_on:
            self._trigger(self.StartAsked, now, order_id=order_id, cause=GroupCause.FAULT.value, fault=fault)
        else:
            self._trigger(self.FaultMet, now, order_id=order_id, fault=fault)

    def stop_on_recovery(self, order_id: UUID, fault: str, started_by: UUID, now: datetime) -> None:
        """Where only this fault keeps it on. `started_by` is the order of `ask_start_on_fault`: one that comes late, after
        the recovery, starts nothing any more.
        """
        if self.cause == GroupCause.FAULT and self.faults == [fault]:
            self.stop(order_id, GroupCause.RECOVERY, now)
        elif fault in self.faults or not self.knows(started_by):
            self._trigger(self.FaultOver, now, order_id=started_by, fault=fault)

    def start(self, *, forwarding: list[UUID], failed: dict[str, str], now: datetime) -> None:
        """What became of the start that was asked for."""
        if self.state == GroupState.STARTING:
            self._trigger(self.Started, now, cause=self.cause, forwarding=forwarding, failed=failed)

    def stop(self, order_id: UUID, cause: GroupCause, now: datetime) -> None:
        """Does nothing where it is off, or this order was carried out before."""
        if self.is_on and not self.knows(order_id):
            self._trigger(self.Stopped, now, order_id=order_id, cause=cause.value, was_forwarding=list(self.forwarding))

    def remove(self, now: datetime) -> None:
        """For good."""
        if not self.removed:
            self._trigger(self.Removed, now, old=self.rules)

    def _trigger(self, event: type[Aggregate.Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, **fields)
