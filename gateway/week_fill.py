"""Marking many hours of a week at once by buttons that need no script: whole days, whole hours, and what is often chosen."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from contracts.settings.common import DAYS, HOURS

FILL = "fill"
"""The name of the buttons; what they send says which."""
SHORTCUTS = {"always": "いつでも", "office": "平日の9時から18時", "none": "すべて外す"}
_ROW = re.compile(r"(day|hour)-(\d{1,2})")
_WEEK = frozenset((day, hour) for day in range(DAYS) for hour in range(HOURS))
_OFFICE = frozenset((day, hour) for day, hour in _WEEK if day < 5 and 9 <= hour < 18)  # noqa: PLR2004

Cells = frozenset[tuple[int, int]]


def filled(cells: AbstractSet[tuple[int, int]], which: str) -> Cells:
    """The marks after that button: `day-0` and `hour-9` mark all of it, or clear it where all was marked already."""
    whole = {"always": _WEEK, "office": _OFFICE, "none": frozenset[tuple[int, int]]()}
    if which in whole:
        return whole[which]
    row = _ROW.fullmatch(which)
    if row is None:
        return frozenset(cells)
    place = int(row[2])
    meant = {(day, hour) for day, hour in _WEEK if (day if row[1] == "day" else hour) == place}
    return frozenset(cells - meant if meant <= cells else cells | meant)
