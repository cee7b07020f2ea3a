"""着信お知らせメール (FEAT-1): which calls are told by mail, and to whom."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from contracts.base import Message
from contracts.phone import Feature
from contracts.settings.common import ALL_WEEK, IN_ORDER, CallerNumber, NoticeAddress, Reach, Windows


class CallOutcome(StrEnum):
    """What became of a call, as the network tells."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    BUSY = "busy"
    FORWARDED = "forwarded"


SELECTABLE_OUTCOMES = (CallOutcome.UNANSWERED, CallOutcome.BUSY, CallOutcome.FORWARDED)
"""Those that may be told without all others."""


class CallerFilter(StrEnum):
    """Whose calls are told."""

    ALL = "all"
    LISTED = "listed"
    ALL_BUT_LISTED = "all_but_listed"


class CallRules(Message):
    """What one form of the page sets."""

    on: bool = False
    every_call: bool = True
    outcomes: Annotated[frozenset[CallOutcome], IN_ORDER] = frozenset()
    """Which calls, where not every one is told."""
    callers: CallerFilter = CallerFilter.ALL
    listed: tuple[CallerNumber, ...] = ()
    withheld: bool = True
    """Whether calls without a caller's number are told, whatever the filter."""
    windows: Windows = ALL_WEEK


class CallNotification(CallRules):
    """The settings of one number; as they stand here before anybody has set anything."""

    feature: Literal[Feature.CALL_NOTIFICATION] = Feature.CALL_NOTIFICATION
    addresses: tuple[NoticeAddress, ...] = ()


class ChangeCallNotification(Message):
    """Set the rules. Raises `SettingsMovedOn` where they were changed since version `seen`."""

    reach: Reach
    change_id: UUID
    seen: int
    rules: CallRules
