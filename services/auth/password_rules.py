"""What a new password must be (PWD-1..4). Pure: text in, broken rules out."""

from __future__ import annotations

import re
from itertools import pairwise

from contracts.auth.passwords import PasswordFault

SHORTEST = 8
LONGEST = 12
RUN = 4

_ALLOWED = re.compile(r"[A-Za-z0-9]*")


def broken_rules(new: str, present: str, numbers: list[str]) -> tuple[PasswordFault, ...]:
    """Every rule that `new` breaks, in the order in which a page tells them (PWD-9).

    `present` is the password in use; `numbers` are the phone numbers that must not be contained (PWD-4).
    """
    checks = {
        PasswordFault.LENGTH: not SHORTEST <= len(new) <= LONGEST,
        PasswordFault.CHARACTERS: not _ALLOWED.fullmatch(new),
        PasswordFault.NO_LETTER: not re.search(r"[A-Za-z]", new),
        PasswordFault.NO_DIGIT: not re.search(r"[0-9]", new),
        PasswordFault.SAME_AS_PRESENT: new == present,
        PasswordFault.REPEATED: has_run(new, 0),
        PasswordFault.SEQUENCE: has_run(new, 1) or has_run(new, -1),
        PasswordFault.CONTAINS_NUMBER: any(number in new for number in numbers),
    }
    return tuple(fault for fault, broken in checks.items() if broken)


def has_run(text: str, step: int) -> bool:
    """Are there four characters of one kind in a row, each `step` after the one before? Case does not count (PWD-3)."""
    length = 1
    lowered = text.lower()
    for before, here in pairwise(lowered):
        length = length + 1 if _kind(before) == _kind(here) and ord(here) - ord(before) == step else 1
        if length >= RUN:
            return True
    return False


def _kind(character: str) -> str | None:
    # Runs stay within the letters and within the digits; anything else is faulted by PWD-1 and equals only itself.
    if "a" <= character <= "z":
        return "letter"
    return "digit" if "0" <= character <= "9" else character
