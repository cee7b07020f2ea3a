"""What a confirmation ID and a confirmation password must be (OTP-4, OTP-5). Pure: text in, broken rules out."""

from __future__ import annotations

import re

from contracts.otp.registration import RegistrationFault

SHORTEST = 8
LONGEST = 12

_ALLOWED = re.compile(r"[A-Za-z0-9]*")

Faults = tuple[RegistrationFault, ...]


def id_faults_at_registration(new: str) -> Faults:
    """OTP-4, first page: letters and digits, not of one kind alone."""
    return _told(
        {
            **_shape(new),
            RegistrationFault.ONLY_UPPER: bool(re.fullmatch(r"[A-Z]+", new)),
            RegistrationFault.ONLY_LOWER: bool(re.fullmatch(r"[a-z]+", new)),
            RegistrationFault.ONLY_DIGITS: bool(re.fullmatch(r"[0-9]+", new)),
        }
    )


def id_faults_at_change(new: str) -> Faults:
    """OTP-4, change page and bulk: letters of one case alone will do."""
    return _told({**_shape(new), RegistrationFault.ONLY_DIGITS: bool(re.fullmatch(r"[0-9]+", new))})


def password_faults(new: str) -> Faults:
    """OTP-5: letters and digits, at least one of each."""
    return _told(
        {
            **_shape(new),
            RegistrationFault.NO_LETTER: not re.search(r"[A-Za-z]", new),
            RegistrationFault.NO_DIGIT: not re.search(r"[0-9]", new),
        }
    )


def _shape(new: str) -> dict[RegistrationFault, bool]:
    return {
        RegistrationFault.LENGTH: not SHORTEST <= len(new) <= LONGEST,
        RegistrationFault.CHARACTERS: not _ALLOWED.fullmatch(new),
    }


def _told(checks: dict[RegistrationFault, bool]) -> Faults:
    return tuple(fault for fault, broken in checks.items() if broken)
