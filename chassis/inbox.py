"""A queue that others outside fill: `@inbox("network.events")` over a method that works through one message at a time.

A message is acknowledged when the method has returned, which is after everything was recorded; after a crash it comes
again, so the method must know repeats. What can be read by nobody goes to the queue `<name>.rejected`; what fails for
another reason is tried again, after a pause. Off in the embedded mode: its broker can be reached by nobody outside.
"""

from __future__ import annotations

from typing import Any

import eventlet
from kombu.entity import Exchange, Queue
from nameko.amqp.publish import Publisher
from nameko.messaging import Consumer

from chassis.embedded import SCHEME
from chassis.rpc import Consuming
from chassis.telemetry import log

PAUSE = 1.0
"""Seconds before a message that failed is given back: whatever is away may be there again by then."""


class Unreadable(Exception):
    """The message says nothing that can be understood, now or later. Only the kind of fault is told, never its content."""


class Inbox(Consumer):
    """The queue is bound to an exchange of the same name, so that whoever may publish there needs no other right."""

    queue_consumer = Consuming()

    def __init__(self, name: str) -> None:
        exchange = Exchange(name, type="fanout", durable=True)  # type: ignore[no-untyped-call]
        queue = Queue(name, exchange, durable=True)  # type: ignore[no-untyped-call]
        super().__init__(queue, requeue_on_error=True, expected_exceptions=(Unreadable,))
        self._rejected = Queue(f"{name}.rejected", durable=True)  # type: ignore[no-untyped-call]

    @property
    def _is_on(self) -> bool:
        return not self.container.config["AMQP_URI"].startswith(SCHEME)

    def setup(self) -> None:
        if self._is_on:
            super().setup()

    def stop(self) -> None:
        if self._is_on:
            super().stop()

    def handle_message(self, body: Any, message: Any) -> None:
        message.given = body
        super().handle_message(body, message)

    def handle_message_processed(self, message: Any, _result: Any = None, exc_info: Any = None) -> None:
        """Acknowledge, put aside, or give back."""
        if exc_info is None:
            self.queue_consumer.ack_message(message)
        elif isinstance(exc_info[1], Unreadable):
            self._put_aside(message, str(exc_info[1]))
        else:
            log.warning("a message has to wait", queue=self.queue.name, reason=type(exc_info[1]).__name__)
            self._give_back(message)

    def _put_aside(self, message: Any, reason: str) -> None:
        log.warning("a message cannot be read", queue=self.queue.name, reason=reason)
        publisher = Publisher(self.container.config["AMQP_URI"], serializer="json", declare=[self._rejected])
        try:
            publisher.publish(message.given, exchange="", routing_key=self._rejected.name, headers={"reason": reason})
        except Exception as failure:  # noqa: BLE001  # whatever it was, the message must not be lost
            log.warning("it could not be put aside", queue=self.queue.name, reason=type(failure).__name__)
            self._give_back(message)
        else:
            self.queue_consumer.ack_message(message)

    def _give_back(self, message: Any) -> None:
        eventlet.sleep(PAUSE)
        self.queue_consumer.requeue_message(message)


inbox = Inbox.decorator
