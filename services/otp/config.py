"""What an operator can set for otp."""

from __future__ import annotations

from chassis.hashing import HashingConfig
from chassis.mail_config import MailConfig
from chassis.store_config import StoreConfig


class OtpConfig(MailConfig, HashingConfig, StoreConfig):
    """Read from `HIKARI_<NAME>`. The key also wraps the secrets of one-time passwords. Recipients must let the domain of
    `mail_from` in (OTP-2).
    """
