"""What waits in the browser's cookie so that only the site can read it, and only for the login that typed it.

The cookie of the forms is signed and not encrypted: whoever has the browser in hand can read it. What was typed into
an ordinary field belongs back in that field, and may be a secret that was meant for another one.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from gateway import here

LASTS = 30 * 60
"""Seconds; as long as a login may be idle."""


def box(purpose: str) -> Fernet:
    """Another one for each purpose and login."""
    key = here.config().subkey(f"{purpose} of login {here.logged_in().login_id}")
    return Fernet(base64.urlsafe_b64encode(key))


def seal(typed: object) -> str:
    """Anything that JSON can have, made small first: a cookie holds 4 KiB."""
    return _box().encrypt(zlib.compress(json.dumps(typed, ensure_ascii=False).encode())).decode()


def unseal(sealed: object) -> Any:
    """What was sealed; None where it is too old, of another login, or none at all."""
    if not isinstance(sealed, str):
        return None
    try:
        return json.loads(zlib.decompress(_box().decrypt(sealed, ttl=LASTS)))
    except InvalidToken:
        return None


def _box() -> Fernet:
    return box("typed")
