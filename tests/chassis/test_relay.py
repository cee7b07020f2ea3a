"""What was recorded reaches RabbitMQ: all of it, in order for each line, whatever fails (EVENT-2, EVENT-3)."""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.messaging import Consumer

from chassis.outlet import STREAM, STREAM_ARGUMENTS, Outlet, OutletBroken
from chassis.relay import LEASE, POSITION, Relay, batches
from contracts.base import Envelope
from deploy.rabbitmq import PrivateRabbitmq
from tests.chassis.telling import Note, Notebook
from tests.databases import migrate

_names = itertools.count(1)


# --- what may be on its way together (no broker) -------------------------------------------------------------------


def envelope(position: int, line: str | None, number: str | None) -> Envelope:
    return Envelope(
        id=f"id-{position}",
        type="hikari.notebook.NoteWritten.v1",
        source="/services/notebook",
        subject=number,
        time=datetime(2026, 4, 1, tzinfo=UTC),
        sequence=f"{position:020d}",
        partitionkey=line,
        data={},
    )


few = st.sampled_from(["A", "B", "C", None])


@pytest.mark.rule("EVENT-2")
@given(st.lists(st.tuples(few, few), max_size=30), st.integers(1, 5))
def test_nothing_overtakes_another_event_of_its_line_or_number(whose, size):
    events = [envelope(n, line, number) for n, (line, number) in enumerate(whose, start=1)]
    sent = list(batches(events, size))
    assert sorted(event.position for batch in sent for event in batch) == list(range(1, len(events) + 1))
    for batch in sent:
        keys = [key for event in batch for key in {event.partitionkey, event.subject} - {None}]
        assert len(keys) == len(set(keys)), "two of a line on their way together: the first may be refused"
    for key in "ABC":
        positions = [event.position for batch in sent for event in batch if key in (event.partitionkey, event.subject)]
        assert positions == sorted(positions)


def test_events_of_different_lines_are_sent_together():
    events = [envelope(n, f"line {n}", f"line {n}") for n in range(250)]
    assert [len(batch) for batch in batches(events)] == [100, 100, 50]


# --- over RabbitMQ -------------------------------------------------------------------------------------------------


class World:
    """One service's store and a subscriber at the broker."""

    def __init__(self, node: PrivateRabbitmq, url: str) -> None:
        self.node = node
        self.database_url = url
        self.service = f"notebook{next(_names)}"
        self.now = datetime(2026, 4, 1, tzinfo=UTC)
        self.made: list[Any] = []
        migrate(Notebook, url)
        self.book = self.new_book()
        self.exchange = Exchange(f"{self.service}.events", type="topic", durable=True)

    def new_book(self) -> Notebook:
        """As a further instance of the service has it."""
        book = Notebook(self.database_url, lambda: self.now)
        self.made.append(book)
        return book

    def new_relay(self, book: Notebook | None = None, seconds: float = 5.0) -> Relay:
        book = book or self.book
        relay = Relay(book, book.history, lambda: Outlet(self.service, self.node.url(), seconds))
        self.made.append(relay)
        return relay

    def write(self, *lines: str, draft: bool = False) -> None:
        self.book.write(*(Note.write(line, f"note {n}", draft=draft) for n, line in enumerate(lines)))

    def subscribe(self, **arguments: Any) -> Queue:
        """A queue of a subscriber's own for everything that the service tells."""
        with Connection(self.node.url()) as connection:
            queue = Queue(f"subscriber.{self.service}.{next(_names)}", self.exchange, "#", queue_arguments=arguments)
            queue(connection.channel()).declare()
        return queue

    def received(self, queue: Queue) -> list[Any]:
        """The messages in the queue."""
        with Connection(self.node.url()) as connection:
            bound = queue(connection.channel())
            return list(iter(lambda: bound.get(no_ack=True), None))

    def in_stream(self, after: int = 0) -> list[dict[str, Any]]:
        """What the stream holds of this service, at least `after` events of it."""
        found: list[dict[str, Any]] = []

        def take(body: Any, message: Any) -> None:
            message.ack()
            if message.delivery_info["exchange"] == self.exchange.name:
                found.append(body)

        with Connection(self.node.url()) as connection:
            channel = connection.channel()
            channel.basic_qos(0, 100, a_global=False)
            stream = Queue(STREAM, no_declare=True, consumer_arguments={"x-stream-offset": "first"})
            with Consumer(channel, [stream], callbacks=[take], accept=["json"]):
                while len(found) < after:
                    connection.drain_events(timeout=10)
                with suppress(TimeoutError):
                    while True:
                        connection.drain_events(timeout=0.3)
        return found

    def close(self) -> None:
        for one in reversed(self.made):
            one.close()


