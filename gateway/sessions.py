"""The session cookie: a random token that only the browser and, for the length of a request, the gateway know.

auth is told the token's SHA-256 only, so whoever reads the broker or the database cannot take a session over.

SameSite is Lax, not Strict: a link in one of our own mails must find the login that is under way in the same browser
(OTP-2). Lax sends the cookie with top-level GETs only, and no GET changes anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from flask import request
from werkzeug.wrappers import Response

from gateway import here

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_name(name: str, *, secure: bool) -> str:
    """Behind TLS the `__Host-` prefix, which keeps neighbouring hosts and plain HTTP from planting a cookie."""
    return f"__Host-{name}" if secure else name


def new_token() -> str:
    """32 random bytes, as 43 characters."""
    return secrets.token_urlsafe(32)


def renewed_token(token: str, form_secret: str) -> str:
    """The token that follows `token` when this very form is accepted.

    Derived, so that the same form sent twice (a double click whose first answer got lost) arrives at the same
    session. Whoever knows the former token, but not the random value inside the form, is not a step further.
    """
    derived = hmac.digest(here.config().subkey("renewed token"), f"{token} {form_secret}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def session_key(token: str) -> str:
    """What auth knows the session by: SHA-256 of the token, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def present_token() -> str | None:
    """The token in the browser's cookie; None where there is none or it is none of ours."""
    token = request.cookies.get(_name(), "")
    return token if _TOKEN.fullmatch(token) else None


def present_key() -> str:
    """The session key of the request, in views that the guard opens to people with a session only."""
    token = present_token()
    assert token is not None
    return session_key(token)


def keep(response: Response, token: str) -> None:
    """Put the token into the browser, until it is closed."""
    response.set_cookie(_name(), token, secure=here.config().secure, httponly=True, samesite="Lax", path="/")


def forget(response: Response) -> None:
    """Take the token out of the browser."""
    response.delete_cookie(_name(), secure=here.config().secure, httponly=True, samesite="Lax", path="/")


def _name() -> str:
    return cookie_name("hikari_session", secure=here.config().secure)
