"""Everything is killed at random moments under a steady stream of journeys; afterwards the books are compared.

Every success that was answered is stored, and every stored public event reached the stream: none missing, none that was
not stored, in order for each line. The seed is fixed; `--soak` goes on for longer.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Consumer

from chassis.keys import parse_key
from contracts.base import Envelope, HistoryQuery
from services.auth.application import Auth
from services.auth.config import AuthConfig
from tests.services.auth.people import NotInUse
from tests.system.distributed import Browser, Dialler, Distributed, eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.rabbitmq]

SEED = 20261122
LINES = [f"0377{n:04d}00" for n in range(8)]
KILLS = 8
KILLS_OF_A_SOAK = 120
QUIET = 3.0
"""Seconds between one recovery and the next kill, at the most."""


@pytest.fixture(scope="module")
def site() -> Iterator[Distributed]:
    """Two of auth and two gateways, as one would run them."""
    made = Path(tempfile.mkdtemp(prefix="hikari-chaos-"))
    made.chmod(0o711)
    data = made / "site"
    data.mkdir(mode=0o711)
    running = Distributed(data, "auth=2,gateway=2", HIKARI_LOGIN_THROTTLE="off")
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        table = made / "lines.csv"
        rows = "".join(f"{line},{line},call_notification\n" for line in LINES)
        table.write_text("contract_number,number,features\n" + rows, encoding="utf-8")
        assert running.cli("provision", str(table)).returncode == 0
        yield running
    finally:
        running.down()
        shutil.rmtree(made, ignore_errors=True)


@dataclass
class Subscriber(threading.Thread):
    """Makes journeys on one line, from the telephone to a new password and a login with it, and keeps a book."""

    site: Distributed
    line: str
    seed: int
    changed: int = 0
    """How often the site said that the password was changed."""
    tried: int = 0
    """How often it was asked to."""
    in_force: str | None = None
    """The password that must work; None where the last answer got lost."""
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._enough = threading.Event()
        self._random = random.Random(self.seed)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self._enough.is_set():
            try:
                self._journey()
            except (httpx.TransportError, httpx.HTTPStatusError, KeyError, IndexError, json.JSONDecodeError):
                self._enough.wait(0.2)  # whoever was asked has been killed

    def stop(self) -> None:
        self._enough.set()
        self.join()

    def _journey(self) -> None:
        temporary = f"{self._random.randrange(10**8):08d}"
        password = f"k{self._random.randrange(10**3):03d}w{self._random.randrange(10**3):03d}z"
        password = "".join(character + "x" * (place == 2) for place, character in enumerate(password))
        at = self._random.choice(self.site.gateways)
        self.in_force = None  # from the first key on nobody knows, until an answer says so
        Dialler(self.site).set_temporary(self.line, temporary, at)
        browser = Browser()
        if "パスワード変更" not in browser.log_in(at, self.line, temporary).text:
            return
        self.tried += 1
        page = browser.send(at, "/login/password", present=temporary, new=password, again=password)
        if page.status_code != 200 or "パスワードを変更しました" not in page.text:
            return
        self.changed += 1
        self.in_force = password
        for _ in range(3):
            page = Browser().log_in(at, self.line, password)
            if page.status_code == 200 and "サービス選択" not in page.text:
                self.wrong.append(f"{self.line}: refused with the password that was just set")
            self._enough.wait(self._random.random() / 2)


def kill_at_random(site: Distributed, kills: int) -> Counter[str]:
    """One after the other, whoever it hits; each time the site must come back by itself."""
    chance, hit = random.Random(SEED), Counter[str]()
    for _ in range(kills):
        time.sleep(chance.random() * QUIET)
        victims = sorted(one["name"] for one in site.state["programs"] if one["pid"])
        victim = chance.choice(victims)
        killed = site.kill(victim)
        hit[victim] += 1
        eventually(lambda name=victim, pid=killed: site.program(name)["pid"] not in {0, pid}, 60)  # type: ignore[misc]
        eventually(site.is_ready, 60)
    return hit


def stored(site: Distributed) -> list[Envelope]:
    """What auth's store holds of public events, in order."""
    env = site.environment_of("auth-1")
    config = AuthConfig(
        database_url=env["HIKARI_DATABASE_URL"], key=parse_key(env["HIKARI_KEY"]), pepper=env["HIKARI_PEPPER"]
    )
    auth, found, after = Auth(config, NotInUse()), [], 0
    try:
        while True:
            page = auth.history(HistoryQuery(after=after, limit=1000, public_only=True))
            if page.until == after:
                return found
            found += page.events
            after = page.until
    finally:
        auth.close()


def streamed(site: Distributed, complete: set[str]) -> list[Envelope]:
    """What reached the stream of auth's events, from its beginning, until `complete` has been seen or nothing comes."""
    url = site.environment_of("auth-1")["HIKARI_AMQP_URL"]
    seen: list[Envelope] = []

    def read(body: dict[str, object], message: object) -> None:
        event = Envelope.model_validate(body)
        if event.service == "auth":
            seen.append(event)
        message.ack()  # type: ignore[attr-defined]

    stream = Queue("hikari.events", no_declare=True, consumer_arguments={"x-stream-offset": "first"})
    with Connection(url) as connection, connection.channel() as channel:
        consumer = Consumer(channel, [stream], callbacks=[read], accept=["json"], prefetch_count=100)
        with consumer:
            deadline = time.monotonic() + 60
            while not complete <= {event.id for event in seen} and time.monotonic() < deadline:
                try:
                    connection.drain_events(timeout=2)
                except TimeoutError:
                    continue
    return seen


@pytest.mark.rule("EVENT-2", "TEMP-9", "LOGIN-9")
def test_after_any_number_of_kills_the_books_agree(site: Distributed, request: pytest.FixtureRequest) -> None:
    kills = KILLS_OF_A_SOAK if request.config.getoption("--soak") else KILLS
    people = [Subscriber(site, line, SEED + place) for place, line in enumerate(LINES)]
    for person in people:
        person.start()
    try:
        hit = kill_at_random(site, kills)
        changed = sum(person.changed for person in people)
        eventually(lambda: sum(person.changed for person in people) > changed, 30)
    finally:
        for person in people:
            person.stop()
    assert sum(hit.values()) == kills
    assert [complaint for person in people for complaint in person.wrong] == []

    events = stored(site)
    for person in people:
        if person.in_force:
            assert "サービス選択" in Browser().log_in(site.gateways[0], person.line, person.in_force).text
        stored_changes = sum(1 for event in events if event.name == "PasswordSet" and event.subject == person.line)
        assert person.changed <= stored_changes <= person.tried, person.line

    events = stored(site)
    ids = [event.id for event in events]
    received = streamed(site, set(ids))
    assert {event.id for event in received} == set(ids), "none missing, none that was not stored"
    for line in LINES:
        once = list(dict.fromkeys(event.id for event in received if event.partitionkey == line))
        assert once == [event.id for event in events if event.partitionkey == line], "in order for each line"
