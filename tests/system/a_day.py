"""The line whose day it is, and the two sites on which it is lived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

from amqp.exceptions import NotFound
from kombu.connection import Connection
from playwright.sync_api import Browser

from contracts.settings.network import QUEUE, REJECTED
from tests.gateway.in_chromium import tab
from tests.services.otp.mail_server import Postbox
from tests.system.distributed import Distributed, eventually
from tests.system.office import LINK, AnySite, Colleague, Network, Post, audited, in_folder
from tests.system.site import Site
from tests.system.twice import Twice

CONTRACT = "0350020000"
NUMBERS = [f"035002{place:04}" for place in range(40)]
SALES, COUNTER, SHOP = NUMBERS[11], NUMBERS[22], NUMBERS[33]
MAIL = ".office@mail.example"
PROVE = "メールアドレスの確認のお願い"
TELLING = ("auth", "tempcred", "otp", "bulk", "settings")
"""Services with public events."""


@dataclass
class Day:
    """The site on which it is lived, and all who take part."""

    site: AnySite
    network: Network
    post: Post
    env: dict[str, str]
    """What the site's own settings service is told."""
    puts: Callable[[list[dict[str, Any]]], None]
    """How the network tells much at once."""
    puts_all_again: Callable[[list[dict[str, Any]]], None]
    """The same for what was told already, with whatever else can go wrong."""
    administrator: Colleague
    sales: Colleague
    counter: Colleague
    entries: list[dict[str, Any]] = field(default_factory=list)
    """The books, as they were read last."""

    def reads_the_books(self) -> list[dict[str, Any]]:
        self.entries = audited(self.site, CONTRACT)
        return self.entries

    def follows_the_link(self, person: Colleague, *recipients: str) -> None:
        """To prove an address that was just added."""
        for mail in self.post.brings(PROVE, *recipients):
            link = LINK.search(mail.text)
            assert link
            person.open(link[0])
            person.finds("確認は完了しています")


@contextmanager
def on_the_embedded_site(new_site: Callable[..., Site], chromium: Browser, folder: Path) -> Iterator[Day]:
    """Everything in one process, its mails to a server of the test's own."""
    postbox = Postbox()
    postbox.start()
    site = new_site(HIKARI_SMTP_URL=postbox.url)
    env = {
        "HIKARI_DATABASE_URL": f"sqlite:///{site.data / 'settings.sqlite'}",
        "HIKARI_KEY": site.secret("HIKARI_KEY"),
        "HIKARI_BASE_URL": site.url,
        "HIKARI_SMTP_URL": postbox.url,
    }
    provision(site, folder)
    network = Network(site)
    post = Post(lambda: [(mail.recipient, mail.content) for mail in postbox.mails], MAIL)
    with at_their_desks(chromium, site) as people:
        yield Day(site, network, post, env, network.sends, network.sends, *people)
    network.close()
    postbox.stop()


@contextmanager
def on_the_distributed_site(site: Distributed, chromium: Browser, folder: Path) -> Iterator[Day]:
    """The broker delivers every message twice; the network also puts into its queue."""
    twice = Twice(site.broker(), ["nameko-rpc", QUEUE, *(f"{name}.events" for name in TELLING)])
    twice.begin()

    def puts(events: list[dict[str, Any]]) -> None:
        with Connection(site.broker("network")) as connection, connection.Producer() as producer:
            for event in events:
                producer.publish(event, exchange=QUEUE, routing_key="", serializer="json")

    def puts_all_again(events: list[dict[str, Any]]) -> None:
        """Many times over, and nobody of settings lives to acknowledge all that it has taken."""
        for name in ("settings-1", "settings-2"):
            puts(events * 10)
            pid = site.kill(name)
            puts(events * 10)
            eventually(lambda name=name, pid=pid: site.program(name)["pid"] not in {0, pid}, 60)  # type: ignore[misc]
        eventually(site.is_ready, 60)
        eventually(lambda: waiting_in(site, QUEUE) == 0, 60)
        assert waiting_in(site, REJECTED) == 0
        assert {"nameko-rpc", QUEUE, "auth.events", "settings.events"} <= set(twice.delivered)

    provision(site, folder)
    network = Network(site)
    with at_their_desks(chromium, site) as people:
        post = Post(lambda: in_folder(site.data / "mailbox"), MAIL)
        yield Day(site, network, post, site.environment_of("settings-1"), puts, puts_all_again, *people)
    network.close()
    twice.stop()


def provision(site: AnySite, folder: Path) -> None:
    """As the carrier does it, from a table."""
    features = "call_notification call_forwarding bulk_forwarding fault_notification"
    rows = [f"{CONTRACT},{one},{features}{' fax_notification' * (one == COUNTER)}\n" for one in NUMBERS]
    table = folder / "line.csv"
    table.write_text("contract_number,number,features\n" + "".join(rows), encoding="utf-8")
    done = site.cli("provision", str(table))
    assert done.returncode == 0, done.stderr


@contextmanager
def at_their_desks(chromium: Browser, site: AnySite) -> Iterator[tuple[Colleague, Colleague, Colleague]]:
    """Three people with a browser each, one of them a telephone's."""
    with ExitStack() as sitting:
        seats = ((CONTRACT, 1280), (SALES, 1280), (COUNTER, 390))
        pages = [sitting.enter_context(tab(chromium, site.url, width)) for _, width in seats]
        administrator, sales, counter = map(Colleague, pages, repeat(site), (number for number, _ in seats))
        yield administrator, sales, counter


def waiting_in(site: Distributed, queue: str) -> int:
    """Messages; none in a queue that is not there."""
    with Connection(site.broker()) as connection, suppress(NotFound):
        return int(connection.channel().queue_declare(queue, passive=True).message_count)
    return 0
