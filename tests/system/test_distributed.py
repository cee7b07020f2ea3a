"""The distributed mode for real: two of what matters, over private servers; everything killed that can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.plan import NAMES
from deploy.postgres import PrivatePostgres
from deploy.rabbitmq import private_rabbitmq
from tests.gateway.agi.asterisk import Asterisk
from tests.system.distributed import Browser, Dialler, Distributed, alive, eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.rabbitmq]

LINE = "0300001111"
OTHER_LINE = "0312345000"
TEMPORARY = "86420975"
PASSWORD = "kirakira7wa"
BACK_WITHIN = 10.0
"""Seconds in which the site is to be back after any of its processes or servers was killed, on a machine that has
nothing else to do. On a busy one as many times more as its first start took longer than `USUAL_START`."""
USUAL_START = 15.0
ERLANG = 10.0
"""Seconds more for the broker on a busy machine: its start alone is 4 s of work on an idle one."""
GUESSES_A_NUMBER = 12


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Outside of pytest's own, which the servers' users may not enter."""
    made = Path(tempfile.mkdtemp(prefix="hikari-distributed-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Distributed]:
    """Two of auth and two gateways. Guesses are throttled for each address and number; behind a trusted proxy."""
    data = folder / "site"
    data.mkdir(mode=0o711)
    running = Distributed(
        data,
        "auth=2,gateway=2",
        HIKARI_TRUSTED_PROXIES="127.0.0.0/8",
        HIKARI_AGI_PORT="0",
        HIKARI_LOGIN_THROTTLE="1000/hour",
        HIKARI_LOGIN_THROTTLE_NUMBER=f"{GUESSES_A_NUMBER}/hour",
    )
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        assert started.stdout.startswith("ready: http://")
        yield running
    finally:
        running.down()


@pytest.fixture(scope="module")
def person(site: Distributed) -> Browser:
    """Logged in on the example line, each step of the way at another gateway (LOGIN-5)."""
    first, second = site.gateways
    browser = Browser()
    Dialler(site).set_temporary(LINE, TEMPORARY, at=first)
    assert "パスワード変更" in browser.log_in(second, LINE, TEMPORARY).text
    browser.send(first, "/login/password", present=TEMPORARY, new=PASSWORD, again=PASSWORD)
    assert "<h1>サービス選択" in browser.decline(second).text
    return browser


def test_every_gateway_knows_a_login_wherever_it_was_made(site: Distributed, person: Browser) -> None:
    for at in (*site.gateways, site.url):
        page = person.get(at, "/services")
        assert (page.status_code, str(page.url)) == (200, at + "/services")
        assert "着信お知らせメール" in page.text


@pytest.mark.rule("LOGIN-9")
def test_a_session_revoked_on_one_gateway_is_refused_on_the_other_at_once(site: Distributed) -> None:
    first, second = site.gateways
    dialler, browser = Dialler(site), Browser()
    dialler.set_temporary(OTHER_LINE, TEMPORARY, at=second)
    browser.log_in(first, OTHER_LINE, TEMPORARY)
    browser.send(first, "/login/password", present=TEMPORARY, new=PASSWORD, again=PASSWORD)
    assert "<h1>サービス選択" in browser.decline(first).text
    dialler.set_temporary(OTHER_LINE, "24681357", at=second)
    refused = browser.get(first, "/services")
    assert str(refused.url).startswith(first + "/timed-out") or "/services" not in str(refused.url)
    assert "サービス選択へ" not in refused.text


@pytest.mark.rule("LOGIN-10")
def test_guesses_are_counted_together_whichever_gateway_they_come_to(site: Distributed) -> None:
    guesser = Browser("203.0.113.7")
    answers = [
        guesser.log_in(site.gateways[guess % 2], "0355550000", "wrong4567x").status_code
        for guess in range(GUESSES_A_NUMBER + 2)
    ]
    assert answers == [200] * GUESSES_A_NUMBER + [429] * 2


@pytest.mark.rule("TEMP-11")
def test_asterisk_comes_in_by_a_process_of_its_own_which_is_back_after_a_kill(site: Distributed) -> None:
    told = site.environment_of("agi-1")
    assert set(told) >= {"HIKARI_AGI_PORT", "HIKARI_IVR_TOKEN"}
    assert not {"HIKARI_KEY", "HIKARI_OPS_TOKEN", "HIKARI_PEPPER", "HIKARI_DATABASE_URL"} & set(told)

    def calls(*keys: str) -> str | None:
        call = Asterisk(keys, caller=OTHER_LINE, token=site.secret("HIKARI_IVR_TOKEN"))
        with contextlib.suppress(OSError):
            call.call(socket.create_connection(("127.0.0.1", int(told["HIKARI_AGI_PORT"]))))
        return call.variables.get("HIKARI_OUTCOME")

    assert calls("1", TEMPORARY, TEMPORARY) == "ended"
    site.kill("agi-1")
    eventually(lambda: calls("1", TEMPORARY, TEMPORARY) == "ended", 15)
    assert "パスワード変更" in Browser().log_in(site.gateways[0], OTHER_LINE, TEMPORARY).text


@pytest.mark.rule("LOGIN-6", "LOGIN-2")
def test_ten_guesses_in_parallel_over_all_processes_are_counted_and_not_eleven(site: Distributed) -> None:
    number, first, second = "0355550100", *site.gateways
    provisioned = site.cli("provision", _lines(site, f"{number},{number},call_notification"))
    assert provisioned.returncode == 0, provisioned.stderr
    owner = Browser()
    Dialler(site).set_temporary(number, TEMPORARY, at=first)
    owner.log_in(first, number, TEMPORARY)
    owner.send(second, "/login/password", present=TEMPORARY, new=PASSWORD, again=PASSWORD)
    owner.decline(first)

    def guess(which: int) -> int:
        return Browser(f"203.0.113.{which + 10}").log_in(site.gateways[which % 2], number, "wrong4567x").status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(guess, range(40))) <= {200, 503}  # the login page again, or too busy just now
    assert "サービス選択" not in Browser().log_in(second, number, PASSWORD).text
    eventually(lambda: _kinds(site, number).count("CredentialLocked") == 1, 15)
    assert sum(1 for entry in _entries(site, number) if entry["data"].get("reason") == "mismatch") == 10


def test_each_process_is_told_what_it_needs_and_no_more(site: Distributed) -> None:
    told = {name: site.environment_of(f"{name}-1") for name in NAMES}
    assert "HIKARI_PEPPER" in told["auth"]
    assert "HIKARI_PEPPER" not in told["gateway"]
    assert site.secret("HIKARI_PEPPER") not in {value for env in told.values() for value in env.values()}
    assert [name for name, env in told.items() if "HIKARI_OPS_TOKEN" in env] == ["gateway"]
    assert "HIKARI_DATABASE_URL" not in told["gateway"]
    for variable in ("HIKARI_KEY", "HIKARI_AMQP_URL"):
        assert len({env[variable] for env in told.values()}) == len(NAMES), variable
    assert site.environment_of("auth-2")["HIKARI_KEY"] == told["auth"]["HIKARI_KEY"]
    secrets = [value for env in told.values() for name, value in env.items() if name.endswith(("KEY", "URL", "TOKEN"))]
    secrets = [value for value in secrets if value != site.url]
    for pid in site.pids():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        assert not [value for value in secrets if value in command]


def test_every_service_tells_prometheus_what_it_counts_the_alarm_of_parked_events_too(site: Distributed) -> None:
    ports = {program["name"]: program["port"] for program in site.state["programs"] if program["port"]}
    followers = {"tempcred-1", "otp-1", "audit-1"}
    assert {f"{name}-1" for name in NAMES} <= set(ports)
    for name in followers:
        told = httpx.get(f"http://127.0.0.1:{ports[name]}/metrics").text
        assert f'hikari_parked_events{{service="{name[:-2]}",source="auth"}} 0.0' in told
    assert "hikari_rpc_seconds_count" in httpx.get(f"http://127.0.0.1:{ports['auth-1']}/metrics").text


@pytest.mark.rule("AUDIT-3")
@pytest.mark.parametrize("service", ["auth", "tempcred", "otp", "audit"])
def test_the_role_that_a_service_runs_with_cannot_change_its_history(
    site: Distributed, person: Browser, service: str
) -> None:
    url = site.environment_of(f"{service}-1")["HIKARI_DATABASE_URL"]
    for statement in (
        "UPDATE {} SET state = ''",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.format(f"{service}_events").encode())


class Insistent(threading.Thread):
    """Somebody who asks for a page and logs in anew, over and over, and remembers what was not as it should be."""

    def __init__(self, site: Distributed, person: Browser) -> None:
        super().__init__()
        self._site = site
        self._person = person
        self._enough = threading.Event()
        self.served = 0
        self.excused = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self._enough.wait(0.05):
            for ask in (self._ask_for_a_page, self._log_in):
                try:
                    ask()
                except httpx.TransportError:
                    self.excused += 1  # the gateway that had the connection is the one that was killed

    def _ask_for_a_page(self) -> None:
        answer = self._person.get(self._site.url, "/services")
        self._judge(answer, well=answer.status_code == 200 and "着信お知らせメール" in answer.text)

    def _log_in(self) -> None:
        answer = Browser().log_in(self._site.url, LINE, PASSWORD, follow=False)
        self._judge(answer, well=answer.status_code == 303 and answer.headers["Location"].endswith("/services"))

    def _judge(self, answer: httpx.Response, *, well: bool) -> None:
        waits = answer.status_code == 303 and answer.headers["Location"].endswith(
            "/otp/waiting"
        )  # for otp; nothing is lost
        honest = waits or (
            answer.status_code == 503 and "つながりにくく" in answer.text and "Retry-After" in answer.headers
        )
        self.served += well
        self.excused += honest
        if not well and not honest:
            self.wrong.append(
                f"{answer.request.method} {answer.url} {answer.status_code} {answer.headers.get('location')}"
            )

    def stop(self) -> None:
        self._enough.set()
        self.join()


@pytest.mark.parametrize(
    ("victim", "patience"),
    [
        ("auth-1", BACK_WITHIN),
        ("tempcred-1", BACK_WITHIN),
        ("audit-1", BACK_WITHIN),
        ("otp-1", BACK_WITHIN),
        ("gateway-1", BACK_WITHIN),
        ("postgresql", BACK_WITHIN),
        ("rabbitmq", BACK_WITHIN + ERLANG),
    ],
)
def test_killed_it_comes_back_by_itself_and_meanwhile_nobody_is_told_anything_wrong(
    site: Distributed, person: Browser, victim: str, patience: float
) -> None:
    patience *= max(1.0, site.took / USUAL_START)
    eventually(site.is_ready, 3 * patience)
    somebody = Insistent(site, person)
    somebody.start()
    try:
        eventually(lambda: somebody.served >= 4, 2 * patience)
        killed = site.kill(victim)
        eventually(lambda: site.program(victim)["pid"] not in {0, killed} and site.is_ready(), patience)
        served = somebody.served
        eventually(lambda: somebody.served >= served + 4, patience)
    finally:
        somebody.stop()
    assert somebody.wrong == []
    assert "サービス選択" in person.get(site.gateways[0], "/services").text


def test_status_tells_who_runs_and_a_second_start_is_refused(site: Distributed) -> None:
    eventually(lambda: site.cli("status").returncode == 0, 30)
    told = site.cli("status").stdout
    for name in ("rabbitmq", "postgresql", "auth-1", "auth-2", "tempcred-1", "audit-1", "gateway-1", "gateway-2"):
        assert name in told
    again = site.up()
    assert again.returncode == 1
    assert "running" in again.stderr


def test_when_the_supervisor_is_killed_everything_ends_and_the_next_start_finds_everything(
    site: Distributed, person: Browser
) -> None:
    pids = site.pids()
    os.kill(site.state["supervisor"], signal.SIGKILL)
    eventually(lambda: not any(map(alive, pids)), 30)
    assert site.cli("status").returncode == 3
    started = site.up()
    assert started.returncode == 0, started.stderr
    assert "サービス選択" in person.get(site.url, "/services").text


def test_down_leaves_nothing_running(site: Distributed) -> None:
    pids = site.pids()
    assert len(pids) >= 9
    stopped = site.down()
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    eventually(lambda: not any(map(alive, pids)), 5)
    assert site.down().stdout.startswith("no site is running")


def test_servers_that_are_named_are_used_and_none_is_started(folder: Path, postgres_server: PrivatePostgres) -> None:
    given = dict.fromkeys(("HIKARI_PEPPER", "HIKARI_IVR_TOKEN", "HIKARI_OPS_TOKEN"), "s" * 40)
    with private_rabbitmq() as broker:
        named = {"HIKARI_AMQP_URL": broker.url(), "HIKARI_DATABASE_URL": postgres_server.url("postgres")}
        without = Distributed(folder / "without", "", **named).up()
        assert without.returncode == 1
        for name in ("HIKARI_KEY", *given):
            assert f"{name}: is missing" in without.stderr
        guest = Distributed(folder / "guest", "", HIKARI_KEY="00" * 32, **given, **named)
        try:
            started = guest.up()
            assert started.returncode == 0, started.stderr
            names = {one["name"] for one in guest.state["programs"]}
            assert names == {*(f"{name}-1" for name in NAMES), "mail-catcher"}
        finally:
            guest.down()


def _lines(site: Distributed, *rows: str) -> str:
    table = site.data / "lines.csv"
    table.write_text("\n".join(["contract_number,number,features", *rows, ""]), encoding="utf-8")
    return str(table)


def _entries(site: Distributed, number: str) -> list[dict[str, dict[str, str]]]:
    listed = site.cli("audit", "list", "--number", number, "--json")
    return [json.loads(line) for line in listed.stdout.splitlines()]


def _kinds(site: Distributed, number: str) -> list[object]:
    return [entry["kind"] for entry in _entries(site, number)]
