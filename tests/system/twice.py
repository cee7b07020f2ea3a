"""A broker that delivers every message once more: requests, replies, public events, what the network puts into its queue.

At least once is what a broker promises. Whoever works through a message must bear it again, at the same moment and in
another process, so for as long as this runs each is published a second time as it came.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import suppress
from typing import Any

import amqp
from kombu.connection import Connection

MARK = "tests-once-more"
"""A header of those that came by way of this."""
LOOK = 0.2
"""Seconds between two looks at whether it is enough."""


class Twice(threading.Thread):
    """Ends with `stop`."""

    def __init__(self, url: str, exchanges: list[str]) -> None:
        """`url` of a user who may read and write all these exchanges; they must be there."""
        super().__init__(daemon=True)
        self._url = url
        self._exchanges = exchanges
        self._ready, self._enough = threading.Event(), threading.Event()
        self.delivered: Counter[str] = Counter()
        """How many were delivered once more, by exchange."""

    def begin(self) -> None:
        """From now on nothing is missed."""
        self.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._enough.set()
        self.join()

    def run(self) -> None:
        with Connection(self._url) as connection, connection.channel() as channel:
            queue = channel.queue_declare(exclusive=True).queue
            for exchange in self._exchanges:
                channel.queue_bind(queue, exchange, routing_key="#")
            # Only gathered there: a publish reads what has come meanwhile, and would call back while it is called back.
            came: deque[Any] = deque()
            channel.basic_consume(queue, no_ack=True, callback=came.append)
            self._ready.set()
            while not self._enough.is_set():
                while came:
                    self._again(channel, came.popleft())
                with suppress(TimeoutError):
                    connection.drain_events(timeout=LOOK)

    def _again(self, channel: Any, message: Any) -> None:
        properties = dict(message.properties)
        headers = properties.pop("application_headers", {})
        if MARK in headers:
            return
        exchange = message.delivery_info["exchange"]
        self.delivered[exchange] += 1
        channel.basic_publish(
            amqp.Message(message.body, application_headers={**headers, MARK: True}, **properties),
            exchange=exchange,
            routing_key=message.delivery_info["routing_key"],
        )
