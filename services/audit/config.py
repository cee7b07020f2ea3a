"""What an operator can set for audit, and whose histories it follows."""

from __future__ import annotations

from chassis.store_config import StoreConfig

SOURCES = ("auth", "tempcred", "otp", "settings", "bulk")
"""The services whose histories are followed. A further one is one more word here."""


class AuditConfig(StoreConfig):
    """Read from `HIKARI_<NAME>`."""
