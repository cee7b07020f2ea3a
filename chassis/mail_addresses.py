"""Mail addresses: whether a text can be one, its one spelling, and as much of it as others may see."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

STARS = "***"


class NotAnAddress(ValueError):
    """The text can be no mail address. It is not repeated here."""


def normalise_address(text: str) -> str:
    """The address with its domain in lower case and ASCII. Raises `NotAnAddress`.

    No server is asked whether it exists: the mailed link finds that out (OTP-2). Before the @ only ASCII is taken,
    since a mail server on the way may know nothing else.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise NotAnAddress("the text can be no mail address") from error
    assert found.ascii_email is not None  # without SMTPUTF8 there is always one
    return found.ascii_email


def masked_address(address: str) -> str:
    """`yamada@example.jp` → `y***@example.jp`: enough to recognise one's own (AUDIT-2)."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{STARS}@{domain}"
