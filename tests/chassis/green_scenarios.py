"""What can only be seen in a process with green threads. Run by the tests beside it: prints what it saw as JSON."""

from __future__ import annotations

import chassis.green  # first

# isort: split
import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import eventlet
from greenlet import GreenletExit
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import ChannelError
from nameko.containers import ServiceContainer

import chassis.background
from chassis import memory, standalone, telemetry
from chassis.background import Background
from chassis.embedded import Transport, install
from chassis.gate import Gate
from chassis.origin import acting
from chassis.rpc import RemoteFailure
from contracts.base import Nothing, Origin, Secret, Unavailable
from tests.chassis.echo import Ask, EchoApi, EchoService, Memory, NotLiked, RelayApi, RelayService

URL = install()
BROKER: Any = Transport.broker
asking: Any = standalone.asking  # looked at from inside
KEY = "ab" * 32


def start(service, key=KEY):
    container = ServiceContainer(service, {"AMQP_URI": URL, "HIKARI": {"HIKARI_KEY": key}, "max_workers": 50})
    container.start()
    return container


@contextmanager
def running(*services):
    containers = [start(service) for service in services]
    yield
    for container in containers:
        container.stop()


def waiting_replies(remote):
    return len(remote._exchange.__self__.replies._reply_events)


def parallel():
    with running(EchoService), asking(URL, "echo", EchoApi) as echo:
        pool = eventlet.GreenPool(100)
        texts = [str(n) for n in range(500)]
        answers = [told.text for told in pool.imap(lambda text: echo.echo(Ask(text=text)), texts)]
        return {"right": answers == texts, "left": waiting_replies(echo)}


def refusal():
    with running(EchoService), asking(URL, "echo", EchoApi) as echo:
        try:
            echo.refuse(Ask(text="no"))
        except NotLiked as refused:
            return {"text": refused.details.text}


def missed_deadline():
    with running(EchoService), asking(URL, "echo", EchoApi, timeout=0.3) as echo:
        echo.echo(Ask())
        try:
            echo.slow(Ask(seconds=0.6))
        except Unavailable as unavailable:
            left = waiting_replies(echo)
            eventlet.sleep(0.6)  # the late reply arrives and finds nobody
            return {"service": unavailable.service, "left": left, "still": echo.echo(Ask(text="well")).text}


def late_request():
    with running(EchoService), asking(URL, "echo", EchoApi) as echo:
        echo.echo(Ask())
        exchange = echo._exchange
        echo._exchange = lambda method, payload, seconds: exchange(method, payload | {"until": 1.0}, seconds)
        try:
            echo.slow(Ask())
        except Unavailable:
            echo._exchange = exchange
            return {"asked": echo.asked(Nothing()).count}


def nested_deadline():
    with running(EchoService, RelayService), asking(URL, "relay", RelayApi, timeout=0.5) as relay:
        relaying = relay.slow(Ask(text="first"))
        seen = []
        put = BROKER.put

        def spy(queue, message, **options):
            if queue == "rpc-echo":
                seen.append(json.loads(message["body"])["args"][0]["seconds"])
            put(queue, message, **options)

        BROKER.put = spy
        relay.slow(Ask())
        return {"first": relaying.text, "granted": [seconds <= 0.5 for seconds in seen]}


def unexpected_error(log):
    telemetry.configure(file=log)
    with running(EchoService), asking(URL, "echo", EchoApi) as echo, acting(Origin(correlation_id="c" * 32)):
        try:
            echo.crash(Ask(secret=Secret("s3cretWord")))
        except RemoteFailure as failure:
            return {"told": str(failure), "log": log.read_text()}


def killed_while_working():
    first = start(EchoService)
    with asking(URL, "echo", EchoApi, timeout=20) as echo:
        echo.echo(Ask())
        call = eventlet.spawn(echo.slow, Ask(text="done by the second", seconds=0.5))
        eventlet.sleep(0.1)
        first.kill()
        second = start(EchoService)
        text = call.wait().text
        second.stop()
        return {"text": text, "asked": Memory.asked}


def wiretap():
    passed = []
    put = BROKER.put

    def tap(queue, message, **options):
        passed.append(json.dumps(message))
        put(queue, message, **options)

    BROKER.put = tap
    origin = Origin(correlation_id="d" * 32, address=Secret("192.0.2.77"))
    with running(EchoService), asking(URL, "echo", EchoApi) as echo, acting(origin):
        told = echo.echo(Ask(text="readable", secret=Secret("s3cretWord")))
    wire = "\n".join(passed)
    return {
        "arrived": told.secret.reveal(),
        "address": told.address.reveal(),
        "correlation_id": told.correlation_id,
        "tap_works": "readable" in wire,
        "leaked": "s3cretWord" in wire or "192.0.2.77" in wire,
    }


def changed_key():
    first = start(EchoService)
    with asking(URL, "echo", EchoApi) as echo:
        before = echo.echo(Ask(secret=Secret("one"))).secret.reveal()
        first.stop()
        second = start(EchoService, key="cd" * 32)
        after = echo.echo(Ask(secret=Secret("two"))).secret.reveal()
        second.stop()
        return {"before": before, "after": after}


