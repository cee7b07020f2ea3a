"""The door to Asterisk on nameko: every connection is a call."""

from __future__ import annotations

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
    def answer(self, connection: Any, address: str) -> None:
        """One call, from its head to its end."""
        with closing(SocketLine(connection)) as line:
            self.door.answer(line, address, self.tempcred)


class SocketLine:
    """`Line` over a socket."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._reading = connection.makefile("rb")

    def readline(self, limit: int) -> bytes:
        line: bytes = self._reading.readline(limit)
        return line

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait_at_most(self, seconds: float) -> None:
        self._connection.settimeout(seconds)

    def close(self) -> None:
        """Asterisk is told at once: a file that still reads would keep the socket open."""
        with suppress(OSError):
            self._connection.shutdown(SHUT_RDWR)
        self._reading.close()
        self._connection.close()
