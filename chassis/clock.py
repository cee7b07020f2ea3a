"""The time of day, as something that can be handed in: rules with hours in them are proved with the clock moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, in UTC, with its time zone."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC: how rows keep times, since both databases compare it exactly."""
    return round(moment.timestamp() * 1_000_000)


def from_micros(micros: int) -> datetime:
    """The moment that `to_micros` wrote."""
    return datetime.fromtimestamp(micros / 1_000_000, UTC)
