"""The door to Asterisk on nameko: every connection is a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, suppress
from socket import SHUT_RDWR
from typing import Any

from chassis.rpc import Client, Uses
from chassis.tcp import every_connection
from contracts.tempcred import TempcredApi
from gateway.agi.door import Door


class AgiService:
    """Holds no state beyond the calls that are under way."""

    name = "agi"

    door = Uses(Door.from_env)
    tempcred = Client("tempcred", TempcredApi)

    @every_connection(uses=door)
    def answer(self, connection: Any, address: str, known: Callable[[], object]) -> None:
        """One call, from its head to its end."""
        with closing(SocketLine(connection)) as line:
            self.door.answer(line, address, self.tempcred, known)


class SocketLine:
    """`Line` over a socket. The time is for a whole line: whoever sends byte after byte gets no more of it."""

    def __init__(self, connection: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._clock = clock
        self._until = clock()
        self._came = b""

    def wait_at_most(self, seconds: float) -> None:
        self._until = self._clock() + seconds

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self._came and len(self._came) < limit:
            self._connection.settimeout(self._left())
            more = self._connection.recv(limit)
            if not more:
                break
            self._came += more
        end = self._came.find(b"\n") + 1 or len(self._came)
        line, self._came = self._came[:end], self._came[end:]
        return line

    def send(self, data: bytes) -> None:
        self._connection.settimeout(self._left())
        self._connection.sendall(data)

    def _left(self) -> float:
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError
        return left

    def close(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(SHUT_RDWR)
        self._connection.close()
