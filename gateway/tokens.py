"""Bearer tokens: whose they are, how long they must be, and how often one may be wrong (TEMP-11, AUDIT-4)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from contracts.base import Secret

SHORTEST = 32
"""Characters. Who guesses meets nothing but this: there is no lock on a token."""
NAMELESS = "operator"


def _long_enough(secret: str) -> None:
    if len(secret) < SHORTEST:
        raise ValueError(f"needs at least {SHORTEST} characters of randomness")


def _a_token(token: Secret) -> Secret:
    _long_enough(token.reveal().strip())
    return token


def _operators_tokens(tokens: Secret) -> Secret:
    each = list(split_tokens(tokens))
    if not each:
        raise ValueError("is empty: nobody could operate the site")
    for _, _, secret in each:
        _long_enough(secret)
    return tokens


Token = Annotated[Secret, AfterValidator(_a_token)]
OperatorsTokens = Annotated[Secret, AfterValidator(_operators_tokens)]


def split_tokens(tokens: Secret) -> Iterator[tuple[str, str, str]]:
    """Each operator's name, whole token, and what is secret in it."""
    for token in filter(None, map(str.strip, tokens.reveal().split(","))):
        name, stop, secret = token.partition(".")
        yield (name, token, secret) if stop and name else (NAMELESS, token, token)


class Operators:
    """Who may operate the site: the tokens of `HIKARI_OPS_TOKEN`, separated by commas.

    A token may begin with the operator's name and a full stop, `hanako.3f9a…`; the audit trail then tells them apart.
    The whole of it is what is sent.
    """

    def __init__(self, tokens: Secret) -> None:
        self._names = {_digest(token): name for name, token, _ in split_tokens(tokens)}

    def behind(self, authorization: str) -> str | None:
        """The name of the operator who sent this `Authorization` header, or None."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        given, found = _digest(token.strip()), None
        for digest, name in self._names.items():  # all of them, so that time tells nothing
            if hmac.compare_digest(given, digest):
                found = name
        return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
