"""What auth asks of whoever looks after one-time passwords, in auth's own words (LOGIN-7, OTP-9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from contracts.auth.logins import Stage
from contracts.base import Role


@dataclass(frozen=True)
class LoginUnderWay:
    """Who is asked about."""

    login_id: UUID
    assignment_id: UUID
    generation: int
    """The credential's `otp_generation`."""
    number: str
    contract_number: str
    role: Role


@dataclass(frozen=True)
class Lock:
    """What was guessed at wrongly too often, and how often."""

    factor: str
    """`otp` or `confirmation`."""
    mismatches: int


@dataclass(frozen=True)
class Demand:
    """What is still asked of a login."""

    stage: Stage
    """`COMPLETE` where nothing is."""
    registered: bool
    """Whether one-time passwords are in use and fully registered (MENU-1)."""
    lock: Lock | None = None
    """The login is over (OTP-9)."""


class SecondFactor(Protocol):
    """Raises `Unavailable` and the like where it cannot be asked, and `NoSession` where the number was removed."""

    def demand(self, login: LoginUnderWay, /) -> Demand:
        """How this login stands."""

    def complete(self, login: LoginUnderWay, /) -> bool:
        """Told before a login is completed: its counts return to 0 (LOGIN-4).

        False, and nothing was done, where the one-time password has to be given after all.
        """
