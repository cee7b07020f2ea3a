"""Secrets on their way from one service to another, sealed to the receiver's public key (AUDIT-2).

A box opens only with the receiver's private key, only for the call it was made for, and only until that call's
deadline (give or take `CLOCKS_APART`). Whoever reads the broker's queues or traces sees random text of a length that tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from chassis.keys import derive

BLOCK = 64
"""Boxes are padded to a multiple of this many bytes, so that their size does not tell a password's length."""


CLOCKS_APART = 30.0
"""Seconds by which two machines' times of day may differ before they cannot talk."""


def is_over(until: float) -> bool:
    """Whether a moment of another machine's time of day has passed here for certain."""
    return until + CLOCKS_APART < time.time()


class WrongTransitKey(Exception):
    """The box was not sealed to this key: the sender has an outdated public key, or the box was tampered with."""


class BoxRefused(ValueError):
    """The box was opened, but its time is over or it was made for another call."""


@dataclass(frozen=True)
class TransitKey:
    """A receiver's key pair (X25519)."""

    private: PrivateKey

    @classmethod
    def derived(cls, master: bytes, service: str) -> TransitKey:
        """The service's own, the same in every instance that shares the master key."""
        return cls(PrivateKey(derive(master, f"hikari/transit/{service}")))

    @classmethod
    def throwaway(cls) -> TransitKey:
        """A random one that dies with the process."""
        return cls(PrivateKey.generate())

    @property
    def public(self) -> str:
        """The public half, base64."""
        return base64.b64encode(bytes(self.private.public_key)).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The secret in a box. Raises `WrongTransitKey`, `BoxRefused`."""
        try:
            content = json.loads(SealedBox(self.private).decrypt(base64.b64decode(sealed, validate=True)))
        except (CryptoError, binascii.Error, ValueError) as error:
            raise WrongTransitKey from error
        if content["for"] != purpose:
            raise BoxRefused("the box was made for another call")
        if is_over(content["until"]):
            raise BoxRefused("the box came too late")
        return str(content["secret"])


def seal(public: str, secret: str, purpose: str, until: float) -> str:
    """A box with the secret, base64. `purpose` names the call; `until` is its deadline in seconds since 1970."""
    content = json.dumps({"secret": secret, "for": purpose, "until": until}).encode()
    content += b" " * (-len(content) % BLOCK)
    return base64.b64encode(SealedBox(PublicKey(base64.b64decode(public))).encrypt(content)).decode()
