"""Choosing, registering provisionally, and the operator's reset (OTP-1, OTP-2, OTP-10, OTP-12, OTP-15)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.otp.common import Holder, Login, OtpUse


class ChooseUse(Message):
    """Use it or not (OTP-1, OTP-12). Turning it off deletes the registration; turning it on begins one."""

    login: Login
    use: Literal[OtpUse.USED, OtpUse.NOT_USED]


class RegistrationFault(StrEnum):
    """The rules that what is registered can break (OTP-4, OTP-5)."""

    LENGTH = "length"
    CHARACTERS = "characters"
    ONLY_UPPER = "only_upper"
    ONLY_LOWER = "only_lower"
    ONLY_DIGITS = "only_digits"
    NO_LETTER = "no_letter"
    NO_DIGIT = "no_digit"
    NOT_REPEATED = "not_repeated"
    """The second entry differs from the first."""


class CheckRegistration(Message):
    """Tell what is wrong with what would be registered, before the person confirms it. Changes nothing."""

    address: Secret
    confirmation_id: Secret | None = None
    confirmation_password: Secret | None = None
    """Neither where only the address is to be changed."""


class Register(Message):
    """Register provisionally (OTP-2): a link goes to the address. A newer one voids the older (OTP-3)."""

    registration_id: UUID
    """Repeating it sends no second mail."""
    login: Login
    address: Secret
    confirmation_id: Secret
    confirmation_password: Secret


class ChangeAddress(Message):
    """Register a new address provisionally (OTP-10). Until its link was used the old one stays in force (OTP-11)."""

    registration_id: UUID
    login: Login
    address: Secret


class ProvisionallyRegistered(Message):
    """The link is on its way."""

    address: str
    """Masked."""
    expires_at: datetime


class RegistrationRejected(Refusal):
    """Nothing was registered. Every broken rule is named, field by field."""

    class Details(Message):
        address_invalid: bool
        confirmation_id: tuple[RegistrationFault, ...] = ()
        confirmation_password: tuple[RegistrationFault, ...] = ()

    details: Details


class ResetOtp(Message):
    """An operator takes back choice and registration (OTP-15); the holder chooses again at the next login."""

    holder: Holder
    reason: str
    """What the operator was told; kept sealed, shown in the audit trail."""
