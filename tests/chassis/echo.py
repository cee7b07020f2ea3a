"""A small provider and its contract, to try the messaging with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from chassis.due import Every
from chassis.origin import current_origin
from chassis.rpc import Client, Service, Uses, rpc
from contracts.base import Message, Nothing, Refusal, Secret


class Ask(Message):
    text: str = ""
    secret: Secret | None = None
    seconds: float = 0.0


class Told(Message):
    text: str
    secret: Secret | None = None
    correlation_id: str = ""
    address: Secret | None = None


class Asked(Message):
    count: int


class NotLiked(Refusal):
    class Details(Message):
        text: str

    details: Details


class EchoApi(Protocol):
    def echo(self, request: Ask) -> Told: ...
    def refuse(self, request: Ask) -> Told: ...
    def crash(self, request: Ask) -> Told: ...
    def slow(self, request: Ask) -> Told: ...
    def asked(self, request: Nothing) -> Asked: ...


class Memory:
    """Counts what was asked, over all instances of the process."""

    asked = 0
    passes = 0
    closed = 0
    passes_at_close = 0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Memory:
        assert env["HIKARI_KEY"]
        return cls()

    def tick(self) -> bool:
        Memory.passes += 1
        if Memory.passes == 1:
            raise RuntimeError("the first pass fails")
        return False

    def close(self) -> None:
        Memory.closed += 1
        Memory.passes_at_close = Memory.passes


class EchoService(Service):
    name = "echo"
    memory = Uses(Memory.from_env)
    ticks = Every(0.02, "tick", memory)

    @rpc
    def echo(self, request: Ask) -> Told:
        Memory.asked += 1
        origin = current_origin()
        return Told(
            text=request.text, secret=request.secret, correlation_id=origin.correlation_id, address=origin.address
        )

    @rpc
    def refuse(self, request: Ask) -> Told:
        raise NotLiked(text=request.text)

    @rpc
    def crash(self, request: Ask) -> Told:
        raise ValueError(f"cannot work with password={request.secret.reveal() if request.secret else ''}")

    @rpc
    def slow(self, request: Ask) -> Told:
        Memory.asked += 1
        time.sleep(request.seconds)
        return Told(text=request.text)

    @rpc
    def asked(self, request: Nothing) -> Asked:
        return Asked(count=Memory.asked)


class Relaying:
    """An application that has a client of its own."""

    def __init__(self, env: Mapping[str, str], echo: EchoApi) -> None:
        self.echo = echo


class RelayApi(Protocol):
    def slow(self, request: Ask) -> Told: ...


class RelayService(Service):
    name = "relay"
    relaying = Uses(Relaying, echo=Client("echo", EchoApi, timeout=60))

    @rpc
    def slow(self, request: Ask) -> Told:
        return self.relaying.echo.slow(request)
