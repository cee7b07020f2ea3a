"""Setting a new password, forced or wished for (PWD)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from contracts.auth.logins import Stage
from contracts.base import Message, Refusal, Secret
from contracts.phone import PhoneNumber


class PasswordFault(StrEnum):
    """The rules that a new password can break (PWD-1..4)."""

    LENGTH = "length"
    CHARACTERS = "characters"
    NO_LETTER = "no_letter"
    NO_DIGIT = "no_digit"
    SAME_AS_PRESENT = "same_as_present"
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    CONTAINS_NUMBER = "contains_number"
    NOT_REPEATED = "not_repeated"
    """The second entry differs from the first."""


class ChangePassword(Message):
    """Set a new password, giving the present one (PWD-5). Also ends the forced change of a login (LOGIN-5).

    `number` is the number whose password is changed; the login's own unless an administrator names another (PWD-6).
    `new_session_key` replaces the session's key where the password is the login's own, so that a key known before the
    change is worth nothing after it.
    """

    attempt_id: UUID
    session_key: str
    new_session_key: str
    present: Secret
    new: Secret
    repeated: Secret | None = None
    """The new one as it was typed the second time, where a person typed it."""
    number: PhoneNumber | None = None


class PasswordChanged(Message):
    """`number` has its new password. After a forced change the login is now at `stage`."""

    number: str
    stage: Stage


class PasswordRejected(Refusal):
    """Nothing was changed. Every broken rule is named (PWD-9); a wrong present password was counted (PWD-5)."""

    class Details(Message):
        present_wrong: bool
        faults: tuple[PasswordFault, ...]

    details: Details


class PasswordVoid(Refusal):
    """Nothing was changed: the present password became void meanwhile (locked, 24 h over, unit no longer allowed)."""
