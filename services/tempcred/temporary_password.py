"""The life of one temporary password: requested, set, and then replaced or voided. Its digits are never here.

auth holds the verifier and decides what still works (TEMP-9); this is the account of it. What auth tells may come twice
or late, so every method but `request` does nothing where it has nothing to add.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, AggregateCreated

from chassis.personal_data import Sealed
from contracts.phone import AuthUnit


class Status(StrEnum):
    REQUESTED = "requested"
    """Both entries agreed; whether auth has set it is not known yet."""
    ABANDONED = "abandoned"
    """auth said no, or nothing was heard of it for long. Should auth tell later that it was set, it was."""
    SET = "set"
    REPLACED = "replaced"
    VOIDED = "voided"


class VoidCause(StrEnum):
    """Why it is no longer valid; `EXPIRED` is the only one found here, the others come from auth."""

    MISMATCHES = "mismatches"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNIT_CHANGED = "unit_changed"
    NUMBER_REMOVED = "number_removed"
    PASSWORD_SET = "password_set"


class TemporaryPassword(Aggregate):
    """Known by the `temporary_id` under which auth knows it too."""

    TOPIC = "tempcred.TemporaryPassword"

    class Event(Aggregate.Event):
        pass

    class Created(Event, AggregateCreated):
        """Both entries agreed. Published as nothing: it works only from `Set` on."""

        TOPIC = "tempcred.TemporaryPassword.Requested"
        number: Sealed
        caller: Sealed
        contract_number: Sealed
        unit: str

    class Set(Event):
        """auth has made it the number's only credential (TEMP-9)."""

        TOPIC = "tempcred.TemporaryPassword.Set"
        expires_at: datetime

        def apply(self, aggregate: TemporaryPassword) -> None:
            aggregate.status = Status.SET
            aggregate.expires_at = self.expires_at

    class Abandoned(Event):
        """It was never set, as far as is known. Published as nothing, for the number's credential did not change."""

        TOPIC = "tempcred.TemporaryPassword.Abandoned"

        def apply(self, aggregate: TemporaryPassword) -> None:
            aggregate.status = Status.ABANDONED

    class Replaced(Event):
        """The forced change at login put a password in its place (LOGIN-5)."""

        TOPIC = "tempcred.TemporaryPassword.Replaced"

        def apply(self, aggregate: TemporaryPassword) -> None:
            aggregate.status = Status.REPLACED

    class Voided(Event):
        """It is no longer valid, and no password took its place by the forced change."""

        TOPIC = "tempcred.TemporaryPassword.Voided"
        cause: str

        def apply(self, aggregate: TemporaryPassword) -> None:
            aggregate.status = Status.VOIDED
            aggregate.cause = VoidCause(self.cause)

    def __init__(self, number: Sealed, caller: Sealed, contract_number: Sealed, unit: str) -> None:
        self.number = number
        self.caller = caller
        self.contract_number = contract_number
        self.unit = AuthUnit(unit)
        self.status = Status.REQUESTED
        self.expires_at: datetime | None = None
        self.cause: VoidCause | None = None

    @classmethod
    def request(
        cls,
        temporary_id: UUID,
        *,
        number: Sealed,
        caller: Sealed,
        contract_number: Sealed,
        unit: AuthUnit,
        now: datetime,
    ) -> Self:
        """Both entries agreed (TEMP-2)."""
        return cls._create(
            cls.Created,
            id=temporary_id,
            timestamp=now,
            number=number,
            caller=caller,
            contract_number=contract_number,
            unit=unit.value,
        )

    def record_set(self, expires_at: datetime, now: datetime) -> None:
        """It works now. The end of it may have been told before the beginning; then that stays."""
        if self.status in (Status.REQUESTED, Status.ABANDONED):
            self.trigger_event(self.Set, timestamp=now, expires_at=expires_at)

    def abandon(self, now: datetime) -> None:
        """Stop waiting to hear of it."""
        if self.status is Status.REQUESTED:
            self.trigger_event(self.Abandoned, timestamp=now)

    def record_replaced(self, now: datetime) -> None:
        """A password took its place. That counts even where its expiry was recorded here in the same moment."""
        expired = self.status is Status.VOIDED and self.cause is VoidCause.EXPIRED
        if expired or self.status not in (Status.REPLACED, Status.VOIDED):
            self.trigger_event(self.Replaced, timestamp=now)

    def void(self, cause: VoidCause, now: datetime) -> None:
        """It is no longer valid."""
        if self.status not in (Status.REPLACED, Status.VOIDED):
            self.trigger_event(self.Voided, timestamp=now, cause=cause.value)

    def expire(self, now: datetime) -> None:
        """Record that its 24 hours are over (TEMP-7)."""
        if self.status is Status.SET and self.expires_at is not None and now >= self.expires_at:
            self.void(VoidCause.EXPIRED, now)
