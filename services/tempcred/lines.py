"""What the dialogue has to ask about lines, and the one thing it has done: answered by auth."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.phone import AuthUnit
from services.tempcred.dialogue import Caller


class SettingRefused(Exception):
    """The caller may not set this number with this unit, by what the line is now (TEMP-4, TEMP-10)."""


class Lines(Protocol):
    """Raises `Unavailable` where nobody answers in time and `Busy` where too many wait already."""

    def identify(self, caller: str) -> Caller | None:
        """The caller's line; None when the number belongs to none (TEMP-1)."""

    def settable(self, caller: str, number: str) -> bool:
        """Whether the number may be set from the caller's line (TEMP-4)."""

    def set_temporary_password(
        self, temporary_id: UUID, caller: str, number: str, unit: AuthUnit, password: str
    ) -> datetime:
        """Make it the number's only credential, once for each id (TEMP-9); returns when it ends.

        Raises `SettingRefused`. After `Unavailable` it may or may not have been done.
        """
