"""Where a line may end that a browser would not find by itself."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

SEAM = re.compile(r"(?<=[ァ-ヶー])(?=[一-龠])|(?<=[一-龠])(?=[ァ-ヶ])")
"""Between katakana and kanji, where a compound is put together."""
NUMBER = re.compile(r"(\d{2,5}-\d{1,4}-\d{3,4})")


def at_seams(title: str) -> Markup:
    """A compound too long for a line: ワンタイムパスワード / 受信用 / メールアドレス / 変更, and never 受 / 信用."""
    parts = SEAM.split(title)
    if len(parts) == 1:
        return escape(title)
    whole = Markup("").join(Markup("<span>{}</span>").format(part) for part in parts)  # <wbr> may be read as a space
    return Markup('<span class="seams">{}</span>').format(whole)


def numbers_whole(sentence: str) -> Markup:
    """A sentence whose phone numbers stay on one line."""
    number = Markup('<span class="number">{}</span>')
    parts = NUMBER.split(sentence)
    return Markup("").join(number.format(part) if place % 2 else part for place, part in enumerate(parts))
