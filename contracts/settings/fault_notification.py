"""故障・回復通知機能 (FEAT-5): which news of the line are told by mail, at what hours, and to which verified addresses."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from contracts.base import Message
from contracts.phone import Feature
from contracts.settings.common import IN_ORDER, NoticeAddress, Reach


class NewsKind(StrEnum):
    """What is told."""

    FAULT = "fault"
    RECOVERY = "recovery"
    PLANNED_WORK = "planned_work"


class ReceivingWindow(StrEnum):
    """The carrier's three parts of a day. News that come outside are held until one that is chosen begins."""

    DAY = "8-19"
    EVENING = "19-23"
    NIGHT = "23-8"


class FaultRules(Message):
    """What one form of the page sets."""

    on: bool = False
    kinds: Annotated[frozenset[NewsKind], IN_ORDER] = frozenset(NewsKind)
    windows: Annotated[frozenset[ReceivingWindow], IN_ORDER] = frozenset(ReceivingWindow)


class FaultNotification(FaultRules):
    """The settings of one number; as they stand here before anybody has set anything."""

    feature: Literal[Feature.FAULT_NOTIFICATION] = Feature.FAULT_NOTIFICATION
    addresses: tuple[NoticeAddress, ...] = ()


class ChangeFaultNotification(Message):
    """Set the rules. Raises `SettingsMovedOn` where they were changed since version `seen`."""

    reach: Reach
    change_id: UUID
    seen: int
    rules: FaultRules
