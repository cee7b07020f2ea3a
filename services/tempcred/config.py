"""What an operator can set for tempcred."""

from __future__ import annotations

from pydantic import field_validator

from chassis.config import Config
from chassis.keys import parse_key


class TempcredConfig(Config):
    """Read from `HIKARI_<NAME>`."""

    database_url: str
    key: bytes
    """32 random bytes in hexadecimal or base64; wraps the keys of personal data and of what is keyed in a call."""

    @field_validator("key", mode="before")
    @classmethod
    def _parse_key(cls, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else parse_key(value)
