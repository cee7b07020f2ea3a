"""A line: its authentication unit and the epoch that ends all its sessions at once. Its numbers are a read model."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.phone import AuthUnit


class Line(Aggregate):
    """One contract (LINE-1)."""

    TOPIC = "auth.Line"

    class Event(Aggregate.Event):
        TOPIC = "auth.Line.Event"

    class Created(Aggregate.Created):
        """The line was provisioned with so many numbers; they follow as events of their own."""

        TOPIC = "auth.Line.Provisioned"
        contract_assignment_id: UUID
        count: int

    class UnitChanged(Event):
        """Another unit is in force, and all sessions of the line end but the one that changed it (LOGIN-9)."""

        TOPIC = "auth.Line.UnitChanged"
        from_unit: str | None
        to_unit: str
        cause: str
        assignments: list[UUID]

        def apply(self, aggregate: Line) -> None:
            aggregate.unit = self.to_unit
            aggregate.epoch += 1

    class Removed(Event):
        """The contract ended."""

        TOPIC = "auth.Line.Removed"

        def apply(self, aggregate: Line) -> None:
            aggregate.epoch += 1

    def __init__(self, contract_assignment_id: UUID, count: int) -> None:
        self.contract_assignment_id = contract_assignment_id
        self.provisioned_with = count
        self.unit: str | None = None
        self.epoch = 0

    @classmethod
    def provision(cls, *, line_id: UUID, contract_assignment_id: UUID, count: int, now: datetime) -> Line:
        """A new line, whose unit was never set."""
        return cls._create(
            cls.Created, id=line_id, timestamp=now, contract_assignment_id=contract_assignment_id, count=count
        )

    @property
    def auth_unit(self) -> AuthUnit | None:
        """The unit in force, None while never set."""
        return AuthUnit(self.unit) if self.unit else None

    def change_unit(self, to: AuthUnit, cause: str, assignments: list[UUID], now: datetime) -> None:
        """Put another unit in force; `assignments` are all numbers of the line (AUDIT-1)."""
        self.trigger_event(
            self.UnitChanged,
            timestamp=now,
            from_unit=self.unit,
            to_unit=to.value,
            cause=cause,
            assignments=assignments,
        )

    def remove(self, now: datetime) -> None:
        """The contract ended together with its last number."""
        self.trigger_event(self.Removed, timestamp=now)
