"""Connections of other protocols than HTTP, each of which has a worker of its own for as long as it lasts.

`@every_connection(uses=…)` makes a method `(self, connection, address, known)` answer them; the application that is named
tells where to listen, and how many there may be at a time. Who has not proved yet who it is, which the method tells by
`known()`, goes for a newcomer where all places are taken: the oldest of the address that has the most such.
"""

from __future__ import annotations

import logging
import socket
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, cast

from eventlet import listen, sleep
from eventlet.event import Event
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis.telemetry import in_service
from chassis.uses import Uses

log = logging.getLogger(__name__)

ACCEPT_PAUSE = 0.1
"""Seconds after which the next connection is taken on when the system refused one."""


class Listening(Protocol):
    """What the server must know."""

    @property
    def address(self) -> tuple[str, int]: ...
    @property
    def most(self) -> int:
        """Connections at a time; one more is closed unread where all of them are known."""


class _EveryConnection(Entrypoint):
    """What goes wrong on one connection ends that connection, not the container."""

    def __init__(self, uses: Uses[Any]) -> None:
        super().__init__()
        self._uses = uses
        self._connections: set[Any] = set()
        self._unknown: dict[Any, str] = {}
        """With their addresses, the oldest first."""
        self._sock: Any = None
        self._accepting: Any = None

    def bind(self, container: Any, method_name: str) -> Any:
        """The copy that works shares the application with the service."""
        bound = super().bind(container, method_name)
        bound._uses = self._uses.bind(container)
        return bound

    def start(self) -> None:
        """Raises OSError where the address is taken."""
        family = socket.AF_INET6 if ":" in self._listening.address[0] else socket.AF_INET
        self._sock = listen(self._listening.address, family, reuse_port=False)
        self._sock.settimeout(None)
        self._accepting = self.container.spawn_managed_thread(self._accept)
        log.info("listening", extra={"port": self._sock.getsockname()[1]})

    @property
    def _listening(self) -> Listening:
        return cast("Listening", self._uses.application)

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._sock.accept()
            except OSError as problem:
                log.warning("a connection was not accepted", extra={"problem": str(problem)})
                sleep(ACCEPT_PAUSE)
                continue
            if len(self._connections) >= self._listening.most and not self._made_room():
                log.warning("a connection was turned away: there are as many as may be")
                connection.close()
                continue
            self._connections.add(connection)
            self._unknown[connection] = address[0]
            self.container.spawn_managed_thread(partial(self._converse, connection, address[0]), "connection")

    def _made_room(self) -> bool:
        """Whether somebody unknown had to go."""
        if not self._unknown:
            return False
        (crowd, _), *_ = Counter(self._unknown.values()).most_common(1)
        oldest = next(connection for connection, address in self._unknown.items() if address == crowd)
        self._let_go(oldest)
        _end(oldest)
        log.warning("a connection that was not known yet had to go for another")
        return True

    def _let_go(self, connection: Any) -> None:
        self._connections.discard(connection)
        self._unknown.pop(connection, None)

    def _converse(self, connection: Any, address: str) -> None:
        over = Event()

        def note(_worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            over.send()
            return result, exc_info

        with in_service(self.container.service_name):
            try:
                known = partial(self._unknown.pop, connection, None)
                self.container.spawn_worker(self, (connection, address, known), {}, handle_result=note)
                over.wait()
            except ContainerBeingKilled:
                log.info("a connection came while the service was ending")
            finally:
                self._let_go(connection)
                _end(connection)
                connection.close()

    def stop(self) -> None:
        """Nobody new is taken on; who is connected finds the end of the connection and can still tell others so."""
        if self._accepting is not None:
            self._accepting.kill()
            self._sock.close()
        for connection in list(self._connections):
            _end(connection)


def _end(connection: Any) -> None:
    """Heard on both sides, whoever still holds the socket open."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


every_connection = _EveryConnection.decorator
