"""What an operator can set for auth."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from chassis.hashing import HashingConfig
from chassis.store_config import StoreConfig


class AuthConfig(HashingConfig, StoreConfig):
    """Read from `HIKARI_<NAME>`."""

    idle_minutes: float = Field(default=30, gt=2)
    """A session without activity ends after this (LOGIN-8)."""
    absolute_hours: float = Field(default=12, gt=0)
    """A session ends after this in any case (LOGIN-8)."""
    temporary_password_hours: float = Field(default=24, gt=0)
    """TEMP-7"""
    password_days: int = Field(default=180, ge=0)
    """A password must be changed after this; 0: never (PWD-8)."""
    login_floor_ms: int = Field(default=150, ge=0)
    """A refused login is answered no sooner than this, whatever was found (LOGIN-3)."""

    @property
    def idle(self) -> timedelta:
        """The idle limit."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        """The absolute limit."""
        return timedelta(hours=self.absolute_hours)
