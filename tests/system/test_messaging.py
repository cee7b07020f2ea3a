"""Services over a real RabbitMQ, and what others hear of them (EVENT-1..4, AUDIT-2)."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection

from deploy.rabbitmq import PrivateRabbitmq
from tests.system.firehose import Firehose, firehose
from tests.system.programs import ROOT, Lines, Programs

pytestmark = pytest.mark.system

EXAMPLES = ROOT / "docs" / "examples"
CALLER = str(ROOT / "tests" / "system" / "caller_process.py")
NUMBER = "0300001111"
SECRETS = {"temporary": "71940285", "password": "umi97sora", "wrong": "yama64kawa", "address": "192.0.2.177"}


class Journey:
    """What was seen of the one journey that the tests of this module look at."""

    def __init__(self, node: PrivateRabbitmq, folder: Path) -> None:
        self.node = node
        self.folder = folder
        self.seen: dict[str, Any] = {}
        self.caught = Firehose()
        self.handled: list[dict[str, Any]] = []

    def read_stream(self, programs: Programs, file: str) -> list[dict[str, Any]]:
        url = self.node.url("subscriber")
        program = str(EXAMPLES / "read_stream.py")
        lines = programs.run(program, url, str(self.folder / file), "--idle", "2")
        return [
            event for event in map(json.loads, lines) if event["source"] in ("/services/auth", "/services/tempcred")
        ]


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.end()


@pytest.fixture(scope="module")
def journey(rabbitmq: PrivateRabbitmq, programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Telephone, login, forced change, choice, wrong logins: over RabbitMQ, with the tracer on."""
    made = Journey(rabbitmq, tmp_path_factory.mktemp("journey"))
    env = {
        "HIKARI_KEY": secrets.token_hex(32),
        "HIKARI_PEPPER": secrets.token_hex(16),
        "HIKARI_HASH_MEMORY_KIB": "8",
        "HIKARI_HASH_PASSES": "1",
        "HIKARI_BASE_URL": "https://settings.example",
    }
    with firehose(rabbitmq) as made.caught:
        for service in ("auth", "tempcred", "otp"):
            programs.start(
                "-m",
                f"services.{service}",
                errors=None,
                HIKARI_AMQP_URL=rabbitmq.url(service),
                HIKARI_DATABASE_URL=f"sqlite:///{made.folder}/{service}.sqlite",
                **env,
            )
        programs.run(CALLER, "await_alive", rabbitmq.url(), "auth", "tempcred", "otp")
        subscriber = programs.start(
            str(EXAMPLES / "handle_events.py"), rabbitmq.url("subscriber"), str(made.folder / "handled")
        )
        handled = Lines(subscriber)
        assert handled.next() == "listening"
        (line,) = programs.run(CALLER, "journey", rabbitmq.url(), NUMBER, *SECRETS.values())
        made.seen = json.loads(line)
        made.handled = [json.loads(handled.next()) for _ in range(2)]
    return made


def test_the_journey_runs_over_rabbitmq(journey: Journey):
    assert journey.seen == {
        "ended": True,
        "stages": ["change_temporary", "otp_choice", "complete", "complete"],
        "refused": 10,
        "locked": "refused",
    }


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_readable_in_the_broker(journey: Journey, secret: str):
    assert journey.caught.holds(NUMBER), "the tracer shows what is not secret"
    assert journey.caught.holds(SECRETS[secret]) == []


@pytest.mark.rule("AUDIT-2")
def test_what_is_hidden_in_base64_or_hexadecimal_would_be_found():
    secret = SECRETS["password"].encode()
    for disguised in (
        *(base64.b64encode(b"x" * n + secret + b"yz") for n in range(6)),
        secret.hex().encode(),
        b"{" + secret + b"}",
    ):
        assert Firehose([b"before " + disguised + b" after"]).holds(SECRETS["password"])


@pytest.mark.rule("EVENT-4")
def test_a_stock_nameko_service_hears_of_it(journey: Journey):
    assert sorted((told["what"], told["number"]) for told in journey.handled) == [("locked", NUMBER), ("set", NUMBER)]


@pytest.mark.rule("EVENT-3")
@pytest.mark.rule("EVENT-4")
def test_a_new_subscriber_reads_everything_from_the_beginning(journey: Journey, programs: Programs):
    events = journey.read_stream(programs, "new.sqlite")
    names = [event["type"] for event in events]
    assert names.count("hikari.auth.PasswordSet.v1") == 1
    assert names.count("hikari.auth.CredentialLocked.v1") == 1
    assert names.count("hikari.tempcred.TemporaryPasswordReplaced.v1") == 1
    assert not any("TemporaryPasswordHeld" in name for name in names), "that is between auth and tempcred"
    for service in ("auth", "tempcred"):
        sequence = [event["sequence"] for event in events if event["source"] == f"/services/{service}"]
        assert sequence == sorted(sequence)
    assert len({event["id"] for event in events}) == len(events)


@pytest.mark.rule("EVENT-3")
def test_a_subscriber_goes_on_from_where_it_stopped(journey: Journey, programs: Programs):
    before = journey.read_stream(programs, "stopped.sqlite")
    while more := journey.read_stream(programs, "stopped.sqlite"):  # a relay is still at it
        assert not {event["id"] for event in more} & {event["id"] for event in before}
        before += more
    with closing(sqlite3.connect(journey.folder / "stopped.sqlite")) as progress, progress:
        progress.execute("UPDATE position SET next = next - 5")  # as after a restore from a backup: repeats
        gone = progress.execute("DELETE FROM events WHERE id = ?", (before[-1]["id"],)).rowcount
    assert gone == 1
    assert [event["id"] for event in journey.read_stream(programs, "stopped.sqlite")] == [before[-1]["id"]]


def test_requests_may_come_through_a_quorum_queue(rabbitmq: PrivateRabbitmq, programs: Programs):
    assert programs.run(CALLER, "quorum", rabbitmq.url()) == ['"through a quorum queue"']
    with Connection(rabbitmq.url()) as connection:  # it is one: another kind of that name would be refused
        connection.channel().queue_declare(
            "rpc-echo", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )


def test_in_the_embedded_mode_nothing_goes_out_and_everything_is_kept_to_go_out(programs: Programs, sqlite_url: str):
    (seen,) = programs.run(CALLER, "embedded", sqlite_url)
    assert json.loads(seen) == {"told": 1, "relayed": 0}
