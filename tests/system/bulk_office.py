"""A large line over HTTP, and what its administrator does with files of each kind (BULK-1, BULK-2, BULK-3)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import psycopg

from tests.system.distributed import HIDDEN, Browser, Distributed, eventually
from tests.system.site import Site

TEMPORARY, PASSWORD = "20264869", "umi97sora"
PAIR = {"confirmation_id": "abc12345", "confirmation_password": "baiyou4q"}
PATIENCE = 180
WORDS = {
    "checking": "ファイルの内容を確かめています",
    "ready": "まだ何も設定していません",
    "rejected": "直すところが",
    "working": "設定しています。",
    "failed": "どの電話番号も設定していません",
    "withdrawn": "このファイルの一括設定は終わっています",
}
"""What the page of a file says in each state but the last."""


class Office:
    """One line, of a site of either mode. Its administrator uses one-time passwords, and tries again after an outage."""

    def __init__(self, site: Distributed | Site, at: str, contract: str, numbers: Sequence[str], folder: Path) -> None:
        self.site, self.at = site, at
        self.contract, self.numbers = contract, list(numbers)
        self._databases: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        """Those that are in force, of the additional numbers."""
        table = folder / f"{contract}.csv"
        rows = "".join(f"{contract},{number},call_notification bulk_forwarding\n" for number in (contract, *numbers))
        table.write_text("contract_number,number,features\n" + rows, encoding="utf-8")
        provisioned = site.cli("provision", str(table))
        assert provisioned.returncode == 0, provisioned.stderr
        self.browser = Browser()
        self._dial()
        self.browser.log_in(self.at, contract, TEMPORARY)
        self.browser.send(self.at, "/login/password", present=TEMPORARY, new=PASSWORD, again=PASSWORD)
        self._enrol()

    def _dial(self) -> None:
        headers = {"Authorization": f"Bearer {self.site.secret('HIKARI_IVR_TOKEN')}"}
        call = secrets.token_hex(8)
        with httpx.Client(base_url=self.at, headers=headers, timeout=10) as http:
            turn = http.post("/ivr/calls", json={"call_id": call, "caller": self.contract}).json()
            for keys in ("3", f"{self.contract}#", TEMPORARY, TEMPORARY):
                digits = {"step": turn["step"], "digits": keys.removesuffix("#")}
                turn = http.post(f"/ivr/calls/{call}", json=digits).raise_for_status().json()
        assert turn["ended"], turn

    def _enrol(self) -> None:
        typed = {"address": f"office{self.contract}@mail.example", **PAIR}
        twice = {f"{name}_again": value for name, value in typed.items()}
        self._step("/otp/choice", "仮登録", use="used")
        self._step("/otp/registration", "仮登録内容確認", **typed, **twice)
        self._step("/otp/registration/confirmation", "仮登録完了")
        self._step(self._mailed(r"(/otp/links/[\w-]+)"), "本登録")
        self._step("/otp/send", "入力画面")
        self._step("/otp/code", "サービス選択", code=self._mailed(r"\b(\d{6})\b"))

    def _step(self, path: str, leads_to: str, **fields: str) -> None:
        page = self.browser.send(self.at, path, **fields)  # type: ignore[arg-type]  # none is called `follow`
        assert leads_to in page.text, page.text

    def _mailed(self, pattern: str) -> str:
        """What the newest mail that has it has."""
        found: list[str] = []

        def arrived() -> bool:
            found[:] = re.findall(pattern, self.browser.get(self.at, "/mailbox").text, re.MULTILINE)
            return bool(found)

        eventually(arrived, PATIENCE)
        return found[0]

    # --- files -----------------------------------------------------------------------------------------------

    def upload(self, page: str, content: bytes) -> str:
        """The address of the file's page."""
        addresses: list[str] = []

        def sent() -> bool:
            shown = self._patiently(lambda: self.browser.get(self.at, page))
            if shown is None or shown.status_code >= 500:
                return False
            assert shown.url.path == page, shown.text
            form = dict(HIDDEN.findall(shown.text))
            answer = self._patiently(
                lambda: self.browser._ask(
                    self.at,
                    lambda http: http.post(page, data=form, files={"file": ("any.csv", content)}),
                    follow=False,
                )
            )
            if answer is None or answer.status_code >= 500:
                return False
            assert answer.status_code == 303, answer.text
            addresses.append(str(answer.headers["Location"]))
            return True

        eventually(sent, PATIENCE)
        return addresses[0]

    def shows(self, path: str) -> str:
        """In which state the file's page says that it is; empty while the site says that it cannot be asked."""
        page = self._patiently(lambda: self.browser.get(self.at, path))
        if page is None or page.status_code >= 500:
            return ""
        assert (page.status_code, page.url.path) == (200, path), page.text
        said = [state for state, words in WORDS.items() if words in page.text]
        said += ["completed"] * ("notice--success" in page.text)
        assert len(said) == 1, page.text
        return said[0]

    def answers(self, path: str) -> int:
        """The status of that page; 0 where nobody answered."""
        page = self._patiently(lambda: self.browser.get(self.at, path))
        return page.status_code if page else 0

    def confirm(self, path: str) -> None:
        """Until it is certain that it was; a second time changes nothing."""

        def confirmed() -> bool:
            page = self._patiently(lambda: self.browser.get(self.at, path))
            form = dict(HIDDEN.findall(page.text)) if page else {}
            if "csrf_token" not in form:
                return False
            send: Callable[[httpx.Client], httpx.Response] = lambda http: http.post(f"{path}/confirm", data=form)
            answer = self._patiently(lambda: self.browser._ask(self.at, send, follow=False))
            return answer is not None and answer.status_code == 303

        eventually(confirmed, PATIENCE)

    def lets_in(self, number: str) -> bool:
        """Whether the number's password is the one that is noted for it. What comes after the password is left open."""
        page = Browser().log_in(self.at, number, self.passwords[number])
        assert page.status_code == 200, page.text
        return page.url.path != "/login"

    def stored(self, service: str, sql: str, *values: str) -> dict[str, object]:
        """Two columns of a service's database, all as of one moment. Raises psycopg's OperationalError without one."""
        if service not in self._databases:  # kept: there is no asking a process that was killed
            assert isinstance(self.site, Distributed)
            self._databases[service] = self.site.environment_of(f"{service}-1")["HIKARI_DATABASE_URL"]
        with psycopg.connect(self._databases[service], connect_timeout=5) as database:
            return dict(database.execute(sql, values).fetchall())

    @staticmethod
    def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
        try:
            return ask()
        except httpx.TransportError:
            return None


