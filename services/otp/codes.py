"""One-time passwords: HOTP (RFC 4226) over a secret of its own for each, so that no code is ever stored (OTP-7)."""

from __future__ import annotations

import pyotp

from contracts.otp.challenges import CODE_DIGITS

_ONLY_COUNT = 0
"""Of a secret exactly one code is used."""


def new_secret() -> str:
    """160 random bits from the system's source, in base32."""
    return pyotp.random_base32()


def code_of(secret: str) -> str:
    """The six digits."""
    return pyotp.HOTP(secret, digits=CODE_DIGITS).at(_ONLY_COUNT)


def is_code_of(secret: str, text: str) -> bool:
    """Compared in constant time; full-width digits and spaces between them are what people type and paste."""
    return pyotp.HOTP(secret, digits=CODE_DIGITS).verify("".join(text.split()), _ONLY_COUNT)
