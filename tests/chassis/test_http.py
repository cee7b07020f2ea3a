from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from chassis.http import MAX_BODY

HERE = Path(__file__).parent


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says_to(self, raw: bytes) -> bytes:
        """Everything the server answers to these bytes, until it closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(raw)
            answer = b""
            while part := connection.recv(65536):
                answer += part
            return answer

    def stop(self) -> tuple[int, str]:
        """The exit code and the log."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log


@pytest.fixture
def served() -> Iterator[Served]:
    command = [sys.executable, "-W", "ignore", str(HERE / "http_process.py")]
    paths = {"PYTHONPATH": str(HERE.parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=paths) as process:
        assert process.stdout is not None
        try:
            yield Served(process, int(process.stdout.readline()))
        finally:
            process.kill()


def test_every_method_and_path_reaches_the_application_with_its_body(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/a/b").text == "GET /a/b 0"
        assert client.put("/", content=b"x" * 100_000).text == "PUT / 100000"
        assert client.request("PURGE", "/x").text == "PURGE /x 0"


def test_more_callers_than_workers_all_get_their_answer(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.get(f"/slow?{n}").status_code, range(8)))
    assert answers == [200] * 8


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused_unread(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert served.says_to(head + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1)).startswith(b"HTTP/1.1 413 ")
    assert served.says_to(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")


def test_whoever_sends_a_body_slowly_holds_up_nobody(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n12345"
    waiting = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(4)]
    for connection in waiting:
        connection.sendall(head)
    assert httpx.get(served.url).status_code == 200  # although only two workers are there
    assert waiting[0].recv(100).startswith(b"HTTP/1.1 408 ")
    for connection in waiting:
        connection.close()


def test_whoever_sends_a_head_slowly_is_cut_off(served: Served) -> None:
    assert served.says_to(b"GET / HTTP/1.1\r\nHost: x\r\n") == b""


def test_garbage_ends_its_connection_and_nothing_else(served: Served) -> None:
    for garbage in (b"\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        assert b"BaseHTTP" not in served.says_to(garbage)
    assert httpx.get(served.url).status_code == 200


def test_an_exception_is_not_printed_into_the_answer(served: Served) -> None:
    answer = httpx.get(f"{served.url}/crash")
    assert answer.status_code == 500
    assert "secretly" not in answer.text
    assert "server" not in answer.headers


@pytest.mark.rule("AUDIT-2")
def test_the_log_tells_the_route_and_neither_path_nor_query(served: Served) -> None:
    httpx.get(f"{served.url}/link/t0kenInPath?link=t0kenInQuery")
    _, log = served.stop()
    (line,) = [line for line in map(json.loads, log.splitlines()) if line["event"] == "answered"]
    assert (line["method"], line["route"], line["status"], line["service"]) == ("GET", "/pattern", 200, "site")
    assert line["correlation_id"] == "e" * 32
    assert "t0ken" not in log


def test_a_process_in_which_nothing_is_due_notices_the_signal_all_the_same(served: Served) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        served.process.wait(timeout=1.5)  # all that was due at the start is over; its loop sleeps a minute now
    assert served.stop()[0] == 0


def test_a_stop_finishes_the_answer_that_is_being_made_and_closes_idle_connections(served: Served) -> None:
    idle = socket.create_connection(("127.0.0.1", served.port))
    idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(100).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert httpx.get(served.url).status_code == 200  # accepted later: so the slow one is being worked on
        code, _ = served.stop()
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert code == 0
    idle.close()
