"""What an operator can set for the door to Asterisk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator

from chassis.config import Config
from chassis.connections import is_loopback
from contracts.base import Secret
from gateway.tokens import Token

OPEN_DOOR = (
    "HIKARI_AGI_HOST lets the network in: what callers key crosses it unencrypted between Asterisk and here. Let it be a "
    "network that carries nothing else, or a tunnel."
)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


class AgiConfig(Config):
    """Without `HIKARI_AGI_PORT` there is no such door, and nothing here is needed."""

    agi_port: int | None = Field(default=None, ge=0, le=65535)
    """FastAGI's own is 4573."""
    agi_host: str = "127.0.0.1"
    """Where to listen. The connection is not encrypted: any other address is for a network that carries nothing else."""
    agi_calls: int = Field(default=100, ge=1, le=200)
    """At a time; each is one connection. More are turned away, and the dialplan goes on."""
    ivr_token: Token
    """Of the telephone platform (TEMP-11); Asterisk has it as the global variable of the same name."""

    def cautions(self) -> Iterator[str]:
        """What an operator should be told at the start."""
        if self.agi_port is not None and not is_loopback(self.agi_host):
            yield OPEN_DOOR

    @field_validator("ivr_token")
    @classmethod
    def _readable_for_a_dialplan(cls, token: Secret, info: Any) -> Secret:
        if info.data.get("agi_port") is not None and not _PLAIN.fullmatch(token.reveal()):
            raise ValueError(
                "may have letters, digits, - and _ only: Asterisk would read other characters in its own way"
            )
        return token
