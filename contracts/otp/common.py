"""Whose one-time passwords, in which login, and what any request about them may be refused for (OTP)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from contracts.base import Message, Refusal, Role
from contracts.phone import AssignmentId, PhoneNumber


class Holder(Message):
    """A number as one holder has it."""

    assignment_id: AssignmentId
    number: PhoneNumber
    contract_number: PhoneNumber


class Login(Holder):
    """The login in whose name something is asked, complete or still on its way there (LOGIN-7)."""

    login_id: UUID
    """One for each login, from the accepted password to the end of its session. What it has proved stays with it."""
    generation: int
    """As auth tells it: it counts up with what ends a lock, like a temporary password. Mismatches are counted for each anew."""
    role: Role = Role.SUBSCRIBER


class OtpUse(StrEnum):
    """利用選択."""

    UNDECIDED = "none"
    """Asked for at each login until it is made (OTP-1)."""
    NOT_USED = "not_used"
    USED = "used"


class UseCause(StrEnum):
    """How the use came to be what it is."""

    CHOICE = "choice"
    """At the login (OTP-1)."""
    CHANGE = "change"
    """By the menu (OTP-12)."""
    BULK = "bulk"
    OPERATOR_RESET = "operator_reset"


class MailState(StrEnum):
    """What has become of a mail so far."""

    ON_ITS_WAY = "on_its_way"
    """Not handed over yet; it is tried again and again while what it brings is valid."""
    SENT = "sent"
    """A mail server has taken it over."""
    FAILED = "failed"
    """Refused for good by a mail server, or too late."""


class Factor(StrEnum):
    """What was guessed at, in the words of the public event `CredentialLocked`."""

    OTP = "otp"
    CONFIRMATION = "confirmation"


class OtpNotInUse(Refusal):
    """The holder does not use one-time passwords, or has not chosen yet."""


class OtpNotRegistered(Refusal):
    """There is no full registration, so there is nothing to send to and nothing to change (OTP-10, OTP-14)."""


class OtpRegistered(Refusal):
    """There is a full registration already; its parts are changed one by one."""


class FactorMissing(Refusal):
    """The login has not given what is needed: the one-time password, or for a new address the confirmation pair."""


class HolderGone(Refusal):
    """The number was removed; this assignment of it is over (LINE-9)."""


class LoginOutdated(Refusal):
    """A newer temporary password has been seen: this login is over."""
