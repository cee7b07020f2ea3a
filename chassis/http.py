"""The HTTP server of a nameko container, hardened against slow, greedy and broken clients.

`@every_request()` makes a method `(self, request) -> Response` answer all methods and paths. A request's body is read
before a worker takes it on, so whoever sends slowly holds up nobody but himself.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from eventlet import listen, sleep, wsgi
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import WebServer, parse_address
from werkzeug.wrappers import Request, Response

from chassis.bodies import ANYBODYS, is_chunked, length_of, read_body
from chassis.config import load
from chassis.connections import ConnectionsConfig, Place, Places, parsed_address, places_within
from chassis.conversation import CONVERSATION, IDLE_SECONDS, SOCKET_SECONDS, Conversation
from chassis.telemetry import http_seconds, in_service
from chassis.uses import Uses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

NOTES = "hikari.notes"
"""A dict in the environment in which the application leaves `route` (the path's pattern: paths themselves may hold
tokens), `correlation_id` and `request_id`, for logs and statistics."""

OWN_ADDRESS = "OWN_WEB_SERVER_ADDRESS"
"""Setting: `host:port` at which this process alone answers."""

OWN_PLACES = 64
"""Connections at the own address. They are kept apart: whoever floods the site keeps no supervisor out."""
BACKLOG = 1024
"""Connections that the system holds until we take them on; whoever finds it full tries again a second later only."""
ACCEPT_PAUSE = 0.1
"""Seconds after which the next connection is taken on when the system refused one: no descriptor or memory is free."""

TOO_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

PLAIN_ANSWERS = {
    408: "The request took too long.",
    411: "A request with a body needs a Content-Length.",
    413: "The request is too large.",
}


class _Server(WebServer):
    """nameko's web server. What goes wrong on one connection ends that connection, not the container."""

    def __init__(self) -> None:
        super().__init__()
        self._is_accepting: bool = True
        self._accepting: list[tuple[Any, Any]] = []
        self._books: list[Places] = []

    def start(self) -> None:
        """Listen at the site's address, and where one is given at an address of this process alone.

        Several processes may share the site's address: the kernel spreads the connections over them (SO_REUSEPORT).
        """
        if self._starting:
            return
        super().start()
        self._sock.listen(BACKLOG)
        self._accepting.append((self._gt, self._sock))
        own = self.container.config.get(OWN_ADDRESS)
        if own:
            sock = listen(parse_address(own), reuse_port=False)
            sock.settimeout(None)
            accept = partial(self._accept_from, sock, self._book(Places(OWN_PLACES)))
            self._accepting.append((self.container.spawn_managed_thread(accept), sock))

    def run(self) -> None:
        config = load(ConnectionsConfig, self.container.config.get("HIKARI", {}))

        def speaks_for_many(address: str) -> bool:
            parsed = parsed_address(address)
            return parsed is not None and any(parsed in network for network in config.trusted_proxies)

        places = Places(places_within(config.connections), config.connections_per_address, speaks_for_many)
        self._accept_from(self._sock, self._book(places))

    def _book(self, places: Places) -> Places:
        self._books.append(places)
        return places

    def _accept_from(self, sock: Any, places: Places) -> None:
        while self._is_accepting:
            try:
                connection, address = sock.accept()
            except OSError as problem:  # the client has gone already, or the system is out of something
                log.warning("a connection was not accepted", extra={"problem": str(problem)})
                sleep(ACCEPT_PAUSE)
                continue
            self._welcome(connection, address, places)
            # Before the next comes, who had to make room lets go of its descriptor, and what this one has sent is read.
            sleep(0)

    def _welcome(self, connection: Any, address: Any, places: Places) -> None:
        place = places.take(connection, address[0])
        if place is None:
            _turn_away(connection)
            return
        connection.settimeout(SOCKET_SECONDS)
        talk = partial(self._converse, connection, address, place, places)
        self.container.spawn_managed_thread(talk, "http connection")

    def _converse(self, connection: Any, address: Any, place: Place, places: Places) -> None:
        try:
            self._serv.process_request([address, connection, wsgi.STATE_IDLE, place])
        except Exception as problem:  # noqa: BLE001  # clients break off in every way there is
            log.info("connection ended", extra={"problem": type(problem).__name__})
        finally:
            connection.close()
            places.leave(place)

    def get_wsgi_app(self) -> Any:
        return self._answer

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, protocol: Any = Conversation, debug: bool = False) -> Any:
        return wsgi.Server(
            sock,
            sock.getsockname(),
            wsgi_app,
            protocol=protocol,
            debug=debug,
            log=log,
            log_output=False,  # one line a request is written here, without query and path
            keepalive=IDLE_SECONDS,
            socket_timeout=SOCKET_SECONDS,
            minimum_chunk_size=1,  # what is told as it comes is sent as it comes, however little it is
        )

    @property
    def ports(self) -> list[int]:
        """Where it listens, also when any free port was asked for: the site's, and its own where it has one."""
        return [sock.getsockname()[1] for _, sock in self._accepting]

    def stop_accepting(self) -> None:
        """New connections are refused; what is under way goes on."""
        self._is_accepting = False
        while self._accepting:
            accepting, sock = self._accepting.pop()
            accepting.kill()
            sock.close()

    def stop(self) -> None:
        self.stop_accepting()
        for place in [place for places in self._books for place in places.all()]:
            place.connection.close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        status = 500

        def start(line: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, headers, *error)

        with in_service(self.container.service_name):
            try:
                return cast("Iterable[bytes]", self._response(environ)(environ, start))
            finally:
                self._tell(environ, status, time.perf_counter() - started)

    def _response(self, environ: WSGIEnvironment) -> Any:
        (entrypoint,) = self._providers
        conversation: Conversation = environ.pop(CONVERSATION)  # kept, it would be a circle
        body = self._body(entrypoint, environ)
        if isinstance(body, int):
            conversation.refuse_body()
            return Response(PLAIN_ANSWERS[body] + "\n", body, mimetype="text/plain")
        if body is None:
            conversation.refuse_body()
        conversation.place.works()
        environ["wsgi.input"] = body or io.BytesIO()
        environ[NOTES] = {}
        return entrypoint.handle_request(Request(environ))

    @staticmethod
    def _body(entrypoint: _EveryRequest, environ: WSGIEnvironment) -> IO[bytes] | int | None:
        """The body; the status that refuses it; None where the application shall refuse it, as it must not be read."""
        if environ.get("HTTP_TRANSFER_ENCODING"):
            most = entrypoint.lets_send(environ) if is_chunked(environ) else 0
            return read_body(environ, most) if most > ANYBODYS else 411
        length = length_of(environ)
        if length <= ANYBODYS:
            return read_body(environ)
        most = entrypoint.lets_send(environ)
        if most <= ANYBODYS:
            return None
        return read_body(environ, most) if length <= most else 413

    @staticmethod
    def _tell(environ: WSGIEnvironment, status: int, seconds: float) -> None:
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _KNOWN_METHODS else "other"
        notes = environ.get(NOTES, {})
        route = notes.get("route") or "unknown"
        http_seconds(method, route, status, seconds)
        log.info(
            "answered",
            extra={
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "correlation_id": notes.get("correlation_id"),
                "request_id": notes.get("request_id"),
            },
        )


_KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _turn_away(connection: Any) -> None:
    with suppress(OSError):
        connection.sendall(TOO_BUSY)
    connection.close()


class _EveryRequest(HttpRequestHandler):
    server = _Server()

    def __init__(
        self, uses: Uses[Any] | None = None, large_bodies: Callable[[Any, WSGIEnvironment], int] | None = None
    ) -> None:
        """`large_bodies` says, by head and application, how many bytes are read beyond the `ANYBODYS` that anybody may send.

        Of whoever may send no more the application sees the head alone, and refuses it. Only who may send more may send
        a body in chunks, whose length shows when it has arrived.
        """
        super().__init__(method="", url="")
        self.uses = uses
        self.large_bodies = large_bodies

    def lets_send(self, environ: WSGIEnvironment) -> int:
        """Bytes; asked before such a body is read."""
        return self.large_bodies(self.uses.application, environ) if self.uses and self.large_bodies else 0

    def get_entrypoint_parameters(self, request: Request) -> tuple[tuple[Request], dict[str, Any]]:
        return (request,), {}

    def response_from_exception(self, exc: Exception) -> Response:
        """Nameko would print the exception into the answer."""
        log.error("the application let an exception out", exc_info=exc)
        return Response("Internal error.\n", 500, mimetype="text/plain")

    def stop(self) -> None:
        self.server.stop_accepting()
        super().stop()


every_request = _EveryRequest.decorator


def ports_of(container: Any) -> list[int]:
    """Where the container's HTTP server listens."""
    return cast("_Server", container.shared_extensions[_Server]).ports
