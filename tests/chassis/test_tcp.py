from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]


class Server:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(30)
        return connection

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def server() -> Iterator[Server]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.chassis.tcp_process"]
    with subprocess.Popen(command, cwd=HOME, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield Server(process)
        process.kill()


def said(connection: socket.socket, text: bytes) -> bytes:
    """The answer; nothing where the connection was ended."""
    try:
        connection.sendall(text)
        return connection.recv(100)
    except ConnectionError:
        return b""


def test_each_connection_is_answered_while_others_wait_and_one_too_many_is_turned_away(server: Server):
    with server.connect() as idle, server.connect() as busy:
        assert said(idle, b"zero\n") == b"127.0.0.1 zero\n"
        assert said(busy, b"one\n") == b"127.0.0.1 one\n"
        with server.connect() as surplus:
            assert said(surplus, b"two\n") == b""
        assert said(idle, b"three\n") == b"127.0.0.1 three\n"
    replies = iter(lambda: _once_more(server), b"127.0.0.1 four\n")  # the places are free as soon as that is noticed
    assert all(reply == b"" for reply in replies)


def test_whoever_says_nothing_has_no_place_that_another_needs(server: Server):
    with server.connect() as busy:
        assert said(busy, b"one\n") == b"127.0.0.1 one\n"
        silent = [server.connect() for _ in range(5)]
        with server.connect() as newcomer:
            assert said(newcomer, b"two\n") == b"127.0.0.1 two\n"
            assert said(busy, b"three\n") == b"127.0.0.1 three\n", "who is known stays"
        for connection in silent:
            assert connection.recv(100) == b""
            connection.close()


def _once_more(server: Server) -> bytes:
    with server.connect() as connection:
        return said(connection, b"four\n")


def test_what_breaks_on_one_connection_ends_that_one_only(server: Server):
    with server.connect() as other, server.connect() as broken:
        assert said(broken, b"crash\n") == b""
        assert said(other, b"still here\n") == b"127.0.0.1 still here\n"
        assert server.process.poll() is None


def test_a_stop_ends_connections_that_would_go_on(server: Server):
    with server.connect() as connection:
        assert said(connection, b"one\n") == b"127.0.0.1 one\n"
        assert server.stop() == 0
        assert connection.recv(100) == b""
