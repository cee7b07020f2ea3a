"""Asterisk's side of FastAGI, as far as `res_agi` and the applications behind our commands go, over a real socket."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

HANG_UP = "hang up"
CUT = "cut"
"""The connection breaks, without a word."""


@dataclass
class Asterisk:
    """One call. `keys` is what the caller keys, question by question: digits, "" for silence, `HANG_UP`, `CUT`.

    `impatient` callers key into the announcement. `sounds` are the files there are; None: all that are asked for.
    """

    keys: Iterable[str] = ()
    caller: str = "0300001111"
    token: str = ""
    presentation: int = 0
    impatient: bool = False
    sounds: frozenset[str] | None = None
    heard: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def head(self) -> str:
        told = {
            "network": "yes",
            "network_script": "temporary-password",
            "request": "agi://127.0.0.1/temporary-password",
            "channel": "PJSIP/carrier-00000001",
            "language": "ja",
            "uniqueid": "1790000000.7",
            "callerid": self.caller,
            "callingpres": str(self.presentation),
            "dnid": "0363044747",
            "enhanced": "0.0",
        }
        return "".join(f"agi_{name}: {value}\n" for name, value in told.items()) + "\n"

    def call(self, connection: socket.socket) -> Asterisk:
        """Until the other side ends the connection, or this one does."""
        self._keys = iter(self.keys)
        self._pending = ""
        connection.settimeout(30)
        with connection, connection.makefile("rb") as lines:
            try:
                connection.sendall(self.head().encode())
                for line in lines:
                    command = line.decode().rstrip("\n")
                    self.commands.append(command)
                    reply = self._do(command)
                    if reply == CUT:
                        return self
                    connection.sendall(reply.encode())
                    if reply.startswith("HANGUP"):
                        connection.shutdown(socket.SHUT_WR)
            except ConnectionError:
                pass
        return self

    def _do(self, command: str) -> str:  # noqa: PLR0911  one return for each command
        match command.split(" "):
            case ["ANSWER"]:
                return "200 result=0\n"
            case ["GET", "FULL", "VARIABLE", expression]:
                return f"200 result=1 ({self._evaluated(expression)})\n"
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value.strip('"')
                return "200 result=1\n"
            case ["STREAM", "FILE", sound, escape]:
                return self._play(sound.strip('"'), escape)
            case ["SAY", "DIGITS", digits, escape]:
                return self._play(digits, escape)
            case ["WAIT", "FOR", "DIGIT", milliseconds]:
                return self._wait(int(milliseconds))
        return "510 Invalid or unknown command\n"

    def _evaluated(self, expression: str) -> str:
        found = re.fullmatch(r'"\$\{SHA1\((\w+):\$\{HIKARI_IVR_TOKEN\}\)\}"', expression)
        assert found, expression
        return hashlib.sha1(f"{found[1]}:{self.token}".encode(), usedforsecurity=False).hexdigest()

    def _play(self, sound: str, escape: str) -> str:
        if self.sounds is not None and not sound.isdigit() and sound not in self.sounds:
            return "200 result=0 endpos=0\n"
        self.heard.append(sound)
        if self.impatient and escape != '""':
            self._pending = self._pending or next(self._keys)
            if self._pending not in {"", HANG_UP, CUT}:
                return f"200 result={self._next_key()} endpos=800\n"
        return "200 result=0 endpos=16000\n"

    def _wait(self, milliseconds: int) -> str:
        if milliseconds == 10_000 and not self._pending:
            self._pending = next(self._keys)
        if self._pending == HANG_UP:
            return "HANGUP\n200 result=-1\n"
        if self._pending == CUT:
            return CUT
        return f"200 result={self._next_key()}\n"

    def _next_key(self) -> int:
        if not self._pending:
            return 0
        key, self._pending = self._pending[0], self._pending[1:]
        return ord(key)