def nobody_there():
    with asking(URL, "echo", EchoApi, timeout=3600) as echo:
        try:
            echo.echo(Ask())
        except Unavailable as unavailable:
            return {"service": unavailable.service, "left": waiting_replies(echo)}


def foreign_method():
    class Newer(EchoApi, Protocol):
        def unheard(self, request: Ask) -> Ask: ...

    with running(EchoService), asking(URL, "echo", Newer) as echo:
        try:
            echo.unheard(Ask())
        except RemoteFailure as failure:
            return {"told": str(failure)}


def what_stays():
    for _ in range(5):
        with running(EchoService, RelayService), asking(URL, "relay", RelayApi) as relay:
            relay.slow(Ask())
    return {
        "queues": sorted(BROKER.queues),
        "messages": sum(map(len, BROKER.queues.values())),
        "listeners": sum(map(len, BROKER.listeners.values())),
        "bindings": len(BROKER.state.bindings),
        "table": len(BROKER.state.exchanges["nameko-rpc"]["table"]),
    }


def killed_at_the_gate(when):
    """One is inside, one waits before the door and is killed: before it is called, or called and not yet gone in."""
    gate, killed = Gate(at_work=1, waiting=5), []

    def wait():
        try:
            with gate.entered(timeout=60):
                killed.append("entered")
        except GreenletExit:
            killed.append("killed")
            raise

    inside = gate.entered()
    inside.__enter__()
    waiter = eventlet.spawn(wait)
    eventlet.sleep(0.01)
    if str(when) == "while_waiting":
        waiter.kill()
    inside.__exit__(None, None, None)
    waiter.kill()
    with gate.entered(timeout=0.1):
        return {"killed": killed == ["killed"], "entered": True, "queue": len(gate._queue)}


def idle():
    class Quiet(EchoService):
        ticks: Any = None

    with running(Quiet, RelayService):
        before = time.process_time()
        eventlet.sleep(2)
        return {"busy": time.process_time() - before}


def give_way():
    """Two pieces of work that wait for one another: both threads are at it, at a low priority, beside green threads."""
    original = eventlet.patcher.original("threading")
    gave_back = original.Semaphore(0)
    memory.give_back, chassis.background.IDLE_SECONDS = gave_back.release, 0.01
    background, together, ticks = Background(2), original.Barrier(2, timeout=10), []

    def work():
        together.wait()
        return os.getpriority(os.PRIO_PROCESS, original.get_native_id())

    def tick():
        while True:
            ticks.append(True)
            eventlet.sleep(0)

    ticking = eventlet.spawn(tick)
    found = [eventlet.spawn(background.run, work) for _ in range(2)]
    theirs = [one.wait() for one in found]
    ticking.kill()
    try:
        background.run(int, "no number")
    except ValueError as error:
        raised = str(error)
    hold = original.Event()
    killed = eventlet.spawn(background.run, hold.wait, 10)
    eventlet.sleep(0)
    killed.kill()  # while it waits: its result is nobody's
    hold.set()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    return {
        "lower": [one - own for one in theirs],
        "others went on": len(ticks) > 1,
        "raised": raised,
        "after a kill": background.run(sum, [1, 2]),
        "gave back when idle": gave_back.acquire(timeout=10),
        "own": own == os.getpriority(os.PRIO_PROCESS, original.get_native_id()),
    }


def background_work():
    with running(EchoService):
        eventlet.sleep(0.3)
    stopped_at = Memory.passes
    eventlet.sleep(0.1)
    return {
        "went_on_after_failure": stopped_at > 2,
        "closed": Memory.closed,
        "after_close": Memory.passes - Memory.passes_at_close,
    }


def queues():
    exchange = Exchange("news", type="fanout")
    seen: dict[str, list[Any]] = {"one": [], "two": []}
    with Connection(URL) as connection:
        channel = connection.channel()
        for name in seen:
            Queue(name, exchange, auto_delete=True)(channel).declare()
        producer = connection.Producer()
        producer.publish("first", exchange=exchange, serializer="json")
        producer.publish("gone", exchange=exchange, serializer="json", expiration=0.001)
        producer.publish("second", exchange=exchange, serializer="json")
        eventlet.sleep(0.01)

        def take(body, message):
            name = message.delivery_info["queue"]
            seen[name].append((body, message.delivery_info.get("redelivered", False)))
            if name == "one" and len(seen["one"]) == 1:
                message.requeue()
            else:
                message.ack()

        with connection.Consumer([Queue("one", exchange), Queue("two", exchange)], callbacks=[take], channel=channel):
            for _ in range(5):
                connection.drain_events(timeout=1)
        try:
            producer.publish("x", exchange=exchange, mandatory=True)
            refused = False
        except ChannelError as error:
            refused = "NO_ROUTE" in str(error)
    return {**seen, "unroutable_refused": refused, "left": sorted(BROKER.queues)}


if __name__ == "__main__":
    scenario, *paths = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[scenario](*map(Path, paths))) + "\n")
