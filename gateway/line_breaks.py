"""Where a line may not end, though a browser would end it there."""

from __future__ import annotations

import re

from markupsafe import Markup

NUMBER = re.compile(r"(\d{2,5}-\d{1,4}-\d{3,4})")


def numbers_whole(sentence: str) -> Markup:
    """A sentence whose phone numbers stay on one line."""
    number = Markup('<span class="number">{}</span>')
    parts = NUMBER.split(sentence)
    return Markup("").join(number.format(part) if place % 2 else part for place, part in enumerate(parts))
