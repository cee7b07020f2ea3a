"""Points in time as operators type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from cli.complaint import USAGE, Complaint

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime | None = None) -> datetime:
    """`2026-04-01`, `2026-04-01T09:30`, `2026-04-01 09:30+09:00`, or how long ago: `90s`, `30m`, `2h`, `7d`, `1w`.

    In UTC. What has no zone is local time. Raises `Complaint`.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return (now or datetime.now(UTC)) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Complaint(
            f"{text!r} is no point in time. Give a date (2026-04-01), a date and time (2026-04-01T09:30), "
            "or how long ago (30m, 2h, 7d).",
            USAGE,
        ) from None
