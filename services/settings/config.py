"""What an operator can set for settings: the limits of the features (FEAT)."""

from __future__ import annotations

from pydantic import Field

from chassis.store_config import StoreConfig


class SettingsConfig(StoreConfig):
    """Read from `HIKARI_<NAME>`."""

    notice_addresses: int = Field(default=5, ge=1, le=50)
    """Mail addresses of one feature of a number. The carrier's published limit for call notification, fax notification
    and fault notification (FEAT-1, FEAT-2, FEAT-5)."""
    fax_days: int = Field(default=30, ge=1, le=365)
    """Days that a fax is kept. The carrier's published figure (FEAT-2)."""
    fax_count: int = Field(default=200, ge=1, le=1000)
    """Faxes in the inbox of one number. The carrier's published figure (FEAT-2)."""
    fax_pages: int = Field(default=100, ge=1, le=500)
    """Pages of one fax. The carrier's published figure (FEAT-2)."""
    fax_bytes: int = Field(default=10 * 1024 * 1024, ge=64 * 1024, le=100 * 1024 * 1024)
    """Of all faxes in the inbox of one number together, as they were received, and so of each of them. The carrier's
    published figure, 10 MB (FEAT-2)."""
    listed_numbers: int = Field(default=30, ge=1, le=500)
    """Callers in the list of a filter. The carrier publishes 30 for its selective services; taken for all (FEAT-1, FEAT-3)."""
