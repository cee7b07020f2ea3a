"""The registrations of many numbers at once: what the bulk service alone may ask (BULK-3, BULK-9)."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.base import Message, Nothing, Refusal, Role, Secret
from contracts.otp.api import OtpApi
from contracts.otp.common import Holder, OtpUse
from contracts.phone import AssignmentId, PhoneNumber


class OtpNumbers(Message):
    assignments: tuple[AssignmentId, ...]


class OtpOfNumber(Message):
    """How a number stands, for whoever may set it."""

    assignment_id: AssignmentId
    use: OtpUse
    registered: bool
    """Fully. In use and not registered: the holder is to register at the next login (OTP-14)."""
    version: int
    """Grows with whatever is chosen or registered; 0 where nothing ever was."""


class OtpOfNumbers(Message):
    """Those that have ever chosen; the others use none."""

    numbers: tuple[OtpOfNumber, ...]


class OtpRows(Message):
    """Some rows of a job. `rows` is JSON: `[[assignment id in hex, version, number, use, address, confirmation id,
    confirmation password], …]`, sealed in one piece. A row whose cells are all empty leaves its number as it is.
    """

    job_id: UUID
    contract_number: PhoneNumber
    rows: Secret


class OtpRowFault(Message):
    """`column` is one of `use`, `address`, `confirmation_id`, `confirmation_password`, `number`."""

    assignment_id: AssignmentId
    column: str
    fault: str


class OtpRowChange(Message):
    """What a faultless row changes. All of it false but `not_read`: it asks for what is so already."""

    assignment_id: AssignmentId
    begun: bool = False
    """Used and registered from then on; before, it was not both."""
    use_before: OtpUse = OtpUse.NOT_USED
    ended: bool = False
    declined: bool = False
    """Not used before either, but never chosen."""
    not_read: bool = False
    """There is something in the cells that are not read without use."""
    address: bool = False
    confirmation_id: bool = False
    confirmation_password: bool = False
    address_before: str | None = None
    """Masked; where there is one and the row changes or deletes it."""
    address_after: Secret | None = None
    """In its one spelling, where the row sets it."""


class OtpRowsChecked(Message):
    faults: tuple[OtpRowFault, ...]
    changes: tuple[OtpRowChange, ...] = ()
    """Of the rows without a fault."""


class OtpRowsReady(Message):
    """What otp needs to apply these rows, for its own eyes."""

    result: str


class ApplyOtpRows(Message):
    """Put all rows of a job in force in one moment, or none. Idempotent by `job_id`."""

    job_id: UUID
    actor: Holder
    role: Role
    rows: int
    results: tuple[str, ...]
    is_late: bool = False
    """Whoever ordered it may not reach these numbers any more: nothing is changed, and `OtpRowsNotApplied` is raised unless
    this job was applied already."""


class OtpRowsNotApplied(Refusal):
    """Nothing was changed, and this job never will be: these have moved since the check (BULK-9)."""

    class Details(Message):
        moved: tuple[AssignmentId, ...] = ()

    details: Details


class OtpBulkApi(OtpApi, Protocol):
    """Besides, procedures that take many rows at once: the broker lets nobody but the bulk service ask them."""

    def otp_of_numbers(self, request: OtpNumbers) -> OtpOfNumbers: ...
    def check_otp_rows(self, request: OtpRows) -> OtpRowsChecked: ...
    def make_otp_rows_ready(self, request: OtpRows) -> OtpRowsReady: ...
    def apply_otp_rows(self, request: ApplyOtpRows) -> Nothing: ...
