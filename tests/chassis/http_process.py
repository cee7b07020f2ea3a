"""A process with an HTTP server of ours in front of a small application. Run by the tests beside it."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import os
import resource
import sys

import eventlet
from eventlet.event import Event
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from chassis import bodies, conversation, http, telemetry
from chassis.config import environment
from chassis.embedded import install
from chassis.runner import Runner
from chassis.uses import Uses

conversation.HEAD_SECONDS = bodies.BODY_SECONDS = int(os.environ.get("PATIENCE", "1"))
conversation.LINGER_SECONDS = 1
OWN = "127.0.0.1:0"


MUCH = 4 * 1024 * 1024


def how_much(_application, environ):
    return MUCH if environ.get("HTTP_AUTHORIZATION") == "Bearer much" else 0


class Site:
    name = "site"
    uses = Uses(dict)

    @http.every_request(uses=uses, large_bodies=how_much)
    def answer(self, request: Request) -> Response:
        request.environ[http.NOTES].update(route="/pattern", correlation_id="e" * 32)
        if request.path == "/crash":
            raise RuntimeError("secretly broken")
        if request.path == "/starve":
            starve()
        if request.path == "/slow":
            eventlet.sleep(0.5)
        if request.path == "/news":
            return Response(news(), mimetype="text/event-stream")
        if request.path == "/over":
            OVER.send()
        request.max_content_length = how_much(None, request.environ) or bodies.ANYBODYS
        try:
            return Response(f"{request.method} {request.path} {len(request.get_data())}")
        except RequestEntityTooLarge as refused:
            return Response(status=refused.code)


OVER = Event()


def news():
    """An answer that is made as it is sent, until somebody asks for its end."""
    yield "data: begun\n\n"
    OVER.wait()
    yield "data: over\n\n"


def starve():
    """For a moment the process may open nothing more."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, allowed[1]))
    eventlet.spawn_after(0.5, resource.setrlimit, resource.RLIMIT_NOFILE, allowed)


if __name__ == "__main__":
    telemetry.configure()
    if "DESCRIPTORS" in os.environ:
        soft, hard = os.environ["DESCRIPTORS"].split()
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(soft), int(hard)))
    runner = Runner(install())
    runner.add(Site, environment(None), WEB_SERVER_ADDRESS="127.0.0.1:0", OWN_WEB_SERVER_ADDRESS=OWN, max_workers=2)
    runner.stop_on_signals()
    runner.start()
    (container,) = runner._containers
    sys.stdout.write(" ".join(map(str, http.ports_of(container))) + "\n")
    sys.stdout.flush()
    runner.wait()
    runner.stop()
