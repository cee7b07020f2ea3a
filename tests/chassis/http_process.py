"""A process with an HTTP server of ours in front of a small application. Run by the tests beside it."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys

import eventlet
from werkzeug.wrappers import Request, Response

from chassis import http, telemetry
from chassis.embedded import install
from chassis.runner import Runner

http.HEAD_SECONDS = http.BODY_SECONDS = 1


class Site:
    name = "site"

    @http.every_request
    def answer(self, request: Request) -> Response:
        request.environ[http.NOTES].update(route="/pattern", correlation_id="e" * 32)
        if request.path == "/crash":
            raise RuntimeError("secretly broken")
        if request.path == "/slow":
            eventlet.sleep(0.5)
        return Response(f"{request.method} {request.path} {len(request.get_data())}")


if __name__ == "__main__":
    telemetry.configure()
    runner = Runner(install())
    runner.add(Site, {}, WEB_SERVER_ADDRESS="127.0.0.1:0", max_workers=2)
    runner.stop_on_signals()
    runner.start()
    (container,) = runner._containers
    sys.stdout.write(f"{http.port_of(container)}\n")
    sys.stdout.flush()
    runner.wait()
    runner.stop()
