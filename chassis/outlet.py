"""A connection to RabbitMQ over which a service tells the world its events: declared, confirmed, never waiting for ever.

Topic exchange `<service>.events` (nameko's own naming), bound to the stream `hikari.events`, from which subscribers
replay (EVENT-3).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from amqp import Message
from kombu.connection import Connection
from kombu.exceptions import KombuError

from contracts.base import Envelope

STREAM = "hikari.events"
STREAM_ARGUMENTS = {"x-queue-type": "stream", "x-max-age": "14D"}
PERSISTENT = 2
SECONDS = 5.0
"""How long connecting, sending and confirming may each take. With its majority gone a cluster never answers."""


class OutletBroken(Exception):
    """The broker is away or does not do what it should. What was not confirmed may have arrived all the same."""


class Outlet:
    """One connection with one channel. Raises `OutletBroken`, also where it is made; make a new one then."""

    def __init__(self, service: str, amqp_url: str, seconds: float = SECONDS) -> None:
        self._exchange = f"{service}.events"
        self._seconds = seconds
        self._unconfirmed: dict[int, Envelope] = {}
        self._refused: list[Envelope] = []
        self._tag = 0
        # Without heartbeats: a broker that is gone shows at the next event, by the missing confirm.
        broker: Any = Connection(amqp_url, connect_timeout=seconds, heartbeat=0)  # type: ignore[no-untyped-call]
        self._failures = (KombuError, OSError, *broker.connection_errors, *broker.channel_errors)
        self._connection: Any = None
        try:
            self._connection = broker.transport.establish_connection()
            self._connection.transport.sock.settimeout(seconds)
            self._channel = self._connection.channel()
            self._declare()
        except self._failures as error:
            self.abandon()
            raise OutletBroken(f"cannot prepare: {error!r}") from error

    def _declare(self) -> None:
        channel = self._channel
        channel.exchange_declare(self._exchange, "topic", durable=True, auto_delete=False)
        channel.queue_declare(STREAM, durable=True, auto_delete=False, arguments=STREAM_ARGUMENTS)
        channel.queue_bind(STREAM, self._exchange, routing_key="#")
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(_on_return)

    def publish(self, events: Sequence[Envelope]) -> list[Envelope]:
        """Publish all and wait for their confirms; returns those that the broker refused, in their order."""
        try:
            for event in events:
                self._send(event)
            deadline = time.monotonic() + self._seconds
            while self._unconfirmed:
                self._connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))
        except self._failures as error:
            raise OutletBroken(f"{len(self._unconfirmed)} of {len(events)} events unconfirmed: {error!r}") from error
        refused, self._refused = self._refused, []
        again = {event.id for event in refused}
        return [event for event in events if event.id in again]

    def look(self) -> None:
        """Find out whether the broker has closed the connection meanwhile."""
        try:
            self._connection.drain_events(timeout=0.001)
        except TimeoutError:
            return
        except self._failures as error:
            raise OutletBroken(f"closed: {error!r}") from error

    def abandon(self) -> None:
        """Let go of it without a word to the broker, which may not be listening."""
        if self._connection is not None:
            with suppress(*self._failures):
                self._connection.collect()

    def close(self) -> None:
        """Say goodbye first."""
        with suppress(*self._failures):
            self._connection.close()
        self.abandon()

    def _send(self, event: Envelope) -> None:
        message = Message(
            event.model_dump_json().encode(),
            content_type="application/json",  # what stock nameko reads; CloudEvents' own type it would drop
            content_encoding="utf-8",
            delivery_mode=PERSISTENT,
            message_id=event.id,
            timestamp=int(event.time.timestamp()),
            type=event.type,
        )
        self._tag += 1
        self._unconfirmed[self._tag] = event
        # mandatory: if nobody at all gets it, the stream is gone, and has to be declared anew before we go on
        self._channel.basic_publish(
            message, exchange=self._exchange, routing_key=event.name, mandatory=True, timeout=self._seconds
        )

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._refused += self._settle(tag, multiple=multiple)

    def _settle(self, tag: int, *, multiple: bool) -> list[Envelope]:
        tags = [one for one in self._unconfirmed if one <= tag] if multiple else [tag]
        return [self._unconfirmed.pop(one) for one in tags if one in self._unconfirmed]


def _on_return(error: Exception, _exchange: str, routing_key: str, _message: Any) -> None:
    raise OutletBroken(f"nobody would receive {routing_key}: is the stream {STREAM} gone?") from error


def read(body: bytes | str) -> Envelope:
    """The event that a message's body is."""
    return Envelope.model_validate(json.loads(body))
