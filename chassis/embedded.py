"""A message broker inside the process, for the mode in which no server is installed.

A kombu transport: nameko believes that it speaks to RabbitMQ. Messages are handed over through memory between green
threads; a consumer sleeps until a publish wakes it. Nothing outlives the process, which loses nothing: RPC requests
are worthless after their deadline, and whatever must survive is in the event stores.
"""

# mypy: disable-error-code="no-untyped-call, override"
# kombu's emulation is typed in parts only, and narrows its parameters from class to class.

from __future__ import annotations

import time
from collections import deque
from queue import Empty
from typing import Any

from eventlet.event import Event
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, virtual

SCHEME = "hikari-memory"
URL = f"{SCHEME}://localhost//"


class Broker:
    """The queues of this process and who listens to them."""

    def __init__(self) -> None:
        self.state = virtual.BrokerState()
        self.queues: dict[str, deque[dict[str, Any]]] = {}
        self.transient: set[str] = set()
        self.listeners: dict[str, list[Transport]] = {}

    def declare(self, queue: str, *, transient: bool) -> None:
        """Make the queue if there is none. A transient one goes with its last listener, as reply queues must."""
        self.queues.setdefault(queue, deque())
        if transient:
            self.transient.add(queue)

    def put(self, queue: str, message: dict[str, Any], *, first: bool = False) -> None:
        """Store the message and wake whoever waits for it. A queue that is gone swallows it, as in AMQP."""
        waiting = self.queues.get(queue)
        if waiting is None:
            return
        self._drop_expired(waiting)
        if first:
            waiting.appendleft(message)
        else:
            waiting.append(message)
        for listener in self.listeners.get(queue, ()):
            listener.wake()

    def get(self, queue: str) -> dict[str, Any]:
        """The oldest message that has not expired. Raises `Empty`."""
        waiting = self.queues.get(queue)
        if waiting:
            self._drop_expired(waiting)
        if not waiting:
            raise Empty
        return waiting.popleft()

    @staticmethod
    def _drop_expired(waiting: deque[dict[str, Any]]) -> None:
        now = time.time()
        while waiting and waiting[0].get("expires", now) < now:
            waiting.popleft()

    def delete(self, queue: str) -> None:
        """Forget the queue, its messages and its bindings."""
        self.queues.pop(queue, None)
        self.transient.discard(queue)
        self.state.queue_bindings_delete(queue)
        for exchange in (self.state.exchanges or {}).values():
            exchange["table"][:] = [binding for binding in exchange["table"] if binding[2] != queue]


class Channel(virtual.Channel):
    """kombu's AMQP emulation over the one `Broker` of the process."""

    do_restore = True
    """A worker that dies leaves its message unacknowledged; it is delivered again."""
    supports_fanout = True
    body_encoding = ""

    @property
    def broker(self) -> Broker:
        broker: Broker = Transport.broker
        return broker

    def prepare_message(
        self,
        body: Any,
        priority: Any = None,
        content_type: Any = None,
        content_encoding: Any = None,
        headers: Any = None,
        properties: Any = None,
    ) -> Any:
        """The content type goes into the properties too: that is where AMQP has it and nameko looks for it."""
        message = super().prepare_message(body, priority, content_type, content_encoding, headers, properties)
        message["properties"]["content_type"] = content_type
        return message

    def basic_publish(
        self, message: Any, exchange: str = "", routing_key: str = "", mandatory: bool = False, **options: Any
    ) -> Any:
        """Refuse at once what nobody would receive, as RabbitMQ does for mandatory messages."""
        if mandatory and not self._lookup(exchange, routing_key):
            raise ChannelError(f"NO_ROUTE {exchange} {routing_key}")
        return super().basic_publish(message, exchange, routing_key, **options)

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False) -> None:
        """Nothing: kombu counts by channel, so workers that wait for a reply would keep that reply from arriving.

        The size of the worker pool bounds what is done at a time.
        """

    def basic_consume(self, queue: str, *arguments: Any, **options: Any) -> None:
        super().basic_consume(queue, *arguments, **options)
        self.broker.listeners.setdefault(queue, []).append(self.connection)
        self.connection.wake()

    def basic_cancel(self, consumer_tag: str) -> None:
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        listeners = self.broker.listeners.get(queue or "", [])
        if self.connection in listeners:
            listeners.remove(self.connection)
        if queue is not None and not listeners:
            self.broker.listeners.pop(queue, None)
            if queue in self.broker.transient:
                self.broker.delete(queue)

    def queue_delete(self, queue: str, if_unused: bool = False, if_empty: bool = False, **options: Any) -> None:
        if (if_empty and self._size(queue)) or (if_unused and self.broker.listeners.get(queue)):
            return
        self.broker.delete(queue)

    def _new_queue(self, queue: str, **options: Any) -> None:
        arguments = options.get("arguments") or {}
        transient = bool(options.get("auto_delete") or options.get("exclusive") or "x-expires" in arguments)
        self.broker.declare(queue, transient=transient)

    def _has_queue(self, queue: str, **options: Any) -> bool:
        return queue in self.broker.queues

    def _queue_bind(self, *arguments: Any) -> None:
        """Bindings live in the state that all channels share; there is nothing more to tell."""

    def _size(self, queue: str) -> int:
        return len(self.broker.queues.get(queue, ()))

    def _purge(self, queue: str) -> int:
        size = self._size(queue)
        if size:
            self.broker.queues[queue].clear()
        return size

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        return self.broker.get(queue)

    def _put(self, queue: str, message: dict[str, Any], **options: Any) -> None:
        properties = dict(message["properties"])  # one message may go to several queues, and each delivery is its own
        properties["delivery_tag"] = self._next_delivery_tag()
        properties["delivery_info"] = {**properties["delivery_info"], "queue": queue}
        copy = {**message, "properties": properties}
        if properties.get("expiration"):
            copy["expires"] = time.time() + int(properties["expiration"]) / 1000
        self.broker.put(queue, copy)

    def _put_fanout(self, exchange: str, message: dict[str, Any], routing_key: str | None = None, **_: Any) -> None:
        for queue in self._lookup(exchange, routing_key):
            self._put(queue, message)

    def _restore(self, message: Any) -> None:
        """Back to the head of the queue it came from, and to no other that is bound alike."""
        raw = message.serializable()
        raw["properties"]["delivery_info"]["redelivered"] = True
        self.broker.put(raw["properties"]["delivery_info"]["queue"], raw, first=True)


class Transport(virtual.Transport):
    """A connection to the broker of the process."""

    Channel = Channel
    driver_type = "memory"
    driver_name = SCHEME
    broker = Broker()

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.state = self.broker.state
        self._sleeping: Event | None = None

    def driver_version(self) -> str:
        return "1"

    def wake(self) -> None:
        """There may be something to deliver, or to see to."""
        if self._sleeping is not None and not self._sleeping.ready():
            self._sleeping.send()

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message, sleeping until there is one or somebody wakes us. Raises `TimeoutError`.

        Nothing is lost between looking and falling asleep: green threads are switched only where they wait.
        """
        if self._deliver_one():
            return
        if not self._callbacks:
            raise TimeoutError  # nobody listens any more: nothing will come
        self._sleeping = Event()
        try:
            self._sleeping.wait(timeout)
        finally:
            self._sleeping = None
        if not self._deliver_one():
            raise TimeoutError

    def _deliver_one(self) -> bool:
        assert self.cycle is not None
        try:
            self.cycle.get(self._deliver)
        except Empty:
            return False
        return True


def install() -> str:
    """Make the transport known to kombu; the URL to connect to."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
    return URL
