"""An office line on a day of its own: its people at their browsers, the network that tells, the mail that came, the books."""

from __future__ import annotations

import json
import mailbox
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
from playwright.sync_api import Locator, Page, expect

from chassis.clock import utc_now
from chassis.config import load
from contracts.base import HistoryQuery
from gateway.words import phone
from services.settings.application import Settings
from services.settings.config import SettingsConfig
from services.settings.publishing import history as settings_told
from tests.system.person import PASSWORD, TEMPORARY, Person

PATIENCE = 60
"""Seconds until what must come has come, however busy the machine is."""
LINK = re.compile(r"/notices/links/\S+")


class AnySite(Protocol):
    """The embedded one or the distributed one."""

    data: Path

    @property
    def url(self) -> str: ...
    def secret(self, name: str) -> str: ...
    def cli(self, *arguments: str) -> Any: ...


# --- the people ---------------------------------------------------------------------------------------------------


class Colleague(Person):
    """Somebody of the office at a browser; the contract number's is the administrator."""

    def __init__(self, page: Page, site: AnySite, number: str) -> None:
        self.page = page
        self.site = site  # type: ignore[assignment]  # of either kind, it has an address
        self.number = self.contract = number

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def begin(self, *, administrator: bool = False) -> None:
        """From the telephone to サービス選択, in an office of an administrator and users (TEMP-2, TEMP-3)."""
        self.sets_a_temporary_password(*([self.number] if administrator else []))
        self.log_in(self.number, TEMPORARY)
        self.sees("パスワード変更")
        self.change(TEMPORARY, PASSWORD)
        self.decline()

    def sets_a_temporary_password(self, *number: str) -> None:
        """By telephone; the administrator is asked for which number."""
        token = {"Authorization": f"Bearer {self.site.secret('HIKARI_IVR_TOKEN')}"}
        call = f"call-of-{self.number}"
        with httpx.Client(base_url=self.site.url, headers=token, timeout=PATIENCE) as platform:
            turn = platform.post("/ivr/calls", json={"call_id": call, "caller": self.number}).raise_for_status().json()
            for keys in ("3", *number, TEMPORARY, TEMPORARY):
                answer = platform.post(f"/ivr/calls/{call}", json={"step": turn["step"], "digits": keys})
                turn = answer.raise_for_status().json()
        assert turn["ended"], turn

    def feature(self, name: str, number: str = "") -> None:
        """To the settings of one feature: of a number out of the list, where there are several."""
        self.open("/services")
        self.main.get_by_role("link", name=re.compile(name)).click()
        if number:
            self.main.get_by_role("link", name=re.compile(phone(number))).click()
        self.sees(name)

    def follow(self, link: str) -> None:
        self.main.get_by_role("link", name=link, exact=True).click()

    def press(self, button: str) -> None:
        self.main.get_by_role("button", name=button, exact=True).click()

    def chooses(self, *options: str) -> None:
        """Radio buttons or checkboxes, by their labels."""
        for option in options:
            self.main.get_by_label(option, exact=True).check()

    def adds(self, address: str) -> None:
        self.main.get_by_label("追加するメールアドレス").fill(address)
        self.press("追加")
        self.finds(address)

    def sets(self, said: str = "設定しました") -> None:
        self.press("設定する")
        expect(self.page.get_by_role("status").first).to_contain_text(said)

    def brings_back(self, button: str) -> None:
        """On a page with the history of settings: the newest state that is not in force."""
        self.main.get_by_role("link", name=button).first.click()
        self.sees("設定を戻す")
        self.press("この設定に戻す")
        self.finds("設定を元の状態に戻しました")

    def finds(self, *words: str) -> None:
        """The page says so."""
        for word in words:
            expect(self.main).to_contain_text(word)


# --- the network --------------------------------------------------------------------------------------------------


