"""How far a holder and a login have come (LOGIN-7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.base import Message
from contracts.otp.common import Factor, Login, MailState, OtpUse


class StandingQuery(Message):
    login: Login


class ChallengeView(Message):
    """The one-time password of this login that is in force."""

    challenge_id: UUID
    expires_at: datetime
    """OTP-6"""
    seconds_left: int
    tries_left: int
    """OTP-7"""
    mail: MailState


class LinkMail(Message):
    """The newest link that was mailed and not used yet, while it is valid (OTP-2)."""

    address: str
    """Masked."""
    expires_at: datetime
    mail: MailState


class Standing(Message):
    """How far the holder and this login have come (LOGIN-7)."""

    use: OtpUse
    registered: bool
    """Fully, by the mailed link. In use but not registered: back to 仮登録 (OTP-14)."""
    address: str | None
    """The address in force, masked; none while it is not registered."""
    matched: bool
    """Whether this login has given its one-time password."""
    confirmed: bool
    """Whether this login has given the confirmation ID and password (OTP-10)."""
    challenge: ChallengeView | None = None
    link: LinkMail | None = None
    locked: Factor | None = None
    """What was guessed at wrongly ten times in this generation (OTP-9): the login is over, and auth locks the password."""
    mismatches: int = 0
    """How many consecutive ones there were where it is locked."""


class LoginIsComplete(Message):
    """Told by auth: the counts of mismatches return to 0 (LOGIN-4)."""

    login: Login
