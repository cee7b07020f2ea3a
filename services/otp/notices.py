"""Mails to an address that one-time passwords went to and go to no more (OTP-10, OTP-12, OTP-15, BULK-3).

Whoever has it may be the only one to notice that it was somebody else's doing. An address is asked for nothing, and told
nothing of the new one; written in the save that takes it out of force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from chassis.outbox_rows import Draft
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.phone import masked
from services.otp.enrolment import Enrolment
from services.otp.outbox import DELETED, REPLACED, Outbox
from services.otp.store import OtpStore

WORTH_TELLING = timedelta(hours=72)
"""For so long a notice is tried that no mail server takes."""


class Lost(NamedTuple):
    """An address in force, noted before it is taken out of it."""

    assignment_id: UUID
    number: Sealed
    address: Sealed
    kind: str

    @classmethod
    def replaced(cls, enrolment: Enrolment) -> list[Lost]:
        """Another takes its place. None where there is no address in force."""
        return cls._of(enrolment, REPLACED)

    @classmethod
    def deleted(cls, enrolment: Enrolment) -> list[Lost]:
        """The whole registration goes. None where there is no address in force."""
        return cls._of(enrolment, DELETED)

    @classmethod
    def _of(cls, enrolment: Enrolment, kind: str) -> list[Lost]:
        return [cls(enrolment.id, enrolment.number, enrolment.address, kind)] if enrolment.address else []


Bundle = Callable[[str, str], str | None]
"""By kind and address, what the notices that go as one mail have in common."""


class Notices:
    """Written into the outbox."""

    def __init__(self, store: OtpStore, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    def writes(self, lost: Iterable[Lost], now: datetime, bundle: Bundle = lambda _kind, _address: None) -> list[Write]:
        """What must be saved with the change of `now`; nothing for holders who were erased."""
        many = list(lost)
        clear = iter(self._store.personal.open_all(sealed for one in many for sealed in (one.number, one.address)))
        return self._outbox.write_all(
            [
                Draft(
                    one.assignment_id,
                    one.kind,
                    uuid4().hex,
                    {"address": address, "number": masked(number)},
                    now + WORTH_TELLING,
                    due_at=now,  # the same for all of a bundle, or they are no bundle
                    bundle=bundle(one.kind, address),
                )
                for one, number, address in zip(many, clear, clear, strict=True)
                if number and address
            ]
        )
