"""One remote call through `chassis.rpc`, beside a bare request and reply with kombu over the same transport.

Both sides of both stand in this process, so no network and no second core helps either. The product adds models,
deadline, origin, workers, confirmed publishing and, where there is a secret, sealing; the baseline sends the same text
there and back and nothing else.
"""

# mypy: disable-error-code="no-untyped-call"
# kombu ships no types.

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import eventlet
from eventlet.event import Event
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Consumer, Producer
from nameko.containers import ServiceContainer

from benchmarks.tools.measuring import Pace, Processors, Report, Row, joint, pace, run, side_by_side
from chassis.embedded import install
from chassis.rpc import Service, rpc
from chassis.standalone import asking
from contracts.base import Message, Secret
from deploy.rabbitmq import private_rabbitmq

AT_ONCE = 32
TEXT = "0300001111" * 10


class Said(Message):
    text: str
    secret: Secret | None = None


class EchoApi(Protocol):
    def say(self, request: Said) -> Said: ...


class EchoService(Service):
    name = "echo"

    @rpc
    def say(self, request: Said) -> Said:
        return Said(text=request.text)


class Bare:
    """Request and reply as a textbook has them: one consumer that answers, one that awaits answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopping = False
        self._waiting: dict[str, Any] = {}
        self._numbers = itertools.count()
        name = f"bare-{secrets.token_hex(4)}"
        self._requests = Queue(name, durable=False, auto_delete=True)
        self._replies = Queue(f"{name}-replies", durable=False, auto_delete=True)
        ready = [Event(), Event()]
        self._threads = [
            eventlet.spawn(self._consume, self._requests, self._answer, ready[0]),
            eventlet.spawn(self._consume, self._replies, self._deliver, ready[1]),
        ]
        for one in ready:
            one.wait()
        self._connection = Connection(url)
        self._asking = Producer(self._connection.channel(), serializer="json")

    def call(self, text: str) -> str:
        number = str(next(self._numbers))
        answered = self._waiting[number] = Event()
        self._asking.publish(
            {"text": text},
            routing_key=self._requests.name,
            reply_to=self._replies.name,
            correlation_id=number,
            delivery_mode=1,
        )
        return str(answered.wait()["text"])

    def close(self) -> None:
        for thread in self._threads:
            thread.kill()
        self._connection.close()

    def _consume(self, queue: Any, work: Callable[[Any, Any, Any], None], ready: Any) -> None:
        with Connection(self._url) as connection:
            producer = Producer(connection.channel(), serializer="json")
            with Consumer(
                connection.channel(), [queue], callbacks=[lambda body, message: work(producer, body, message)]
            ):
                ready.send()
                while True:
                    connection.drain_events()

    @staticmethod
    def _answer(producer: Any, body: Any, message: Any) -> None:
        properties = message.properties
        producer.publish(
            body,
            routing_key=properties["reply_to"],
            correlation_id=properties["correlation_id"],
            delivery_mode=1,
        )
        message.ack()

    def _deliver(self, _producer: Any, body: Any, message: Any) -> None:
        message.ack()
        self._waiting.pop(message.properties["correlation_id"]).send(body)


@contextmanager
def both(url: str) -> Iterator[tuple[EchoApi, Bare]]:
    """The service with a caller, and the bare pair."""
    container = ServiceContainer(EchoService, {"AMQP_URI": url, "HIKARI": {"HIKARI_KEY": "ab" * 32}, "max_workers": 64})
    container.start()
    bare = Bare(url)
    try:
        with asking(url, "echo", EchoApi, timeout=30) as echo:
            yield echo, bare
    finally:
        bare.close()
        container.stop()


def at_once(work: Callable[[], object], seconds: float) -> Pace:
    """So many callers side by side."""
    pool = eventlet.GreenPool(AT_ONCE)
    return joint(pool.imap(lambda _: pace(work, seconds), range(AT_ONCE)))


def compare(kind: str, url: str, seconds: float, rounds: int, processors: Processors) -> list[Row]:
    """One call at a time, the same with a secret, and many at once."""
    with both(url) as (echo, bare):
        plain, secret = Said(text=TEXT), Said(text=TEXT, secret=Secret("kawa97yama"))

        def bare_call() -> object:
            return bare.call(TEXT)

        def ours() -> object:
            return echo.say(plain)

        def ours_sealed() -> object:
            return echo.say(secret)

        cases: list[tuple[str, Callable[[], Pace], Callable[[], Pace]]] = [
            ("one at a time", lambda: pace(ours, seconds), lambda: pace(bare_call, seconds)),
            ("one at a time, a secret", lambda: pace(ours_sealed, seconds), lambda: pace(bare_call, seconds)),
            (f"{AT_ONCE} at once", lambda: at_once(ours, seconds), lambda: at_once(bare_call, seconds)),
        ]
        return [
            side_by_side(f"{kind}, {case}", "calls/s", product, baseline, rounds, processors)
            for case, product, baseline in cases
        ]


def measure(small: bool) -> Report:
    """A remote call against bare kombu."""
    seconds, rounds = (0.2, 1) if small else (0.5, 15)
    report = Report("rpc_hop", "remote calls through chassis.rpc", "bare kombu request and reply")
    report.rows += compare("in memory", install(), seconds, rounds, Processors())
    with private_rabbitmq() as node:
        report.rows += compare("RabbitMQ", node.url(), seconds, rounds, Processors(servers=[node.pid]))
    return report


if __name__ == "__main__":
    run(measure)
