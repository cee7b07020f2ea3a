"""What is said over one connection of HTTP, with a limit to how long a client may take over it."""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_WR
from typing import Any, cast

from eventlet import Timeout
from nameko.web.server import HttpOnlyProtocol

from chassis.bodies import ANYBODYS
from chassis.connections import Place

CONVERSATION = "hikari.conversation"
"""Where it stands in a request's environment."""

IDLE_SECONDS = 75
"""How long a connection is kept between two requests."""
HEAD_SECONDS = 20
"""For the first byte of the first request, for the line of each, and for the rest of its head."""
SOCKET_SECONDS = 30
LINGER_SECONDS = 2
"""How long what a client still sends is read after its refusal: closed at once, it would never see the answer."""


class Conversation(HttpOnlyProtocol):
    """A request and its answer, and the next, until either side ends it."""

    conn_state: list[Any]
    has_answered = False
    leaves_unread = False
    """The client may still be sending what nobody will read."""

    @property
    def place(self) -> Place:
        return cast("Place", self.conn_state[3])

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.has_answered = True
        self.place.waits()

    def _read_request_line(self) -> Any:
        # The socket's own limit begins anew with every byte.
        with Timeout(IDLE_SECONDS if self.has_answered else HEAD_SECONDS, TimeoutError):
            return super()._read_request_line()

    def parse_request(self) -> bool:
        with Timeout(HEAD_SECONDS, TimeoutError):
            return cast("bool", super().parse_request())

    def get_environ(self) -> Any:
        return {**super().get_environ(), CONVERSATION: self}

    def refuse_body(self) -> None:
        """End the connection after the answer that is being made."""
        self.close_connection = True
        self.leaves_unread = True

    def finish(self) -> None:
        if self.leaves_unread:
            with suppress(OSError, ValueError), Timeout(LINGER_SECONDS, TimeoutError):
                self.wfile.flush()
                self.connection.shutdown(SHUT_WR)
                while self.rfile.read1(ANYBODYS):
                    pass
        try:
            super().finish()
        finally:
            # When the client has gone, closing the other half raises, and this one would keep the descriptor.
            self.rfile.close()

    def version_string(self) -> str:
        return "hikari"
