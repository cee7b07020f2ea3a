"""Jobs of many passwords while bulk, auth, the broker or the database is killed: each is done once or not at all (BULK-9).

The moments are random and the seed is fixed; `--soak` kills each of them twenty times.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.distributed import Browser, Distributed, eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.rabbitmq]

SEED = 20261123
CONTRACT = "0366110000"
NUMBERS = [f"036611{place:04}" for place in range(1, 201)]
TEMPORARY, PASSWORD = "20264869", "umi97sora"
VICTIMS = ("bulk", "auth", "rabbitmq", "postgres")
EACH, EACH_IN_A_SOAK = 1, 20
PATIENCE = 180
"""Seconds until a job goes on, however slow the machine: an answer that died with the broker is waited for to its deadline."""
LATEST = 1.5
"""Seconds after the file was sent, or the job confirmed, at which somebody is killed at the latest."""
READY, DONE = "まだ何も設定していません", "すべての電話番号のパスワードを変更しました"


@pytest.fixture(scope="module")
def site() -> Iterator[Distributed]:
    """Two of bulk and two of auth; a hash that makes a job last a second or two."""
    made = Path(tempfile.mkdtemp(prefix="hikari-bulk-"))
    made.chmod(0o711)
    data = made / "site"
    data.mkdir(mode=0o711)
    running = Distributed(data, "auth=2,bulk=2", HIKARI_LOGIN_THROTTLE="off", HIKARI_HASH_MEMORY_KIB="4096")
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        table = made / "lines.csv"
        rows = "".join(f"{CONTRACT},{number},call_notification\n" for number in (CONTRACT, *NUMBERS))
        table.write_text("contract_number,number,features\n" + rows, encoding="utf-8")
        assert running.cli("provision", str(table)).returncode == 0
        yield running
    finally:
        running.down()
        shutil.rmtree(made, ignore_errors=True)


class Administrator:
    """Of the line, at the only gateway. Whatever is answered with an outage is asked again."""

    def __init__(self, site: Distributed) -> None:
        self.site, self.at = site, site.gateways[0]
        self._dial()
        self.browser = Browser()
        self.browser.log_in(self.at, CONTRACT, TEMPORARY)
        self.browser.send(self.at, "/login/password", present=TEMPORARY, new=PASSWORD, again=PASSWORD)
        self.browser.decline(self.at)

    def _dial(self) -> None:
        headers = {"Authorization": f"Bearer {self.site.secret('HIKARI_IVR_TOKEN')}"}
        call = secrets.token_hex(8)
        with httpx.Client(base_url=self.at, headers=headers, timeout=10) as http:
            turn = http.post("/ivr/calls", json={"call_id": call, "caller": CONTRACT}).json()
            for keys in ("3", f"{CONTRACT}#", TEMPORARY, TEMPORARY):
                digits = {"step": turn["step"], "digits": keys.removesuffix("#")}
                turn = http.post(f"/ivr/calls/{call}", json=digits).raise_for_status().json()
        assert turn["ended"], turn

    def upload(self, content: bytes) -> str:
        """The address of the file's page."""
        page = self.browser.get(self.at, "/password/bulk")
        found = {name: re.search(rf'name="{name}" value="([^"]+)"', page.text) for name in ("csrf_token", "form_id")}
        form = {name: match[1] for name, match in found.items() if match}
        sent = self.browser._ask(
            self.at,
            lambda http: http.post("/password/bulk", data=form, files={"file": ("any.csv", content)}),
            follow=False,
        )
        assert sent.status_code == 303, sent.text
        return str(sent.headers["Location"])

    def shows(self, path: str, words: str) -> bool:
        try:
            return words in self.browser.get(self.at, path).text
        except httpx.TransportError:
            return False

    def confirm(self, path: str) -> None:
        page = self.browser.get(self.at, path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token, page.text
        form = {"csrf_token": token[1]}
        self.browser._ask(self.at, lambda http: http.post(f"{path}/confirm", data=form), follow=False)


def audited(site: Distributed, kind: str) -> list[dict[str, object]]:
    told = site.cli("audit", "list", "--line", CONTRACT, "--kind", kind, "--limit", "100000", "--json")
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.rule("BULK-9", "AUDIT-1")
def test_a_job_is_done_once_whoever_is_killed_in_the_middle_of_it(site, request):
    chance = random.Random(SEED)
    each = EACH_IN_A_SOAK if request.config.getoption("--soak") else EACH
    victims = chance.sample(list(VICTIMS) * each, len(VICTIMS) * each)
    administrator, jobs = Administrator(site), []
    for place, victim in enumerate(victims):
        password = f"k{place % 100:02}w{(place * 7) % 100:02}zqy"
        path = administrator.upload("".join(f"{number},{password}\r\n" for number in NUMBERS).encode())
        while_checking = bool(chance.randrange(2))
        if while_checking:
            _kill(site, victim, chance)
        eventually(lambda path=path: administrator.shows(path, READY), PATIENCE)  # type: ignore[misc]
        administrator.confirm(path)
        if not while_checking:
            _kill(site, victim, chance)
        eventually(lambda path=path: administrator.shows(path, DONE), PATIENCE)  # type: ignore[misc]
        jobs.append(path.rsplit("/", 1)[1].replace("-", ""))
        page = Browser().log_in(site.gateways[0], NUMBERS[-1], password)
        assert "ワンタイムパスワード 利用選択画面" in page.text
    eventually(lambda: len(audited(site, "BulkJobCompleted")) >= len(jobs), 60)
    assert [entry["data"]["job"] for entry in audited(site, "BulkJobCompleted")] == jobs  # type: ignore[index]
    assert len(audited(site, "BulkJobAccepted")) == len(jobs)
    assert audited(site, "BulkJobFailed") == []


def _kill(site: Distributed, victim: str, chance: random.Random) -> None:
    """kill -9 at a random moment; the supervisor starts it again."""
    time.sleep(chance.random() * LATEST)
    names = sorted(one["name"] for one in site.state["programs"] if one["pid"] and one["name"].startswith(victim))
    name = chance.choice(names)
    pid = site.kill(name)
    eventually(lambda: site.program(name)["pid"] not in {0, pid}, 60)
    eventually(site.is_ready, 60)
