"""What every service with a store is told of it."""

from __future__ import annotations

from pydantic import field_validator

from chassis.config import Config
from chassis.keys import parse_key


class StoreConfig(Config):
    """Read from `HIKARI_DATABASE_URL` and `HIKARI_KEY`."""

    database_url: str
    """`sqlite:///absolute/path` or `postgresql://…`"""
    key: bytes
    """32 random bytes in hexadecimal or base64; wraps the keys of personal data, and of whatever else is sealed."""

    @field_validator("key", mode="before")
    @classmethod
    def _parse_key(cls, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else parse_key(value)
