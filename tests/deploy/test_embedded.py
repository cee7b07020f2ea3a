from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

HOME = Path(__file__).parents[2]

pytestmark = pytest.mark.system

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the site as `./hikari run` does, on a data folder of the test's own."""
    started: list[subprocess.Popen[str]] = []

    def run(**settings: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HIKARI_")}
        env = kept | {"PYTHONPATH": str(HOME), "HIKARI_PORT": "0", "HIKARI_DATA": str(tmp_path / "data")} | settings
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "cli", "run"],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def ready(process: subprocess.Popen[str]) -> str:
    """The address in the line that programs wait for."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready: http://127.0.0.1:"), process.communicate(timeout=20)
    return line.removeprefix("ready: ").rstrip("\n")


def told(process: subprocess.Popen[str]) -> str:
    """What people are told after the ready line."""
    assert process.stdout is not None
    lines = list(iter(process.stdout.readline, "  Ctrl-C stops it.\n"))
    return "".join(lines)


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    """Exit code, and what it complained of."""
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    return process.returncode, err


def test_it_says_ready_when_it_answers_and_stops_well_on_either_signal(start: Start) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start()
        address = ready(process)
        assert httpx.get(f"{address}/health/ready").status_code == 200
        assert httpx.get(f"{address}/").status_code == 200
        assert stop(process, number) == (0, "")


def test_people_are_told_where_to_go_and_what_to_dial_from(start: Start, tmp_path: Path) -> None:
    process = start()
    address = ready(process)
    lines = told(process)
    for page in ("/telephone", "/mailbox"):
        assert f"{address}{page}" in lines
        assert httpx.get(f"{address}{page}").status_code == 200
    assert "0300001111" in lines
    assert str(tmp_path / "data") in lines


def test_without_the_demo_nothing_is_provisioned_and_nobody_dials(start: Start) -> None:
    process = start(HIKARI_DEMO="off")
    address = ready(process)
    assert "telephone" not in told(process)
    assert httpx.get(f"{address}/telephone").status_code == 404


def test_where_the_network_is_let_in_there_is_no_demo_unless_it_is_asked_for(start: Start) -> None:
    process = start(HIKARI_HOST="0.0.0.0")
    address = ready(process)
    assert "telephone" not in told(process)
    assert httpx.get(f"{address}/telephone").status_code == 404
    _, complaints = stop(process)
    assert "plain http" in complaints
    assert "/telephone" not in complaints


def test_asterisk_is_told_where_to_connect_and_people_of_what_crosses_the_network(start: Start) -> None:
    process = start(HIKARI_AGI_PORT="0", HIKARI_AGI_HOST="0.0.0.0")
    ready(process)
    (port,) = re.findall(r"agi://0\.0\.0\.0:(\d+)/temporary-password", told(process))
    socket.create_connection(("127.0.0.1", int(port))).close()
    assert "HIKARI_AGI_HOST" in stop(process)[1]


def test_a_demo_that_is_asked_for_in_reach_of_the_network_is_warned_of_aloud(start: Start) -> None:
    process = start(HIKARI_HOST="0.0.0.0", HIKARI_DEMO="on")
    assert httpx.get(f"{ready(process)}/telephone").status_code == 200
    _, complaints = stop(process)
    assert "WARNING" in complaints
    assert "whoever reaches the site can dial on /telephone" in complaints


def test_everything_kept_is_in_one_folder_that_is_closed_to_others(start: Start, tmp_path: Path) -> None:
    process = start()
    ready(process)
    stop(process)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"auth.sqlite", "tempcred.sqlite", "audit.sqlite"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*"))


def test_a_second_run_on_the_same_folder_is_refused(start: Start) -> None:
    ready(start())
    second = start()
    out, err = second.communicate(timeout=20)
    assert (second.returncode, out) == (2, "")
    assert "in use by another run" in err


def test_down_leaves_alone_what_up_did_not_start(start: Start, tmp_path: Path) -> None:
    process = start()
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready: ")
    command = [sys.executable, "-W", "ignore", "-m", "cli", "down", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"process {process.pid}" in done.stderr
    assert process.poll() is None


def test_a_port_that_is_taken_is_told_with_the_way_out(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(HIKARI_PORT=str(taken.getsockname()[1]))
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "Address already in use" in err
    assert "--port" in err


def test_everything_wrong_in_the_configuration_is_named_at_once(start: Start) -> None:
    wrong = {
        "HIKARI_IDLE_MINUTES": "soon",
        "HIKARI_LOGIN_THROTTLE": "often",
        "HIKARI_PEPPER": "short",
        "HIKARI_PORT": "some",
        "HIKARI_SMTP_URL": "nowhere",
    }
    process = start(**wrong)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    for name in wrong:
        assert name in err
    assert "missing" not in err  # what a start makes by itself is nobody's fault


def test_a_database_named_for_the_distributed_mode_is_not_taken_silently(start: Start) -> None:
    process = start(HIKARI_DATABASE_URL="postgresql://app:secret@127.0.0.1:1/app")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "HIKARI_DATABASE_URL: is for ./hikari up" in err
    assert "secret" not in err


@pytest.mark.rule("AUDIT-2")
def test_no_secret_of_the_folder_is_in_its_log(start: Start, tmp_path: Path) -> None:
    process = start(HIKARI_LOG_LEVEL="DEBUG")
    address = ready(process)
    httpx.get(f"{address}/login?password=s3cretWord")
    stop(process)
    log = (tmp_path / "data" / "hikari.log").read_text(encoding="utf-8")
    assert all(json.loads(line)["event"] for line in log.splitlines())
    secrets = [line.split("=", 1)[1] for line in (tmp_path / "data" / "secrets.env").read_text().splitlines()[1:]]
    assert len(secrets) == 5
    answered = [line for line in map(json.loads, log.splitlines()) if line["event"] == "answered"]
    assert [line["route"] for line in answered][-1] == "/login"
    assert len(answered[-1]["correlation_id"]) == 32
    assert not [secret for secret in [*secrets, "s3cretWord"] if secret in log]
