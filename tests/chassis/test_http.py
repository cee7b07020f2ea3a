from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from chassis.bodies import ANYBODYS

HERE = Path(__file__).parent

MUCH = b"Authorization: Bearer much\r\n"
MOST = 4 * 1024 * 1024


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    own_port: int
    held: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connected(self, source: str = "127.0.0.1", port: int | None = None) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=20, source_address=(source, 0))

    def hold(self, connection: socket.socket) -> socket.socket:
        """Until the end of the test."""
        self.held.append(connection)
        return connection

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


@contextmanager
def serving(**settings: str) -> Iterator[Served]:
    command = [sys.executable, "-W", "ignore", str(HERE / "http_process.py")]
    env = {"PYTHONPATH": str(HERE.parents[1]), **settings}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        port, own_port = map(int, process.stdout.readline().split())
        served = Served(process, port, own_port)
        try:
            yield served
        finally:
            process.kill()
            for connection in served.held:
                connection.close()


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as site:
        yield site


def test_every_method_and_path_reaches_the_application_with_its_body(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/a/b").text == "GET /a/b 0"
        assert client.put("/", content=b"x" * ANYBODYS).text == f"PUT / {ANYBODYS}"
        assert client.request("PURGE", "/x").text == "PURGE /x 0"


def test_more_callers_than_workers_all_get_their_answer(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.get(f"/slow?{n}").status_code, range(8)))
    assert answers == [200] * 8


@pytest.mark.rule("BULK-9")
def test_however_many_follow_the_news_none_of_them_keeps_a_worker_from_others(served: Served) -> None:
    with httpx.Client(base_url=served.url, timeout=20) as client, ExitStack() as open_ones:
        news = [open_ones.enter_context(client.stream("GET", "/news")).iter_lines() for _ in range(8)]
        assert [next(one) for one in news] == ["data: begun"] * 8  # two workers could have begun two
        assert client.get("/page").text == "GET /page 0"
        client.get("/over")
        assert [[line for line in one if line] for one in news] == [["data: over"]] * 8


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused_unread(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert served.says_to(head + b"Content-Length: %d\r\n\r\n" % (ANYBODYS + 1)).startswith(b"HTTP/1.1 413 ")
    assert served.says_to(head + MUCH + b"Content-Length: %d\r\n\r\n" % (MOST + 1)).startswith(b"HTTP/1.1 413 ")
    assert served.says_to(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411 ")


def test_only_those_whom_the_application_lets_send_much(served: Served) -> None:
    much = b"x" * (ANYBODYS + 1)
    allowed = httpx.put(served.url, content=much, headers={"Authorization": "Bearer much"})
    assert allowed.text == f"PUT / {ANYBODYS + 1}"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % MOST
    with served.connected() as connection:
        connection.sendall(head)  # and nothing of the body: it is not waited for
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert served.says_to(head + much).startswith(b"HTTP/1.1 413 "), "the answer arrives although much was under way"
    assert httpx.put(served.url, content=much).status_code == 413


def test_a_body_in_chunks_is_read_of_those_who_may_send_much(served: Served) -> None:
    def chunks(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"x" * 1000

    allowed = httpx.put(served.url, content=chunks(100), headers={"Authorization": "Bearer much"})
    assert allowed.text == "PUT / 100000"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + MUCH + b"Transfer-Encoding: chunked\r\n"
    large = b"%x\r\n" % (MOST + 1) + b"x" * (MOST + 1) + b"\r\n0\r\n\r\n"
    assert served.says_to(head + b"\r\n" + large).startswith(b"HTTP/1.1 413 ")
    assert served.says_to(head + b"Content-Length: 3\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.0 400 ")
    assert served.says_to(head + b"\r\n5\r\nxx").startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_the_system_refuses_is_not_the_end(served: Served) -> None:
    httpx.get(f"{served.url}/starve")
    assert httpx.get(served.url, timeout=20).status_code == 200
    code, log = served.stop()
    assert code == 0
    assert "Too many open files" in log


def test_unfinished_requests_do_not_use_up_the_descriptors() -> None:
    with serving(DESCRIPTORS="128 128", PATIENCE="30", HIKARI_CONNECTIONS_PER_ADDRESS="10000") as site:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n12345"
        for _ in range(200):
            site.hold(site.connected()).sendall(head)
        assert httpx.get(site.url).status_code == 200
        assert len(list(Path(f"/proc/{site.process.pid}/fd").iterdir())) < 110
        assert "Too many open files" not in site.stop()[1]


def test_the_process_takes_all_the_descriptors_that_it_may() -> None:
    with serving(DESCRIPTORS="128 512") as site:
        assert resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE) == (512, 512)


def test_whoever_holds_many_silent_connections_is_in_nobodys_way() -> None:
    with serving(HIKARI_CONNECTIONS="10", HIKARI_CONNECTIONS_PER_ADDRESS="4") as site:
        silent = [site.hold(site.connected(f"127.0.0.{1 + n % 4}")) for n in range(40)]
        for source in ("127.0.0.1", "127.0.0.9"):
            with site.connected(source) as another:
                another.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert another.recv(100).startswith(b"HTTP/1.1 200 ")
        assert silent[0].recv(100) == b"", "the one that kept it waiting longest made room"


def test_an_answer_that_is_being_made_is_not_cut_off_for_others() -> None:
    with serving(HIKARI_CONNECTIONS_PER_ADDRESS="2") as site:
        busy = [site.hold(site.connected()), site.hold(site.connected())]
        for connection in busy:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert site.says_to(b"").startswith(b"HTTP/1.1 503 ")
        assert [connection.recv(100)[:13] for connection in busy] == [b"HTTP/1.1 200 "] * 2


def test_the_own_address_answers_although_the_sites_is_full() -> None:
    with serving(HIKARI_CONNECTIONS="10") as site:
        busy = [site.hold(site.connected()) for _ in range(10)]
        for connection in busy:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        with site.connected(port=site.own_port) as supervisor:
            supervisor.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert supervisor.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_request_line_that_comes_byte_after_byte_is_cut_off(served: Served) -> None:
    with served.connected() as slow:
        slow.settimeout(0.3)
        assert trickle(slow), "each byte came in time, but not the line"


def trickle(connection: socket.socket) -> bool:
    """Send a byte every 0.3 seconds; true when the other side ends it."""
    for _ in range(20):
        try:
            connection.sendall(b"G")
            if connection.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


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
