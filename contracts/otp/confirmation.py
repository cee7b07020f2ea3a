"""The confirmation ID and password (OTP-10, OTP-13)."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.otp.common import Login
from contracts.otp.registration import RegistrationFault


class CheckConfirmationPair(Message):
    """Prove oneself before the address is changed without a one-time password (OTP-10)."""

    attempt_id: UUID
    login: Login
    confirmation_id: Secret
    confirmation_password: Secret


class ConfirmationMismatch(Refusal):
    """Wrong; which of the two is not told."""


class ChangeConfirmation(Message):
    """Replace the confirmation ID, or the confirmation password, by giving the present one (OTP-13)."""

    attempt_id: UUID
    login: Login
    present: Secret
    new: Secret
    repeated: Secret | None = None
    """The new one as it was typed the second time, where a person typed it."""


class ConfirmationRejected(Refusal):
    """Nothing was changed. A wrong present one was counted (OTP-9)."""

    class Details(Message):
        present_wrong: bool
        faults: tuple[RegistrationFault, ...]

    details: Details