def first_arrivals(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({body["id"]: body for body in bodies}.values())


def bodies_of(messages: list[Any]) -> list[dict[str, Any]]:
    return [json.loads(message.body) for message in messages]


def assert_told(world: World, bodies: list[dict[str, Any]]) -> None:
    """Every public event, none extra, in order for each line by the first arrival of each id."""
    told = [json.loads(event.model_dump_json()) for event in world.book.told()]
    arrived = first_arrivals(bodies)
    for line in {event["partitionkey"] for event in [*told, *arrived]}:
        assert [one for one in arrived if one["partitionkey"] == line] == [
            one for one in told if one["partitionkey"] == line
        ]


def all_out(relay: Relay) -> None:
    while relay.pass_on():
        pass


@pytest.fixture
def world(rabbitmq: PrivateRabbitmq, store_url: str) -> Iterator[World]:
    made = World(rabbitmq, store_url)
    yield made
    made.close()


@pytest.fixture
def small_world(rabbitmq: PrivateRabbitmq, sqlite_url: str) -> Iterator[World]:
    """Where the database makes no difference."""
    made = World(rabbitmq, sqlite_url)
    yield made
    made.close()


@pytest.mark.system
@pytest.mark.rule("EVENT-2")
def test_what_was_recorded_arrives_as_it_stands_in_the_history(world: World):
    relay = world.new_relay()
    relay.pass_on()  # declares
    queue = world.subscribe()
    world.write("A", "B", "A", "C")
    all_out(relay)
    messages = world.received(queue)
    assert_told(world, bodies_of(messages))
    first, event = messages[0], world.book.told()[0]
    assert first.delivery_info["routing_key"] == "NoteWritten"
    assert first.content_type == "application/json"
    assert first.properties["message_id"] == event.id
    assert first.properties["delivery_mode"] == 2
    assert world.book.position_in(POSITION) == 4


@pytest.mark.system
@pytest.mark.rule("EVENT-1")
def test_what_services_tell_only_each_other_does_not_go_out(world: World):
    relay = world.new_relay()
    relay.pass_on()
    queue = world.subscribe()
    world.write("A", draft=True)
    world.write("B")
    world.write("C", draft=True)
    all_out(relay)
    assert [body["subject"] for body in bodies_of(world.received(queue))] == ["B"]
    assert world.book.position_in(POSITION) == 3


@pytest.mark.system
@pytest.mark.rule("EVENT-3")
def test_whoever_comes_later_reads_all_of_it_from_the_stream(small_world: World):
    small_world.write(*"ABCABC")
    all_out(small_world.new_relay())
    assert_told(small_world, small_world.in_stream(after=6))


@pytest.mark.system
@pytest.mark.rule("EVENT-2")
def test_a_crash_before_the_position_was_committed_repeats_with_the_same_ids(world: World):
    relay = world.new_relay()
    relay.pass_on()
    queue = world.subscribe()
    world.write("A", "B", "A")

    class Killed(BaseException):
        pass

    def die(**_: Any) -> None:
        raise Killed

    dying = world.new_book()
    dying.save = die  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        world.new_relay(dying).pass_on()
    world.now += LEASE + timedelta(seconds=1)
    all_out(relay)
    bodies = bodies_of(world.received(queue))
    assert len(bodies) == 6
    assert_told(world, bodies)


@pytest.mark.system
@pytest.mark.rule("EVENT-2")
def test_what_the_broker_refuses_is_sent_again_and_nothing_of_its_line_before(small_world: World):
    relay = small_world.new_relay()
    relay.pass_on()
    queue = small_world.subscribe(**{"x-max-length": 2, "x-overflow": "reject-publish"})
    small_world.write(*"ABCABCAABBCC")
    sending = threading.Thread(target=all_out, args=(relay,))
    sending.start()
    bodies: list[dict[str, Any]] = []
    while sending.is_alive():
        bodies += bodies_of(small_world.received(queue))
        sending.join(0.05)
    bodies += bodies_of(small_world.received(queue))
    assert_told(small_world, bodies)


@pytest.mark.system
def test_a_broker_that_answers_nothing_is_given_up_and_gets_all_of_it_later(small_world: World):
    relay = small_world.new_relay(seconds=0.5)
    relay.pass_on()
    queue = small_world.subscribe()
    small_world.write(*"ABAB")
    group = os.getpgid(small_world.node.pid)
    os.killpg(group, signal.SIGSTOP)
    try:
        for _ in range(2):  # on the old connection, and when it cannot make a new one
            with pytest.raises(OutletBroken):
                relay.pass_on()
    finally:
        os.killpg(group, signal.SIGCONT)
    assert small_world.book.position_in(POSITION) == 0
    all_out(small_world.new_relay(seconds=10.0))
    assert_told(small_world, bodies_of(small_world.received(queue)))


@pytest.mark.system
@pytest.mark.rule("EVENT-3")
@pytest.mark.parametrize("lost", ["stream", "exchange"])
def test_what_the_broker_has_lost_is_declared_again_before_anything_is_sent(small_world: World, lost: str):
    relay = small_world.new_relay()
    small_world.write("A")
    all_out(relay)
    with Connection(small_world.node.url()) as connection:
        channel = connection.channel()
        channel.queue_delete(STREAM) if lost == "stream" else channel.exchange_delete(small_world.exchange.name)
    small_world.write("B")
    with pytest.raises(OutletBroken):
        relay.pass_on()
    all_out(relay)
    assert [body["subject"] for body in small_world.in_stream(after=1)][-1] == "B"


@pytest.mark.system
def test_the_stream_is_kept_for_fourteen_days(small_world: World):
    small_world.new_relay().pass_on()
    with Connection(small_world.node.url()) as connection:
        connection.channel().queue_declare(STREAM, durable=True, auto_delete=False, arguments=STREAM_ARGUMENTS)
        with pytest.raises(connection.channel_errors):
            connection.channel().queue_declare(STREAM, durable=True, auto_delete=False)


# --- two instances -------------------------------------------------------------------------------------------------


@pytest.mark.system
@pytest.mark.rule("EVENT-2")
def test_of_two_instances_one_relays_at_a_time(world: World):
    world.write(*"ABCD" * 150)
    relays = [world.new_relay(world.new_book()) for _ in range(2)]
    relays[0].pass_on()
    queue = world.subscribe()
    sent = len(world.book.told()[: world.book.position_in(POSITION)])

    def work(relay: Relay) -> None:
        while world.book.position_in(POSITION) < 600:
            relay.pass_on()

    threads = [threading.Thread(target=work, args=(relay,)) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = bodies_of(world.received(queue))
    assert len(bodies) == 600 - sent, "the lease was to keep both from sending everything twice"


@pytest.mark.system
@pytest.mark.rule("EVENT-2")
def test_two_that_overlap_lose_nothing_and_keep_the_order(world: World):
    """A relay so slow that its lease ran out, at every place where it can be overtaken."""
    relay = world.new_relay()
    relay.pass_on()
    queue = world.subscribe()
    world.write(*"ABAABBCA")
    slow_book = world.new_book()
    slow = world.new_relay(slow_book)
    deliver = slow._deliver
    overtaken: list[int] = []

    def deliver_late(outlet: Outlet, events: Any) -> None:
        if len(overtaken) == 1:
            world.now += LEASE + timedelta(seconds=1)
            all_out(relay)
            world.write(*"AB")
            all_out(relay)
        overtaken.append(1)
        deliver(outlet, events)

    slow._deliver = deliver_late  # type: ignore[method-assign]
    assert not slow.pass_on(), "its position is not committed any more"
    all_out(slow)
    bodies = bodies_of(world.received(queue))
    assert len(bodies) > len(world.book.told())
    assert_told(world, bodies)
    assert world.book.position_in(POSITION) == 10


@pytest.mark.system
def test_after_a_crash_another_takes_over_when_the_lease_has_run_out(world: World):
    relay = world.new_relay()
    world.write("A")
    assert world.new_relay(world.new_book())._take_lease()  # and then it dies
    assert not relay.pass_on()
    assert world.book.position_in(POSITION) == 0
    world.now += LEASE + timedelta(seconds=1)
    all_out(relay)
    assert world.book.position_in(POSITION) == 1


def test_a_lease_is_one_instances_until_it_ends_or_is_given_back(store_url: str):
    migrate(Notebook, store_url)
    now = [datetime(2026, 4, 1, tzinfo=UTC)]
    book = Notebook(store_url, lambda: now[0])
    one, other = (Relay(book, book.history, lambda: None) for _ in range(2))  # type: ignore[arg-type, return-value]
    assert [one._take_lease(), one._take_lease(), other._take_lease()] == [True, True, False]
    now[0] += LEASE + timedelta(seconds=1)
    assert [other._take_lease(), one._take_lease()] == [True, False]
    book.close()
