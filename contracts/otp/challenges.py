"""The one-time password itself (OTP-6..9)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.otp.common import Factor, Login

CODE_DIGITS = 6
"""OTP-7"""


class RequestChallenge(Message):
    """Mail a new one-time password (OTP-6); an older one is void from now on. Repeating it sends no second mail."""

    challenge_id: UUID
    login: Login


class ChallengeIssued(Message):
    challenge_id: UUID
    address: str
    """Masked."""
    expires_at: datetime


class TooManySends(Refusal):
    """OTP-8: nothing was sent; the next may be asked for after `retry_after` seconds."""

    class Details(Message):
        retry_after: int

    details: Details


class AnswerChallenge(Message):
    """A guess at the one-time password. Redelivery of one `attempt_id` counts once."""

    attempt_id: UUID
    login: Login
    code: Secret


class OtpMismatch(Refusal):
    """Wrong. With no tries left the password is void, and another has to be sent (OTP-7)."""

    class Details(Message):
        tries_left: int

    details: Details


class ChallengeCause(StrEnum):
    """Why there is no one-time password in force for this login."""

    NONE_ISSUED = "none_issued"
    EXPIRED = "expired"
    """The person logs in again (OTP-6)."""
    SUPERSEDED = "superseded"
    MISMATCHES = "mismatches"
    USED = "used"
    WITHDRAWN = "withdrawn"


class ChallengeOver(Refusal):
    """Nothing was compared."""

    class Details(Message):
        cause: ChallengeCause

    details: Details


class FactorLocked(Refusal):
    """Ten consecutive mismatches (OTP-9): nothing is compared any more in this generation.

    auth records the lock when it hears this, and again from this service's history where it did not.
    """

    class Details(Message):
        factor: Factor
        mismatches: int

    details: Details