class Kind(Protocol):
    """One kind of file, as the tests need it. A new kind is one more of these, in `KINDS`."""

    name: str
    owner: str
    """The service that puts it in force."""
    page: str
    effect: str
    """The public event by which it is known to be in force."""

    def file(self, office: Office, place: int) -> bytes:
        """The next file, for a line that may have to be made ready for it first."""
        ...

    def standing(self, office: Office) -> dict[str, object]:
        """What is in force and the file would change, straight from the owner's store, as of one moment."""
        ...

    def effects(self, office: Office) -> int:
        """How many of its events a job causes."""
        ...

    def holds(self, office: Office, *, done: bool) -> bool:
        """Whether people meet what the last file asks for, or what was before it."""
        ...


@dataclass
class Passwords:
    name, owner, page, effect = "passwords", "auth", "/password/bulk", "PasswordSet"
    new: str = ""

    def file(self, office: Office, place: int) -> bytes:
        self.new = f"k{place % 100:02}w{place * 7 % 100:02}zqy"
        return "".join(f"{number},{self.new}\r\n" for number in office.numbers).encode()

    def standing(self, office: Office) -> dict[str, object]:
        return office.stored(
            "auth",
            "SELECT assignment_id, generation FROM numbers JOIN lines USING (line_id) "
            "WHERE contract_number = %s AND is_contract = 0",
            office.contract,
        )

    def effects(self, office: Office) -> int:
        return len(office.numbers)

    def holds(self, office: Office, *, done: bool) -> bool:
        if done:
            office.passwords = dict.fromkeys(office.numbers, self.new)
        return not office.passwords or all(office.lets_in(one) for one in (office.numbers[0], office.numbers[-1]))


