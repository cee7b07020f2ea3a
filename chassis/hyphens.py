"""Phone numbers as they are written on paper, for whatever people read: pages and mails."""

from __future__ import annotations

import re

import phonenumbers

_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)
_OTHERS = re.compile(r"[^0-9]")


def hyphenated(number: str) -> str:
    """`0312345678` → `03-1234-5678`, `+16502530000` → `+1 650-253-0000`; in no numbering plan, just as it is.

    Whoever reads a number must be able to dial it: what the library would write with other digits stays unhyphenated.
    (It drops the leading 0 of what it takes for no regular number, as `0901234567`.) So does what is masked.
    """
    if not _DIGITS.fullmatch(number):
        return number
    foreign = number.startswith("+")
    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    written = phonenumbers.format_number(parsed, form.INTERNATIONAL if foreign else form.NATIONAL)
    return written if _OTHERS.sub("", written) == number.removeprefix("+") else number
