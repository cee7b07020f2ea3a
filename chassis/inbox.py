"""A queue that others outside fill: `@inbox("network.events")` over a method that works through one message at a time.

A message is acknowledged when the method has returned, which is after everything was recorded; after a crash it comes
again, so the method must know repeats. What can be read by nobody goes to the queue `<name>.rejected`, and so does what
has failed `TRIES` times; what cannot be done while something is away is tried until it is back. Off in the embedded
mode: its broker can be reached by nobody outside.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import eventlet
from kombu.entity import Exchange, Queue
from nameko.amqp.publish import Publisher
from nameko.messaging import Consumer

from chassis.embedded import SCHEME
from chassis.passing import PASSING
from chassis.rpc import Consuming
from chassis.telemetry import log

PAUSE = 1.0
"""Seconds before a message that failed is given back: whatever is away may be there again by then."""
TRIES = 5
"""So often a message may fail while nothing is away. Else a few such would be tried for ever and fill the prefetch."""
TRIES_HEADER = "x-hikari-tries"
KEPT_ASIDE = 14 * 24 * 3600.0
"""Seconds, and no more than so many: callers' numbers are in them, and nobody need ever look."""
MOST_ASIDE = 10_000
READABLE = ("application/json", "application/cloudevents+json")


class Unreadable(Exception):
    """The message says nothing that can be understood, now or later. Only the kind of fault is told, never its content."""


class _Taking(Consuming):
    """Gives messages as they came: where kombu cannot decode one it logs the whole of it and acknowledges it."""

    def get_consumers(self, consumer_cls: Any, _channel: Any) -> Any:
        """Called after every connection to the broker."""
        for provider in self._providers:
            take = partial(self._take, provider)
            consumer = consumer_cls(queues=[provider.queue], on_message=take, on_decode_error=take)
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def _take(self, provider: Any, message: Any, _undecodable: Exception | None = None) -> None:
        self.handle_message(provider, message.body, message)


class Inbox(Consumer):
    """The queue is bound to an exchange of the same name, so that whoever may publish there needs no other right."""

    queue_consumer = _Taking()

    def __init__(self, name: str) -> None:
        exchange = Exchange(name, type="fanout", durable=True)  # type: ignore[no-untyped-call]
        queue = Queue(name, exchange, durable=True)  # type: ignore[no-untyped-call]
        super().__init__(queue, requeue_on_error=True, expected_exceptions=(Unreadable,))
        self._rejected = Queue(  # type: ignore[no-untyped-call]
            f"{name}.rejected", durable=True, message_ttl=KEPT_ASIDE, max_length=MOST_ASIDE
        )

    @property
    def _is_on(self) -> bool:
        return not self.container.config["AMQP_URI"].startswith(SCHEME)

    def setup(self) -> None:
        if self._is_on:
            super().setup()

    def stop(self) -> None:
        if self._is_on:
            super().stop()

    def handle_message(self, _body: Any, message: Any) -> None:
        try:
            read = _read(message)
        except Unreadable as unreadable:
            self._put_aside(message, str(unreadable))
        else:
            super().handle_message(read, message)

    def handle_message_processed(self, message: Any, _result: Any = None, exc_info: Any = None) -> None:
        """Acknowledge, put aside, or try again."""
        if exc_info is None:
            self.queue_consumer.ack_message(message)
            return
        failure, tries = exc_info[1], _tries(message) + 1
        reason = type(failure).__name__
        if isinstance(failure, Unreadable):
            self._put_aside(message, str(failure))
        elif isinstance(failure, (*PASSING, OSError)):
            log.warning("a message has to wait", queue=self.queue.name, reason=reason)
            self._give_back(message)
        elif tries >= TRIES:
            self._put_aside(message, reason)
        else:
            log.warning("a message has failed", queue=self.queue.name, reason=reason, tries=tries)
            eventlet.sleep(PAUSE)
            # At the end of the queue, with its count: the broker's own requeueing would count nothing.
            self._move(message, self.queue, {TRIES_HEADER: tries})

    def _put_aside(self, message: Any, reason: str) -> None:
        log.warning("a message is put aside", queue=self.queue.name, reason=reason)
        self._move(message, self._rejected, {"reason": reason})

    def _move(self, message: Any, queue: Any, headers: dict[str, Any]) -> None:
        publisher = Publisher(self.container.config["AMQP_URI"], declare=[queue])
        encoded = isinstance(message.body, str)  # the client has decoded it, as its properties say
        try:
            publisher.publish(
                message.body.encode() if encoded else message.body or b"",
                exchange="",
                routing_key=queue.name,
                content_type=message.content_type or "application/octet-stream",
                content_encoding="utf-8" if encoded else message.content_encoding,
                headers=headers,
            )
        except Exception as failure:  # noqa: BLE001  # whatever it was, the message must not be lost
            log.warning("it could not be moved", queue=queue.name, reason=type(failure).__name__)
            self._give_back(message)
        else:
            self.queue_consumer.ack_message(message)

    def _give_back(self, message: Any) -> None:
        eventlet.sleep(PAUSE)
        self.queue_consumer.requeue_message(message)


def _read(message: Any) -> Any:
    """What the JSON says. Raises `Unreadable`."""
    if message.errors:
        raise Unreadable("compression")
    if str(message.content_type or READABLE[0]).partition(";")[0].strip().lower() not in READABLE:
        raise Unreadable("content type")
    try:
        return json.loads(message.body)
    except (ValueError, TypeError, RecursionError):
        raise Unreadable("no JSON") from None


def _tries(message: Any) -> int:
    counted = message.headers.get(TRIES_HEADER)
    return counted if isinstance(counted, int) else 0


inbox = Inbox.decorator
