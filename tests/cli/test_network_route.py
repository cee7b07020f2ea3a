"""`./hikari network route` against a real gateway over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner
from werkzeug.serving import make_server

from cli.app import app
from contracts.settings.routing import Route, RouteAction, RouteReason
from gateway.app import create_app
from gateway.services import Services
from tests.gateway.conftest import CONTRACT, ENV
from tests.gateway.test_network_route import TARGET, TOKEN, Settings


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    gateway = create_app({**ENV, "HIKARI_NETWORK_TOKEN": TOKEN})
    services = Services(None, None, None, otp=None, settings=settings)  # type: ignore[arg-type]  # nobody else is asked
    server = make_server(
        "127.0.0.1",
        0,
        lambda environ, start_response: gateway({**environ, "hikari.services": services}, start_response),
        threaded=True,
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize(
    ("route", "said"),
    [
        (Route(action=RouteAction.RING, reason=RouteReason.NOT_SET), "ring (not_set)"),
        (Route(action=RouteAction.REFUSE, reason=RouteReason.BUSY), "refuse (busy)"),
        (
            Route(action=RouteAction.FORWARD, reason=RouteReason.BULK_FORWARDING, target=TARGET),
            f"forward to {TARGET} at once (bulk_forwarding)",
        ),
        (
            Route(action=RouteAction.FORWARD, reason=RouteReason.CALL_FORWARDING, target=TARGET, after_seconds=20),
            f"forward to {TARGET} after 20 s of ringing (call_forwarding)",
        ),
    ],
)
def test_an_operator_asks_as_the_network_does(address: str, settings: Settings, route: Route, said: str):
    settings.answer = route
    options = ["--server", address, "--caller", "0312345678", "--condition", "busy", "--diversions", "1"]
    done = CliRunner().invoke(app, ["network", "route", CONTRACT, *options], env={"HIKARI_NETWORK_TOKEN": TOKEN})
    assert (done.exit_code, done.stdout) == (0, f"{said}\n"), done.stderr
    assert (settings.asked[0].caller, settings.asked[0].diversions) == ("0312345678", 1)


def test_a_wrong_question_is_refused_with_what_is_expected(address: str):
    done = CliRunner().invoke(
        app, ["network", "route", "110", "--server", address], env={"HIKARI_NETWORK_TOKEN": TOKEN}
    )
    assert done.exit_code == 1
    assert done.stderr.startswith("hikari: the site does not take this question: number: the called number is expected")
    assert "BAD REQUEST" not in done.stderr
