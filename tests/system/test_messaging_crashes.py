"""Relays and the broker killed with -9 while there is more and more to tell: nothing lost, nothing out of order (EVENT-2)."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.messaging import Consumer

from chassis.outlet import STREAM
from deploy.rabbitmq import PrivateRabbitmq
from tests.chassis.telling import Note, Notebook
from tests.system.programs import ROOT, Programs

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.rule("EVENT-2")]

SEED = 20260401
LINES = [f"03000{n:05d}" for n in range(12)]
RELAY_KILLS = 8
BROKER_KILLS = 2
PATIENCE = 90


class Subscriber(threading.Thread):
    """Someone else's program: keeps its queue through everything, and notes what arrives, repeats too."""

    def __init__(self, url: str, queue: Queue) -> None:
        super().__init__(daemon=True)
        self.received: list[dict[str, Any]] = []
        self._url = url
        self._queue = queue
        self._stop_now = threading.Event()

    @property
    def ids(self) -> set[str]:
        return {event["id"] for event in list(self.received)}

    def run(self) -> None:
        while not self._stop_now.is_set():
            with Connection(self._url, connect_timeout=2) as connection:
                try:
                    self._listen(connection)
                except (*connection.connection_errors, *connection.channel_errors):
                    time.sleep(0.2)

    def _listen(self, connection: Connection) -> None:
        channel = connection.channel()
        channel.basic_qos(0, 50, a_global=False)
        with Consumer(channel, [self._queue], callbacks=[self._take], accept=["json"]):
            while not self._stop_now.is_set():
                try:
                    connection.drain_events(timeout=0.5)
                except TimeoutError:
                    continue

    def _take(self, event: dict[str, Any], message: Any) -> None:
        self.received.append(event)
        message.ack()

    def end(self) -> None:
        self._stop_now.set()
        self.join()


class Producer(threading.Thread):
    """Writes notes on changing lines, some public and some not, one to five in a commit."""

    def __init__(self, book: Notebook, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self._book = book
        self._chance = chance
        self._stop_now = threading.Event()

    def run(self) -> None:
        while not self._stop_now.is_set():
            count = self._chance.randint(1, 5)
            notes = [
                # Large ones lie elsewhere on the broker's disk than small ones.
                Note.write(
                    self._chance.choice(LINES),
                    "x" * self._chance.choice([10, 10, 10, 9000]),
                    draft=self._chance.random() < 0.1,
                )
                for _ in range(count)
            ]
            self._book.write(*notes)
            time.sleep(self._chance.uniform(0, 0.02))

    def end(self) -> None:
        self._stop_now.set()
        self.join()


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.end()


@pytest.fixture
def book(postgres_url: str) -> Iterator[Notebook]:
    Notebook.migrate(postgres_url)
    made = Notebook(postgres_url)
    yield made
    made.close()


def from_stream(node: PrivateRabbitmq, ids: set[str]) -> list[dict[str, Any]]:
    """What the stream holds of these, with the repeats."""
    found: list[dict[str, Any]] = []

    def take(event: dict[str, Any], message: Any) -> None:
        message.ack()
        if message.delivery_info["exchange"] == "notebook.events":
            found.append(event)

    with Connection(node.url()) as connection:
        channel = connection.channel()
        channel.basic_qos(0, 200, a_global=False)
        stream = Queue(STREAM, no_declare=True, consumer_arguments={"x-stream-offset": "first"})
        with Consumer(channel, [stream], callbacks=[take], accept=["json"]):
            while not ids <= {event["id"] for event in found}:
                connection.drain_events(timeout=10)
    return found


def by_line(events: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """In the order of first arrival."""
    first: dict[str, dict[str, Any]] = {}
    for event in events:
        first.setdefault(event["id"], event)
    return {line: [event for event in first.values() if event["partitionkey"] == line] for line in LINES}


def test_every_stored_event_reaches_subscribers_in_order_through_kills_of_relays_and_broker(
    rabbitmq: PrivateRabbitmq, postgres_url: str, book: Notebook, programs: Programs
):
    chance = random.Random(SEED)
    queue = Queue("subscriber.crashes", Exchange("notebook.events", type="topic", durable=True), "#", durable=True)
    with Connection(rabbitmq.url()) as connection:
        queue(connection.channel()).declare()

    def new_relay() -> subprocess.Popen[str]:
        program = str(ROOT / "tests" / "system" / "notebook_process.py")
        return programs.start(program, rabbitmq.url("notebook"), postgres_url)

    subscriber, producer = Subscriber(rabbitmq.url(), queue), Producer(book, chance)
    relays = [new_relay(), new_relay()]
    subscriber.start()
    producer.start()
    kills = ["relay"] * RELAY_KILLS + ["broker"] * BROKER_KILLS
    chance.shuffle(kills)
    for victim in kills:
        seen = len(subscriber.received)
        awaited = time.monotonic() + PATIENCE
        while len(subscriber.received) < seen + 50 and time.monotonic() < awaited:  # something is under way
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))
        if victim == "broker":
            rabbitmq.kill()
            rabbitmq.start()
        else:
            place = chance.randrange(2)
            relays[place].kill()
            relays[place].wait()
            relays[place] = new_relay()
    producer.end()
    told = [json.loads(event.model_dump_json()) for event in book.told()]
    wanted = {event["id"] for event in told}
    awaited = time.monotonic() + PATIENCE
    while not wanted <= subscriber.ids and time.monotonic() < awaited:
        time.sleep(0.1)
    subscriber.end()

    assert len(told) > RELAY_KILLS * 50
    assert subscriber.ids == wanted, "none missing, none extra"
    assert by_line(subscriber.received) == by_line(told)
    assert len(subscriber.received) > len(told), "kills came between confirm and commit, or the test proves little"
    streamed = from_stream(rabbitmq, wanted)
    assert {event["id"] for event in streamed} == wanted
    assert by_line(streamed) == by_line(told)
