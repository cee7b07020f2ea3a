"""FAXお知らせメール (FEAT-2): whether faxes are told by mail, to whom, and what happens when the inbox is full."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts.base import Message
from contracts.phone import Feature
from contracts.settings.common import NoticeAddress, Reach


class WhenFull(StrEnum):
    """What becomes of a fax for which the inbox has no room."""

    REFUSE = "refuse"
    DROP_OLDEST = "drop_oldest"
    """The oldest faxes go until there is room, read or not."""


class FaxRules(Message):
    """What one form of the page sets."""

    on: bool = False
    """Whether mails are sent. What the network hands over is kept in the inbox either way: no fax is lost by a switch."""
    when_full: WhenFull = WhenFull.REFUSE


class FaxNotification(FaxRules):
    """The settings of one number; as they stand here before anybody has set anything."""

    feature: Literal[Feature.FAX_NOTIFICATION] = Feature.FAX_NOTIFICATION
    addresses: tuple[NoticeAddress, ...] = ()


class ChangeFaxNotification(Message):
    """Set the rules. Raises `SettingsMovedOn` where they were changed since version `seen`."""

    reach: Reach
    change_id: UUID
    seen: int
    rules: FaxRules