@dataclass
class Unit:
    """From 電話番号単位, to which the line is brought back by the form for each further file."""

    name, owner, page, effect = "unit", "auth", "/unit/administrator/bulk", "AuthUnitChanged"

    def file(self, office: Office, place: int) -> bytes:
        del place
        eventually(lambda: self._is_by_number(office), PATIENCE)
        known = {office.contract: PASSWORD, **office.passwords}
        return "".join(f"{number},{password}\r\n" for number, password in known.items()).encode()

    def _is_by_number(self, office: Office) -> bool:
        own = {f"password-{office.contract}": PASSWORD}
        try:
            office.browser.send(office.at, "/unit/number", **own)  # type: ignore[arg-type]  # none is called `follow`
            return "電話番号単位" in self._shown(office)
        except httpx.TransportError:
            return False

    def standing(self, office: Office) -> dict[str, object]:
        return office.stored("auth", "SELECT line_id, unit FROM lines WHERE contract_number = %s", office.contract)

    def effects(self, office: Office) -> int:
        return 1

    def holds(self, office: Office, *, done: bool) -> bool:
        return ("管理者／ユーザ単位" if done else "電話番号単位") in self._shown(office)

    @staticmethod
    def _shown(office: Office) -> str:
        """The unit at the top of every page (MENU-2)."""
        page = office.browser.get(office.at, "/services").text
        target = re.search(r'<section class="target".*?</section>', page, re.DOTALL)
        return target[0] if target else ""


@dataclass
class Otp:
    name, owner, page, effect = "otp", "otp", "/otp/bulk", "OtpAddressRegistered"
    uses: bool = False
    """Whether some file has registered the numbers."""

    def file(self, office: Office, place: int) -> bytes:
        rows = (f"{number},1,f{place}n{number}@mail.example,hana{place:04},k{place % 100:02}w{place % 97:02}zqy"
                for number in office.numbers)  # fmt: skip
        return "".join(f"{row}\r\n" for row in rows).encode()

    def standing(self, office: Office) -> dict[str, object]:
        return office.stored("otp", "SELECT stream_id, version FROM holders WHERE stream_id = assignment_id")

    def effects(self, office: Office) -> int:
        return len(office.numbers)

    def holds(self, office: Office, *, done: bool) -> bool:
        self.uses = self.uses or done
        number = office.numbers[-1]
        if number not in office.passwords:
            return True
        page = Browser().log_in(office.at, number, office.passwords[number])
        return page.url.path == ("/otp/send" if self.uses else "/otp/choice")


MOST_IN_A_GROUP = 200


@dataclass
class Forwarding:
    """Of one group, which is made with the first file."""

    name, owner, effect = "forwarding", "settings", "BulkForwardingChanged"
    page: str = ""
    target: str = ""

    def file(self, office: Office, place: int) -> bytes:
        if not self.page:
            form = {"name": "本社", "automatic": "no", "members": ""}
            made = office.browser.send(office.at, "/services/bulk-forwarding/groups/new", **form)  # type: ignore[arg-type]
            self.page = f"{made.url.path}/file"
        self.target = f"06123{place:05}"
        return "".join(f"{number},{self.target}\r\n" for number in office.numbers[:MOST_IN_A_GROUP]).encode()

    def standing(self, office: Office) -> dict[str, object]:
        return office.stored(
            "settings",
            "SELECT group_id, rules FROM forwarding_groups WHERE contract_number = %s",
            office.contract,
        )

    def effects(self, office: Office) -> int:
        return 1

    def holds(self, office: Office, *, done: bool) -> bool:
        kept = office.browser.get(office.at, f"{self.page}/download/csv").text
        listed = min(len(office.numbers), MOST_IN_A_GROUP)
        return kept.count(f",{self.target}\r\n") == (listed if done else 0)


KINDS: tuple[type[Kind], ...] = (Passwords, Unit, Otp, Forwarding)
