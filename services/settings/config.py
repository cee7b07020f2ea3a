"""What an operator can set for settings: the limits of the features (FEAT)."""

from __future__ import annotations

from pydantic import Field

from chassis.store_config import StoreConfig


class SettingsConfig(StoreConfig):
    """Read from `HIKARI_<NAME>`."""

    notice_addresses: int = Field(default=5, ge=1, le=50)
    """Mail addresses of one feature of a number. The carrier's published limit for call notification, fax notification
    and fault notification (FEAT-1, FEAT-2, FEAT-5)."""
    listed_numbers: int = Field(default=30, ge=1, le=500)
    """Callers in the list of a filter. The carrier publishes 30 for its selective services; taken for all (FEAT-1, FEAT-3)."""
