from __future__ import annotations

import socket
from contextlib import closing

import pytest

from chassis.config import Misconfigured, load
from gateway.agi.config import AgiConfig
from gateway.agi.protocol import Channel, HungUp, NotAgi
from gateway.agi.service import SocketLine


class Scripted:
    """A line on which everything has been said already."""

    def __init__(self, said: bytes) -> None:
        self._said = said.splitlines(keepends=True)
        self.sent: list[bytes] = []

    def readline(self, limit: int) -> bytes:
        return self._said.pop(0)[:limit] if self._said else b""

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def wait_at_most(self, seconds: float) -> None:
        assert seconds > 0


@pytest.mark.parametrize(
    ("said", "key"),
    [(b"200 result=0\n", ""), (b"200 result=53\n", "5"), (b"200 result=35\r\n", "#"), (b"200 result=42\n", "*")],
)
def test_a_key_is_told_by_its_code(said: bytes, key: str):
    assert Channel(Scripted(said)).wait_for_key(5) == key


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize(
    "said",
    [
        b"HANGUP\n200 result=-1\n",
        b"200 result=-1\n",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        b"",
        b"200 res",
        b"x" * 9000,
    ],
)
def test_however_a_call_is_over_it_is_told_as_one_thing(said: bytes):
    with pytest.raises(HungUp):
        Channel(Scripted(said)).wait_for_key(5)


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    "said",
    [
        b"510 Invalid or unknown command 20260401\n",
        b"520-Invalid command syntax.  Proper usage follows:\n20260401\n520 End of proper usage.\n",
        b"20260401\n",
        b"200 20260401\n",
    ],
)
def test_what_cannot_be_read_is_refused_without_being_repeated(said: bytes):
    with pytest.raises(NotAgi) as refused:
        Channel(Scripted(said)).wait_for_key(5)
    assert "20260401" not in str(refused.value)


def test_what_asterisk_evaluates_is_read_with_parentheses_of_its_own():
    assert Channel(Scripted(b"200 result=1 (a (b) c)\n")).evaluated("${X}") == "a (b) c"
    assert Channel(Scripted(b"200 result=0\n")).evaluated("${X}") == ""


def test_a_connection_that_says_nothing_is_not_waited_for():
    class Silent(Scripted):
        def readline(self, limit: int) -> bytes:
            raise TimeoutError

    with pytest.raises(HungUp):
        Channel(Silent(b"")).head()


def test_settings_that_asterisk_could_not_work_with_are_refused():
    base = {"HIKARI_IVR_TOKEN": "t" * 31 + "}"}
    assert load(AgiConfig, base).agi_port is None
    with pytest.raises(Misconfigured, match="HIKARI_IVR_TOKEN"):
        load(AgiConfig, {**base, "HIKARI_AGI_PORT": "4573"})
    with pytest.raises(Misconfigured, match="HIKARI_AGI_PORT"):
        load(AgiConfig, {**base, "HIKARI_AGI_PORT": "telephone"})


def test_byte_after_byte_nobody_holds_a_line_longer_than_its_time():
    seconds = iter(range(1000))
    asked = []

    class Trickle:
        def settimeout(self, seconds: float) -> None:
            asked.append(seconds)

        def recv(self, _most: int) -> bytes:
            return b"a"

    line = SocketLine(Trickle(), lambda: next(seconds))
    line.wait_at_most(5)
    with pytest.raises(HungUp):
        Channel(line).head()
    assert len(asked) < 10


def test_lines_that_come_in_one_piece_or_in_many_are_the_same_lines():
    theirs, ours = socket.socketpair()
    with closing(SocketLine(ours)) as line, theirs:
        line.wait_at_most(30)
        theirs.sendall(b"one\ntwo\nthr")
        assert [line.readline(100), line.readline(100)] == [b"one\n", b"two\n"]
        theirs.sendall(b"ee\nfour")
        theirs.shutdown(socket.SHUT_WR)
        assert [line.readline(100), line.readline(100), line.readline(100)] == [b"three\n", b"four", b""]
