"""Text of others on the operator's terminal."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Without control characters: what others typed must not steer the operator's terminal."""
    return "".join("?" if unicodedata.category(letter).startswith("C") else letter for letter in text)
