"""Faults, recoveries and planned work that concerned a number: the page of FEAT-5 that tells them."""

from __future__ import annotations

from datetime import datetime

from contracts.base import Message
from contracts.settings.common import Reach
from contracts.settings.fault_notification import NewsKind
from contracts.settings.network import LineFault, LineRecovered, PlannedWork


class LineNewsQuery(Message):
    """The newest first, one page."""

    reach: Reach
    before: int | None = None
    """Only what came before this place."""
    limit: int = 20


class LineNewsItem(Message):
    place: int
    """In the order in which they came."""
    kind: NewsKind
    at: datetime
    """When the network told."""
    told: LineFault | LineRecovered | PlannedWork


class LineNews(Message):
    items: tuple[LineNewsItem, ...]
    more: bool
