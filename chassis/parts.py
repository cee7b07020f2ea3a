"""Large values in parts, each sealed under a key of the value's own, bound to its value and place (ARCHITECTURE: files).

Whoever holds the value's key sealed under a subject's key erases the value with the subject.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.personal_data import NONCE_BYTES

KEY_BYTES = 32


def new_key() -> str:
    """A value's own key, as text that can be sealed."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def seal_part(key: str, content: bytes, context: str) -> bytes:
    """AES-256-GCM. `context` names the value and the part's place in it, so that no part stands for another."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(base64.b64decode(key)).encrypt(nonce, content, context.encode())


def open_part(key: str, sealed: bytes, context: str) -> bytes:
    """The part that `seal_part` sealed. Raises `InvalidTag` for any other."""
    return AESGCM(base64.b64decode(key)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())


def in_parts(content: bytes, size: int) -> Iterator[bytes]:
    """Slices of `size` bytes; the last may be shorter, and there is at least one."""
    for start in range(0, max(len(content), 1), size):
        yield content[start : start + size]


def to_text(content: bytes) -> str:
    """A part as it crosses services."""
    return base64.b64encode(content).decode()


def from_text(text: str) -> bytes:
    """What `to_text` wrote. Raises ValueError."""
    return base64.b64decode(text, validate=True)
