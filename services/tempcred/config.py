"""What an operator can set for tempcred."""

from __future__ import annotations

from chassis.store_config import StoreConfig


class TempcredConfig(StoreConfig):
    """Read from `HIKARI_<NAME>`. The key also wraps what is keyed in during a call."""
