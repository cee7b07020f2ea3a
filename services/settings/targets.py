"""Which numbers calls may be forwarded to (FEAT-3), judged by the numbering plan; whose they are is asked elsewhere.

A number has to be possible, not known to be in use: the metadata of `phonenumbers` is behind each new range by weeks, and
a subscriber's telephone must not be refused for that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.settings.common import TargetFault, normalise_caller

REGION = "JP"
CALLERS_CHOICES = ("184", "186")
"""Withhold or show the own number for one call; nothing that a stored number begins with."""
CARRIER = "00"
"""00XY chooses a carrier, 010 the way abroad."""
ABROAD = "010"
CHARGED = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
ELEVEN_DIGITS = ("050", "070", "080", "090")
"""How numbers begin that have eleven digits, where the metadata takes ten for possible too."""
LONGEST_SHORT = 4
"""Digits of special services: 1XY, and those with one digit more."""


@dataclass(frozen=True)
class TargetLimits:
    """What an operator decides of it."""

    emergency: Collection[str]
    charged: tuple[str, ...]
    abroad: bool


def fault_of(target: str, own: str, limits: TargetLimits) -> TargetFault | None:  # noqa: PLR0911 - one return a reason
    """Why nobody forwards `own` to `target`, both in their stored form; None where it is in order so far."""
    if target == own:
        return TargetFault.ITSELF
    if target in limits.emergency or phonenumbers.is_emergency_number(target, REGION):
        return TargetFault.EMERGENCY
    if target.startswith((ABROAD, "+")):
        return _abroad_fault(target, limits)
    if target.startswith((*CALLERS_CHOICES, CARRIER)) and len(target) > LONGEST_SHORT:
        return TargetFault.PREFIXED
    if target.startswith(("1", "#", "*")) and len(target) <= LONGEST_SHORT:
        return TargetFault.SPECIAL
    if target.startswith(limits.charged):
        return TargetFault.CHARGED_RANGE
    if target.startswith(ELEVEN_DIGITS) and len(target) != len("09012345678"):
        return TargetFault.NOT_A_NUMBER
    try:
        parsed = phonenumbers.parse(normalise_number(target), REGION)
    except (NotAPhoneNumber, phonenumbers.NumberParseException):
        return TargetFault.NOT_A_NUMBER
    if phonenumbers.number_type(parsed) in CHARGED:
        return TargetFault.CHARGED_RANGE
    return None if phonenumbers.is_possible_number(parsed) else TargetFault.NOT_A_NUMBER


def _abroad_fault(target: str, limits: TargetLimits) -> TargetFault | None:
    if not limits.abroad:
        return TargetFault.INTERNATIONAL
    try:
        number = normalise_caller("+" + target.removeprefix(ABROAD).removeprefix("+"))
        parsed = phonenumbers.parse(number, REGION)
    except (NotAPhoneNumber, phonenumbers.NumberParseException):
        return TargetFault.NOT_A_NUMBER
    return None if phonenumbers.is_possible_number(parsed) else TargetFault.NOT_A_NUMBER
