"""Value objects that cross services: phone numbers, units, features."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from pydantic import AfterValidator

AssignmentId = NewType("AssignmentId", UUID)
"""One provisioning of a number; the next holder of the same number has another (LINE-9)."""

SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fc\uff0d\uff70\u301c\uff5e~()（）.]")
"""What people put between the digits of a phone number."""
_DOMESTIC = re.compile(r"0[1-9]\d{8,9}")


class NotAPhoneNumber(ValueError):
    """The text is no Japanese phone number of 10 or 11 digits."""


def normalise_number(text: str) -> str:
    """A phone number as people type it → 10 or 11 ASCII digits with the leading 0 (LOGIN-1).

    Takes full-width digits, every kind of hyphen, brackets, spaces and +81. Raises `NotAPhoneNumber`.
    Spelling is all that is judged: the guide's own example numbers (03-0000-1111) are in no numbering plan.
    """
    digits = SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
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
