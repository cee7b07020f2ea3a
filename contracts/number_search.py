"""What people type to find numbers of a line: the first digits, with `*` for what they do not know (PWD-7)."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from contracts.phone import SEPARATORS

ANY = "*"
MOST_DIGITS = 11
"""No number has more."""

_ALLOWED = re.compile(r"[0-9*]*")
_ANYS = re.compile(r"\*+")


class NotASearch(ValueError):
    """The text has more in it than digits and `*`."""


class SearchTooLong(NotASearch):
    """It has more digits than a phone number."""


def normalise_search(text: str) -> str:
    """A search as people type it → ASCII digits and `*`; empty when it would find every number.

    Takes whatever a phone number may be typed with (LOGIN-1), and the full-width ＊. What is found begins with the
    text, so a `*` at its end says nothing and goes. Raises `NotASearch`, `SearchTooLong`.
    """
    typed = SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if typed.startswith("+81"):
        typed = "0" + typed[3:].removeprefix("0")
    if not _ALLOWED.fullmatch(typed):
        raise NotASearch("a search has digits and * only")
    if len(typed.replace(ANY, "")) > MOST_DIGITS:
        raise SearchTooLong(f"a search has at most {MOST_DIGITS} digits")
    return _ANYS.sub(ANY, typed).rstrip(ANY)


NumberSearch = Annotated[str, AfterValidator(normalise_search)]
"""A search in its one form: digits and single `*`, none at the end."""
