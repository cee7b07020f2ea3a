"""The telephone's side: who calls, which number may be set, the temporary password itself (TEMP)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.phone import AuthUnit, PhoneNumber


class IdentifyCaller(Message):
    caller: PhoneNumber


class CallerIdentified(Message):
    """The caller's line, as far as the dialogue needs it (TEMP-1..4, TEMP-10)."""

    caller: str
    contract_number: str
    unit: AuthUnit | None
    """None while the line's unit was never set."""
    own_settable: bool
    """Whether the caller's own number may have a temporary password (TEMP-4)."""


class CallerUnknown(Refusal):
    """The caller belongs to no line (TEMP-1)."""


class CheckTarget(Message):
    """May a caller of this line set a temporary password for this number (TEMP-4)?"""

    caller: PhoneNumber
    number: PhoneNumber


class TargetChecked(Message):
    settable: bool


class SetTemporaryPassword(Message):
    """Make a temporary password the only credential of a number (TEMP-9). Idempotent by `temporary_id`."""

    temporary_id: UUID
    caller: PhoneNumber
    number: PhoneNumber
    unit: AuthUnit
    password: Secret


class TemporaryPasswordIsSet(Message):
    """From now on the temporary password works and the former password does not."""

    number: str
    expires_at: datetime


class TemporaryPasswordRefused(Refusal):
    """The number may not be set by this caller, or not with this unit (TEMP-4, TEMP-10)."""