@dataclass
class Network:
    """What it tells the site, over HTTP; it remembers all of it, to tell it once more."""

    site: AnySite
    told: list[dict[str, Any]] = field(default_factory=list)
    documents: list[tuple[str, bytes]] = field(default_factory=list)
    _reachable: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        token = {"Authorization": f"Bearer {self.site.secret('HIKARI_NETWORK_TOKEN')}"}
        self._reachable = httpx.Client(base_url=self.site.url, headers=token, timeout=PATIENCE)

    def close(self) -> None:
        self._reachable.close()

    def event(self, kind: str, at: str, **data: Any) -> dict[str, Any]:
        """One that has not been told yet; remembered as if it had."""
        event = {"specversion": "1.0", "id": f"{kind} {len(self.told)}", "source": "a day", "type": kind, "time": at}
        self.told.append({**event, "data": data})
        return self.told[-1]

    def tells(self, kind: str, at: str, **data: Any) -> None:
        """Whether it is called a repeat is left open: a broker may deliver it twice, and either answer may be first."""
        assert self.send(self.event(kind, at, **data))["id"] == self.told[-1]["id"]

    def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._reachable.post("/network/events", json=event)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def sends(self, events: Iterable[Mapping[str, Any]]) -> None:
        """One after the other."""
        for event in events:
            self.send(event)

    def hands_over(self, content: bytes, key: str) -> str:
        """A document; answers its id."""
        answer = self._reachable.post(
            "/network/documents", content=content, headers={"Content-Type": "image/tiff", "Idempotency-Key": key}
        )
        answer.raise_for_status()
        if (key, content) not in self.documents:
            self.documents.append((key, content))
        return str(answer.json()["document"])

    def route(self, number: str, **asked: str) -> str:
        """Where a call goes now, in one line."""
        answer = self._reachable.get("/network/route", params={"number": number, **asked})
        answer.raise_for_status()
        told = answer.json()
        where = f" to {told['target']} after {told['after_seconds']}" if told["action"] == "forward" else ""
        return f"{told['action']}{where} ({told['reason']})"


# --- the mail -----------------------------------------------------------------------------------------------------


class Mail(NamedTuple):
    """As it came to the mail server."""

    recipient: str
    subject: str
    """Without the site's name."""
    message_id: str
    text: str


@dataclass
class Post:
    """What reached the mail server for the addresses of the office, and what should have."""

    taken: Callable[[], Iterable[tuple[str, bytes]]]
    """All that the server took so far: recipient and mail."""
    domain: str
    expected: Counter[tuple[str, str]] = field(default_factory=Counter)

    def mails(self) -> list[Mail]:
        """In the order in which they came."""
        return [_read(recipient, raw) for recipient, raw in self.taken() if recipient.endswith(self.domain)]

    def brings(self, subject: str, *recipients: str) -> list[Mail]:
        """Wait for these, one each, and bear no others; answers them in the order in which they came."""
        return self.brings_all(*((subject, recipient) for recipient in recipients))

    def brings_all(self, *due: tuple[str, str]) -> list[Mail]:
        """The same for several subjects."""
        awaited = Counter((f"{recipient}{self.domain}", subject) for subject, recipient in due)
        self.expected += awaited
        deadline = time.monotonic() + PATIENCE
        while missing := self.expected - self._came():
            assert time.monotonic() < deadline, missing
            time.sleep(0.1)
        assert self._came() == self.expected
        return [mail for mail in self.mails() if (mail.recipient, mail.subject) in awaited][-len(due) :]

    def _came(self) -> Counter[tuple[str, str]]:
        return Counter((mail.recipient, mail.subject) for mail in self.mails())


def in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What the site's own catcher holds."""
    caught = mailbox.Maildir(folder, create=False)
    for key in sorted(caught.keys()):
        raw = caught.get_bytes(key)
        yield str(message_from_bytes(raw)["Delivered-To"]), raw


def _read(recipient: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    subject = str(message["Subject"]).partition("】")[2]
    return Mail(recipient, subject, str(message["Message-ID"]), str(body.get_content()))


# --- the books ----------------------------------------------------------------------------------------------------

TABLES = (
    "outbox", "network_events", "line_news", "states", "faxes", "fax_documents", "forwarding_groups", "bulk_routes",
)  # fmt: skip


@contextmanager
def instance(env: Mapping[str, str], ahead: timedelta = timedelta()) -> Iterator[Settings]:
    """One more instance of the settings service over the site's own store, its clock ahead by so much."""
    settings = Settings(load(SettingsConfig, env), lambda: utc_now() + ahead)
    yield settings
    settings.close()


def is_all_sent(settings: Settings, *, but: int = 0) -> bool:
    """Whether every mail that was decided on is concluded, except for so many that are held."""
    return settings.store.row("SELECT COUNT(*) AS held FROM outbox WHERE state = 'on_its_way'") == {"held": but}


def kept(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """All that the service has recorded, told and stored."""
    found, after = list[dict[str, Any]](), 0
    while (page := settings_told(settings.store, HistoryQuery(after=after, limit=1000))).until != after:
        found, after = [*found, *(one.model_dump(mode="json") for one in page.events)], page.until
    rows = {table: settings.store.rows(f"SELECT * FROM {table}") for table in TABLES}
    return {"told": found, **{table: sorted(there, key=repr) for table, there in rows.items()}}


def audited(site: AnySite, line: str) -> list[dict[str, Any]]:
    """What the operators see of the line, all of it."""
    listed = site.cli("audit", "list", "--line", line, "--limit", "100000", "--json")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(one) for one in listed.stdout.splitlines()]
