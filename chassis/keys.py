"""Keys for each purpose, derived from the one key that a service is given (`HIKARI_KEY`)."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def parse_key(text: str) -> bytes:
    """32 bytes written as 64 hexadecimal digits or as base64. Raises ValueError without repeating the text."""
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("expected 32 random bytes as 64 hexadecimal digits or as base64")
    return key


def derive(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for `purpose` (`hikari/personal/auth`), by HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)
