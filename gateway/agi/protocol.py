"""The Asterisk Gateway Interface as FastAGI speaks it: a head of `agi_…` lines, then a command and its reply in turn.

Nothing that comes over the line is ever logged or quoted in an error: it may be what the caller keyed (AUDIT-2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

KEYS = "0123456789*#"
LONGEST_LINE = 4096
"""Bytes."""
MOST_HEAD_LINES = 100
HEAD_SECONDS = 5.0
"""In which the head must have come: it is sent with the connection."""
REPLY_SECONDS = 5.0
"""In which Asterisk replies to what takes no time, and later than anything else that it does for a time."""
LONGEST_SOUND = 120.0
"""Seconds."""

_REPLY = re.compile(r"(\d{3})([ -])(?:result=(-?\d+))?(?: \((.*)\))?(?:.*? endpos=(\d+))?")
OK = 200
DEAD = 511
USAGE = 520


class HungUp(Exception):
    """The caller is gone, or the connection is."""


class NotAgi(Exception):
    """The other side does not speak the protocol, or not this command; the message says which, not what came."""


class Line(Protocol):
    """A connection. Whatever goes wrong with it is an OSError."""

    def readline(self, limit: int) -> bytes: ...
    def send(self, data: bytes) -> None: ...
    def wait_at_most(self, seconds: float) -> None:
        """From now on, for all that is read and sent until it is said anew."""


@dataclass(frozen=True)
class Reply:
    """`200 result=<result> (<value>) endpos=<end>`"""

    result: int
    value: str
    end: int | None


class Channel:
    """One call at Asterisk. Every method raises `HungUp` where the call or the connection is over."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def head(self) -> dict[str, str]:
        """`agi_uniqueid`, `agi_callerid` … Raises `NotAgi`."""
        self._line.wait_at_most(HEAD_SECONDS)
        told: dict[str, str] = {}
        for _ in range(MOST_HEAD_LINES):
            line = self._read()
            if not line:
                return told
            name, colon, value = line.partition(":")
            if not colon or not name.startswith("agi_"):
                break
            told[name] = value.strip()
        raise NotAgi("a head of agi_ lines was expected")

    def answer(self) -> None:
        """Take the call, if the dialplan has not."""
        self._done(self.command("ANSWER"))

    def play(self, sound: str, *, interruptible: bool) -> str:
        """Play a sound file; the key that ended it, or nothing. Raises `NotAgi` where there is no such file."""
        reply = self.command(f'STREAM FILE "{sound}" "{KEYS if interruptible else ""}"', LONGEST_SOUND)
        if (reply.result, reply.end) == (0, 0):
            raise NotAgi(f"the sound {sound} cannot be played")
        return self._key(reply)

    def say_digits(self, digits: str, *, interruptible: bool) -> str:
        """Read out digit by digit; the key that ended it, or nothing."""
        return self._key(self.command(f'SAY DIGITS {digits} "{KEYS if interruptible else ""}"', LONGEST_SOUND))

    def wait_for_key(self, seconds: float) -> str:
        """The next key, or nothing when none came in time."""
        return self._key(self.command(f"WAIT FOR DIGIT {round(seconds * 1000)}", seconds))

    def evaluated(self, expression: str) -> str:
        """What Asterisk makes of an expression of its dialplan; empty where it makes nothing of it."""
        return self.command(f'GET FULL VARIABLE "{expression}"').value

    def set_variable(self, name: str, value: str) -> None:
        """For the dialplan, when it goes on."""
        self.command(f'SET VARIABLE {name} "{value}"')

    def command(self, command: str, seconds: float = 0.0) -> Reply:
        """Have something done that takes `seconds` at most. Raises `HungUp`, `NotAgi`."""
        self._line.wait_at_most(seconds + REPLY_SECONDS)
        try:
            self._line.send(f"{command}\n".encode())
        except OSError as broken:
            raise HungUp from broken
        return self._reply(command.split(" ", 1)[0])

    def _reply(self, to: str) -> Reply:
        found = _REPLY.match(self._read())
        if found is None:
            raise NotAgi(f"the reply to {to} cannot be read")
        code = int(found[1])
        if code == DEAD:
            raise HungUp
        if code != OK or found[3] is None:
            self._skip_usage(code, more=found[2] == "-")
            raise NotAgi(f"{to} was answered {code}")
        return Reply(int(found[3]), found[4] or "", int(found[5]) if found[5] else None)

    def _skip_usage(self, code: int, *, more: bool) -> None:
        lines = 0
        while more and lines < MOST_HEAD_LINES:
            lines += 1
            more = not self._read().startswith(f"{code} ")

    def _read(self) -> str:
        """A line without its end."""
        try:
            line = self._line.readline(LONGEST_LINE)
        except OSError as broken:
            raise HungUp from broken
        if not line.endswith(b"\n"):
            raise HungUp  # the end, or more than any line of the protocol is long
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text == "HANGUP":
            raise HungUp
        return text

    @staticmethod
    def _done(reply: Reply) -> None:
        if reply.result < 0:
            raise HungUp

    def _key(self, reply: Reply) -> str:
        self._done(reply)
        return chr(reply.result) if reply.result else ""
