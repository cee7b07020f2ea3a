"""The HTTP server of a nameko container, hardened against slow, greedy and broken clients.

`@every_request` makes a method `(self, request) -> Response` answer all methods and paths. A request's body is read
before a worker takes it on, so whoever sends slowly holds up nobody but himself.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from eventlet import Timeout, listen, wsgi
from eventlet.semaphore import Semaphore
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import HttpOnlyProtocol, WebServer, parse_address
from werkzeug.wrappers import Request, Response

from chassis.telemetry import http_seconds, in_service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

NOTES = "hikari.notes"
"""A dict in the environment in which the application leaves `route` (the path's pattern: paths themselves may hold
tokens), `correlation_id` and `request_id`, for logs and statistics."""

OWN_ADDRESS = "OWN_WEB_SERVER_ADDRESS"
"""Setting: `host:port` at which this process alone answers."""

CONNECTIONS = 1000
IDLE_SECONDS = 75
"""How long a connection is kept between two requests."""
HEAD_SECONDS = 20
BODY_SECONDS = 60
SOCKET_SECONDS = 30
MAX_BODY = 4 * 1024 * 1024
"""Bytes. The largest upload is a CSV file of 2 MiB."""
IN_MEMORY = 64 * 1024

PLAIN_ANSWERS = {
    408: "The request took too long.",
    411: "A request with a body needs a Content-Length.",
    413: "The request is too large.",
}


class _Protocol(HttpOnlyProtocol):
    def parse_request(self) -> bool:
        with Timeout(HEAD_SECONDS, TimeoutError):
            return cast("bool", super().parse_request())

    def version_string(self) -> str:
        return "hikari"


class _Server(WebServer):
    """nameko's web server. What goes wrong on one connection ends that connection, not the container."""

    def __init__(self) -> None:
        super().__init__()
        self._places = Semaphore(CONNECTIONS)
        self._connections: set[Any] = set()
        self._is_accepting: bool = True
        self._accepting: list[tuple[Any, Any]] = []

    def start(self) -> None:
        """Listen at the site's address, and where one is given at an address of this process alone.

        Several processes may share the site's address: the kernel spreads the connections over them (SO_REUSEPORT).
        """
        if self._starting:
            return
        super().start()
        self._accepting.append((self._gt, self._sock))
        own = self.container.config.get(OWN_ADDRESS)
        if own:
            sock = listen(parse_address(own), reuse_port=False)
            sock.settimeout(None)
            self._accepting.append((self.container.spawn_managed_thread(partial(self._accept_from, sock)), sock))

    def run(self) -> None:
        self._accept_from(self._sock)

    def _accept_from(self, sock: Any) -> None:
        while self._is_accepting:
            self._places.acquire()
            connection, address = sock.accept()
            connection.settimeout(SOCKET_SECONDS)
            self.container.spawn_managed_thread(lambda c=connection, a=address: self._converse(c, a), "http connection")

    def _converse(self, connection: Any, address: Any) -> None:
        self._connections.add(connection)
        try:
            self._serv.process_request([address, connection, wsgi.STATE_IDLE])
        except Exception as problem:  # noqa: BLE001  # clients break off in every way there is
            log.info("connection ended", extra={"problem": type(problem).__name__})
        finally:
            self._connections.discard(connection)
            connection.close()
            self._places.release()

    def get_wsgi_app(self) -> Any:
        return self._answer

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, protocol: Any = _Protocol, debug: bool = False) -> Any:
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
        )

    @property
    def port(self) -> int:
        """Where it listens, also when any free port was asked for."""
        return cast("int", self._sock.getsockname()[1])

    def stop_accepting(self) -> None:
        """New connections are refused; what is under way goes on."""
        self._is_accepting = False
        while self._accepting:
            accepting, sock = self._accepting.pop()
            accepting.kill()
            sock.close()

    def stop(self) -> None:
        self.stop_accepting()
        for connection in list(self._connections):
            connection.close()

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
        body = _read_body(environ)
        if isinstance(body, int):
            return Response(PLAIN_ANSWERS[body] + "\n", body, [("Connection", "close")], mimetype="text/plain")
        environ["wsgi.input"] = body
        environ[NOTES] = {}
        (entrypoint,) = self._providers
        return entrypoint.handle_request(Request(environ))

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


def _read_body(environ: WSGIEnvironment) -> BinaryIO | int:
    """The whole body, on disk when it is large; or the status that refuses it."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return 411
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        return 413
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # it is gone with the request
    try:
        with Timeout(BODY_SECONDS, TimeoutError):
            while length > 0:
                part = environ["wsgi.input"].read(min(length, IN_MEMORY))
                if not part:
                    return 408
                body.write(part)
                length -= len(part)
    except (TimeoutError, OSError):
        return 408
    body.seek(0)
    return cast("BinaryIO", body)


class _EveryRequest(HttpRequestHandler):
    server = _Server()

    def __init__(self) -> None:
        super().__init__(method="", url="")

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


def port_of(container: Any) -> int:
    """Where the container's HTTP server listens."""
    return cast("_Server", container.shared_extensions[_Server]).port
