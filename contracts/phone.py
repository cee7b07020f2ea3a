"""Value objects that cross services: phone numbers, searches of them, units, features."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from pydantic import AfterValidator

AssignmentId = NewType("AssignmentId", UUID)
"""One provisioning of a number; the next holder of the same number has another (LINE-9)."""

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fc\uff0d\uff70\u301c\uff5e~()（）.]")
_DOMESTIC = re.compile(r"0[1-9]\d{8,9}")

ANY = "*"
MOST_DIGITS = 11
"""No number has more."""

_SEARCH = re.compile(r"[0-9*]*")
_ANYS = re.compile(r"\*+")


class NotAPhoneNumber(ValueError):
    """The text is no Japanese phone number of 10 or 11 digits."""


def normalise_number(text: str) -> str:
    """A phone number as people type it → 10 or 11 ASCII digits with the leading 0 (LOGIN-1).

    Takes full-width digits, every kind of hyphen, brackets, spaces and +81. Raises `NotAPhoneNumber`.
    Spelling is all that is judged: the guide's own example numbers (03-0000-1111) are in no numbering plan.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith("+81"):
        digits = "0" + digits[3:].removeprefix("0")
    if not digits.isascii() or not _DOMESTIC.fullmatch(digits):
        raise NotAPhoneNumber("a phone number has 10 or 11 digits and begins with 0")
    return digits


PhoneNumber = Annotated[str, AfterValidator(normalise_number)]
"""A phone number in its one stored form: digits only, leading 0."""


def masked(number: str) -> str:
    """All but the last four digits hidden, for those who need not know the whole number."""
    return "*" * (len(number) - 4) + number[-4:]


class NotASearch(ValueError):
    """The text has more in it than digits and `*`."""


class SearchTooLong(NotASearch):
    """It has more digits than a phone number."""


def normalise_search(text: str) -> str:
    """A search as people type it → ASCII digits and `*`; empty when it would find every number.

    Takes whatever a phone number may be typed with (LOGIN-1), and the full-width ＊. What is found begins with the
    text, so a `*` at its end says nothing and goes. Raises `NotASearch`, `SearchTooLong`.
    """
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if typed.startswith("+81"):
        typed = "0" + typed[3:].removeprefix("0")
    if not _SEARCH.fullmatch(typed):
        raise NotASearch("a search has digits and * only")
    if len(typed.replace(ANY, "")) > MOST_DIGITS:
        raise SearchTooLong(f"a search has at most {MOST_DIGITS} digits")
    return _ANYS.sub(ANY, typed).rstrip(ANY)


NumberSearch = Annotated[str, AfterValidator(normalise_search)]
"""A search in its one form: digits and single `*`, none at the end."""


class AuthUnit(StrEnum):
    """認証単位: who of a line may log in, and what a login manages (LINE-2..4)."""

    LINE = "LINE"
    NUMBER = "NUMBER"
    ADMIN_USER = "ADMIN_USER"


class Feature(StrEnum):
    """付加サービス; the order is that of the service selection page."""

    CALL_NOTIFICATION = "call_notification"
    FAX_NOTIFICATION = "fax_notification"
    CALL_FORWARDING = "call_forwarding"
    BULK_FORWARDING = "bulk_forwarding"
    FAULT_NOTIFICATION = "fault_notification"
