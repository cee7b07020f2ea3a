"""Who is let in, and who is calling (TEMP-11).

Asterisk proves that it has the token without sending it: it is asked to hash the token together with something new, by
an expression that it evaluates itself. So the token is in no connection, no argument and no verbose log.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from uuid import uuid4

from prometheus_client import Counter

from chassis.config import load
from chassis.origin import acting, new_correlation_id
from contracts.base import Channel as Way
from contracts.base import Origin, Secret
from contracts.tempcred import TempcredApi
from gateway.agi.call import Call
from gateway.agi.config import AgiConfig
from gateway.agi.protocol import Channel, HungUp, Line, NotAgi
from gateway.throttle import TooManyAttempts, WrongTokens

log = logging.getLogger(__name__)
calls = Counter("hikari_agi_calls", "Connections from Asterisk, by what came of them.", ["outcome"])

_NOT_PRESENTED = 0x60
"""Bits of `agi_callingpres`: 0x20 the caller withholds the number, 0x40 the network has none."""


class Door:
    """The application of the service; of it there is one, and any number of calls at a time."""

    def __init__(self, config: AgiConfig) -> None:
        assert config.agi_port is not None
        self.address = (config.agi_host, config.agi_port)
        self.most = config.agi_calls
        self._token = config.ivr_token.reveal()
        for caution in config.cautions():
            log.warning(caution)
        self._wrong = WrongTokens(secrets.token_bytes(32))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Door:
        """Over the `HIKARI_*` mapping. Raises `Misconfigured`."""
        return cls(load(AgiConfig, env))

    def answer(
        self, line: Line, address: str, tempcred: TempcredApi, known: Callable[[], object] = lambda: None
    ) -> None:
        """See one connection through; `known` is called when it is Asterisk's. Whatever happens on it is no error of ours."""
        channel = Channel(line)
        told = self._let_in(channel, address)
        if told is not None:
            known()
        outcome = "refused" if told is None else self._lead(channel, told, address, tempcred)
        calls.labels(outcome).inc()

    def _let_in(self, channel: Channel, address: str) -> dict[str, str] | None:
        """What Asterisk tells of the call; None for whoever is not let in."""
        try:
            self._wrong.check(address)
            told = channel.head()
            if self._knows(channel):
                return told
            self._wrong.count(address)
            log.warning("refused: Asterisk's global variable HIKARI_IVR_TOKEN is not ours, or func_sha1 is missing")
        except (HungUp, NotAgi) as over:
            if isinstance(over.__cause__, TimeoutError):
                self._wrong.count(address)  # Asterisk is never silent: whoever is only holds a place
            log.info("a connection ended before it was known whose it is")
        except TooManyAttempts:
            log.warning("refused unheard: too many wrong tokens came from this address")
        return None

    def _knows(self, channel: Channel) -> bool:
        """Raises `HungUp`, `NotAgi`."""
        once = secrets.token_hex(16)
        given = channel.evaluated(f"${{SHA1({once}:${{HIKARI_IVR_TOKEN}})}}")
        # The hash that every Asterisk has; nothing here rests on its being hard to collide.
        expected = hashlib.sha1(f"{once}:{self._token}".encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(given.strip().lower().encode(), expected.encode())

    def _lead(self, channel: Channel, told: Mapping[str, str], address: str, tempcred: TempcredApi) -> str:
        call_id = f"agi-{uuid4().hex}"
        origin = Origin(
            channel=Way.IVR,
            correlation_id=new_correlation_id(),
            request_id=secrets.token_hex(8),
            address=Secret(address),
        )
        with acting(origin):
            at_asterisk = {"call": call_id, "uniqueid": told.get("agi_uniqueid")}
            log.info("a call began", extra=at_asterisk)
            outcome = Call(channel, tempcred, call_id).lead(caller_in(told))
            log.info("a call is over", extra={**at_asterisk, "outcome": outcome})
        return outcome


def caller_in(told: Mapping[str, str]) -> str:
    """The number that Asterisk asserts; empty where it is withheld or there is none."""
    presentation = told.get("agi_callingpres", "")
    if presentation.isdecimal() and int(presentation) & _NOT_PRESENTED:
        return ""
    number = told.get("agi_callerid", "")
    return "" if number == "unknown" else number[:64]
