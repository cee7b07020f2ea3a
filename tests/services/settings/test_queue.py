"""The network's events from the queue `network.events`, over a real RabbitMQ, through a kill of the service."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from amqp.exceptions import ChannelError
from kombu.connection import Connection
from kombu.entity import Queue

from contracts.settings.network import REJECTED
from deploy.rabbitmq import PrivateRabbitmq
from tests.system.programs import Programs

pytestmark = pytest.mark.system

PATIENCE = 60
CALL: dict[str, Any] = {
    "type": "IncomingCall",
    "time": "2026-04-01T18:05:00+09:00",
    "data": {"number": "0300001111", "caller": "09012345678", "outcome": "unanswered"},
}
FAX: dict[str, Any] = {
    "id": "y",
    "type": "FaxReceived",
    "time": "2026-04-01T18:05:00+09:00",
    "data": {"number": "0300001111", "document": "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
}
"""Its document was never handed over."""
NO_WORK: dict[str, Any] = {
    "id": "z",
    "type": "PlannedWork",
    "time": "2026-04-01T18:05:00+09:00",
    "data": {
        "fault": "w",
        "line": "0300001111",
        "begins_at": "2026-04-02T00:00:00+09:00",
        "ends_at": "2026-04-02T00:00:00+09:00",
    },
}


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.end()


def serve(programs: Programs, node: PrivateRabbitmq, folder: Path, log: IO[str] | None = None) -> Any:
    return programs.start(
        "-m",
        "services.settings",
        errors=log,
        HIKARI_AMQP_URL=node.url("settings"),
        HIKARI_DATABASE_URL=f"sqlite:///{folder / 'settings.sqlite'}",
        HIKARI_KEY="ab" * 32,
        HIKARI_BASE_URL="https://settings.example",
    )


def publish(node: PrivateRabbitmq, *bodies: object) -> None:
    """As the network's own user, which may do nothing else."""
    with Connection(node.url("network")) as connection, connection.Producer() as producer:
        for body in bodies:
            producer.publish(body, exchange="network.events", routing_key="", serializer="json")


def publish_as_it_is(node: PrivateRabbitmq, body: bytes, content_type: str, **headers: str) -> None:
    with Connection(node.url("network")) as connection, connection.Producer() as producer:
        producer.publish(
            body,
            exchange="network.events",
            routing_key="",
            content_type=content_type,
            content_encoding="utf-8",
            headers=headers,
        )


def await_consumer(node: PrivateRabbitmq) -> None:
    """Until the service takes from its queue."""
    deadline = time.monotonic() + PATIENCE
    with Connection(node.url()) as connection:
        while time.monotonic() < deadline:
            with suppress(ChannelError):
                if connection.channel().queue_declare("network.events", passive=True).consumer_count:
                    return
            time.sleep(0.1)
    pytest.fail("the service does not take from its queue")


def taken(folder: Path) -> set[str]:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(folder / "settings.sqlite", timeout=10)) as store:
        return {row[0] for row in store.execute("SELECT event_key FROM network_events")}
    return set()


def await_taken(folder: Path, count: int) -> set[str]:
    deadline = time.monotonic() + PATIENCE
    while len(found := taken(folder)) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def put_aside(node: PrivateRabbitmq, count: int) -> list[bytes]:
    """As they are, until so many have come."""
    found: list[bytes] = []
    deadline = time.monotonic() + PATIENCE
    with Connection(node.url()) as connection:
        queue = Queue(REJECTED, channel=connection.channel())
        while len(found) < count and time.monotonic() < deadline:
            with suppress(ChannelError):
                if (message := queue.get(no_ack=True)) is not None:
                    found.append(message.body.encode() if isinstance(message.body, str) else message.body)
                    continue
            time.sleep(0.1)
    return found


@pytest.mark.rule("FEAT-1")
def test_what_the_network_puts_into_the_queue_is_taken_once_through_a_kill_and_the_unreadable_is_put_aside(
    rabbitmq: PrivateRabbitmq, programs: Programs, tmp_path: Path
):
    service = serve(programs, rabbitmq, tmp_path)
    await_consumer(rabbitmq)
    events = [{**CALL, "id": str(number)} for number in range(200)]
    publish(rabbitmq, *events[:100], {"id": "x", "type": "IncomingCall"}, FAX, NO_WORK, *events[100:])
    await_taken(tmp_path, 20)
    service.kill()
    service.wait()
    publish(rabbitmq, *events[:50])
    serve(programs, rabbitmq, tmp_path)
    assert await_taken(tmp_path, 200) == {json.dumps(["network", str(number)]) for number in range(200)}
    rejected = sorted(map(json.loads, put_aside(rabbitmq, 3)), key=lambda message: str(message["id"]))
    assert rejected == [{"id": "x", "type": "IncomingCall"}, FAX, NO_WORK]


@pytest.mark.rule("FEAT-1", "AUDIT-2")
def test_what_cannot_be_taken_is_put_aside_whole_with_no_word_of_it_in_the_log_and_the_next_goes_through(
    rabbitmq: PrivateRabbitmq, programs: Programs, tmp_path: Path
):
    with (tmp_path / "log").open("w") as log:
        service = serve(programs, rabbitmq, tmp_path, log)
    await_consumer(rabbitmq)
    broken, packed = b'{"data": {"caller": "09012345678"', b"09012345678 is not packed"
    publish_as_it_is(rabbitmq, broken, "application/json")
    publish_as_it_is(rabbitmq, packed, "application/json", compression="application/x-gzip")
    with closing(sqlite3.connect(tmp_path / "settings.sqlite", timeout=10)) as store:
        store.execute(
            "CREATE TRIGGER refuses BEFORE INSERT ON network_events WHEN NEW.event_key LIKE '%never%' "
            "BEGIN SELECT RAISE (ABORT, 'the database takes no such value'); END"
        )
        store.commit()
    never = {**CALL, "id": "never"}
    publish(rabbitmq, {**CALL, "id": "nul\0"}, never)
    in_its_own_type = json.dumps({**CALL, "specversion": "1.0", "id": "own type"}).encode()
    publish_as_it_is(rabbitmq, in_its_own_type, "application/cloudevents+json; charset=utf-8")
    assert await_taken(tmp_path, 1) == {json.dumps(["network", "own type"])}
    aside = put_aside(rabbitmq, 4)
    assert {broken, packed} < set(aside)
    assert json.loads(aside[-1]) == never, "after some tries: it might have been the service's fault"
    with Connection(rabbitmq.url()) as connection:
        aside_for = {"x-message-ttl": 14 * 24 * 60 * 60 * 1000, "x-max-length": 10_000}
        connection.channel().queue_declare(REJECTED, durable=True, auto_delete=False, arguments=aside_for)
    service.terminate()
    service.wait()
    assert "09012345678" not in (tmp_path / "log").read_text()
