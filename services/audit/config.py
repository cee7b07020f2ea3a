"""What an operator can set for audit, and whose histories it follows."""

from __future__ import annotations

from pydantic import field_validator

from chassis.config import Config
from chassis.keys import parse_key

SOURCES = ("auth", "tempcred")
"""The services whose histories are followed. A further one is one more word here."""


class AuditConfig(Config):
    """Read from `HIKARI_<NAME>`."""

    database_url: str
    key: bytes
    """32 random bytes in hexadecimal or base64; every store has one. The index seals nothing of its own."""

    @field_validator("key", mode="before")
    @classmethod
    def _parse_key(cls, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else parse_key(value)
