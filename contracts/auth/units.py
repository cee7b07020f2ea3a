"""Changing the authentication unit (UNIT)."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.phone import AuthUnit, PhoneNumber


class UnitChangeQuery(Message):
    """What a change of the line's unit asks of this login."""

    session_key: str
    most_numbers: int = 200
    """A line with more numbers is answered without them: no page has so many fields."""
    most_counted: int = 2000
    """On a line with more, nobody looks into how many have no password."""


class NumberInUnitChange(Message):
    number: str
    exempt: bool
    """Marked `*`: no password is asked for it (UNIT-1)."""


class UnitChangeForm(Message):
    """The fields of the page. Without `each_number` the login's own password is all that is asked (UNIT-2)."""

    unit: AuthUnit
    each_number: bool
    """Whether the passwords of all numbers must be given (UNIT-1)."""
    numbers: tuple[NumberInUnitChange, ...] = ()
    """The contract number first; empty where only the own password is asked, and where `total` is more than was asked
    for."""
    total: int = 0
    """How many numbers the line has."""
    blocked: bool = False
    """Some number has to get a password before the unit can be changed; which one is not said (LOGIN-3). Not looked
    into where the numbers are left out for being too many."""
    large_line: bool = False
    """UNIT-8"""
    without_password: int | None = None
    """How many numbers that could log in for themselves have nothing valid to log in with. Looked into where each number would
    keep what it has (UNIT-5) and the line has no more than `most_counted`; else None."""


class PasswordOfNumber(Message):
    """A number's present password as it was typed. Redelivery of one `attempt_id` counts once."""

    number: PhoneNumber
    attempt_id: UUID
    password: Secret


class ChangeUnit(Message):
    """Put another unit in force, giving the own password, or from `NUMBER` those of all numbers (UNIT-1, UNIT-2)."""

    session_key: str
    new_session_key: str
    """Replaces the session's key where the session goes on."""
    to: AuthUnit
    passwords: tuple[PasswordOfNumber, ...]


class UnitChanged(Message):
    unit: AuthUnit
    log_in_number: str
    """The number to log in with from now on (UNIT-6)."""
    session_goes_on: bool
    """False for an additional number that changed the unit to `LINE`: it cannot log in any more (UNIT-3)."""


class UnitChangeRefused(Refusal):
    """Nothing was changed. Each wrong password was counted as a mismatch of its number (UNIT-9)."""

    class Details(Message):
        wrong: tuple[str, ...] = ()
        """Numbers whose given password is not accepted, whatever the reason (LOGIN-3)."""
        missing: tuple[str, ...] = ()
        """Numbers whose password must be given and was not; then none was compared."""

    details: Details


class UnitChangeBlocked(Refusal):
    """Nothing was compared or changed: some number must have a password first (UNIT-1)."""


class AlreadyThatUnit(Refusal):
    """Nothing was changed: the line has that unit."""
