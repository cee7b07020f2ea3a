"""Logins, how far they have come, and the sessions they open (LOGIN)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.base import Message, Refusal, Role, Secret
from contracts.phone import AssignmentId, AuthUnit, PhoneNumber


class Stage(StrEnum):
    """How far a login has come (LOGIN-7)."""

    CHANGE_TEMPORARY = "change_temporary"
    """A temporary password was accepted; it must be changed before anything else (LOGIN-5)."""
    CHANGE_EXPIRED = "change_expired"
    """An expired password was accepted; it must be changed before anything else (PWD-8)."""
    SECOND_FACTOR = "second_factor"
    """The password is done with; what the otp service demands besides could not be learnt yet. Advance the login."""
    OTP_CHOICE = "otp_choice"
    """Whether one-time passwords are used was never chosen (OTP-1)."""
    OTP_REGISTRATION = "otp_registration"
    """They are to be used, and nothing is fully registered yet (OTP-14)."""
    OTP = "otp"
    """The one-time password is to be given (OTP-6), or its address changed first (OTP-10)."""
    COMPLETE = "complete"


class LogIn(Message):
    """Answer a guess. Redelivery of one `attempt_id` counts once (LOGIN-6)."""

    attempt_id: UUID
    number: PhoneNumber
    password: Secret
    session_key: str
    """SHA-256 (hex) of the token that the gateway will put into the cookie when the answer is yes."""


class LoggedIn(Message):
    stage: Stage


class InvalidCredentials(Refusal):
    """The only answer to a login that fails, whatever the reason (LOGIN-3)."""


class AdvanceLogin(Message):
    """Ask the otp service how this login stands, and act on it: the next stage, its completion, or the lock (OTP-9).

    Asked after every step with the otp service, and harmless at any time: nothing is believed that otp does not say.
    """

    session_key: str
    new_session_key: str | None = None
    """Replaces the session's key where this completes the login; none keeps it."""


class LoginAdvanced(Message):
    """Where the login stands now. Of a complete login `stage` says so, whatever else changed."""

    stage: Stage


class SessionQuery(Message):
    """Look a session up, once per browser request. `activity` is false for requests no person made (LOGIN-8)."""

    session_key: str
    activity: bool = True


class SessionView(Message):
    """The person behind a session and how far they may go."""

    session_id: UUID | None
    """The opaque public id; none while the login is not complete."""
    login_id: UUID
    """One for each login, from the accepted password to the end of its session; the otp service knows it by this."""
    assignment_id: AssignmentId
    generation: int
    """The credential's, for otp: it grows with what ends a lock, and wrong guesses are counted anew for each (OTP-9)."""
    number: str
    contract_number: str
    unit: AuthUnit | None
    """The line's unit, or for a first login the one chosen on the telephone."""
    role: Role
    stage: Stage
    otp_registered: bool = False
    """Whether one-time passwords are in use and fully registered, as auth last learnt for this login (MENU-1)."""
    expires_at: datetime
    """When the session ends if nothing more is done (LOGIN-8)."""
    seconds_left: int
    warn_seconds: int = 120
    """The page warns this long before the end."""


class SessionCause(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    SUPERSEDED = "superseded"
    LOCKED = "locked"
    TEMPORARY_SET = "temporary_set"
    PASSWORD_SET = "password_set"
    UNIT_CHANGED = "unit_changed"
    NUMBER_REMOVED = "number_removed"
    OPERATOR = "operator"


class NoSession(Refusal):
    """There is no such session, or not any more. `cause` is told where it is still known."""

    class Details(Message):
        cause: SessionCause | None = None

    details: Details


class SessionKey(Message):
    session_key: str
