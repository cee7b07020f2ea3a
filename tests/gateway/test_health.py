"""What supervisors and Prometheus are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.health import Readiness
from gateway.services import Services

TOKEN = "hanako.3f9a5c1b7d20e8643f9a5c1b7d20e864"
ENV = {"HIKARI_KEY": "ab" * 32, "HIKARI_IVR_TOKEN": "the telephone platform's own token", "HIKARI_OPS_TOKEN": TOKEN}


class Probe:
    """A supervisor, and the services that it finds missing."""

    def __init__(self) -> None:
        self.app = create_app(ENV)
        self.missing: tuple[str, ...] = ()
        self.asked = 0

    def _missing(self) -> tuple[str, ...]:
        self.asked += 1
        return self.missing

    def get(self, path: str, peer: str = "192.0.2.9", **headers: str) -> TestResponse:
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        services = Services(None, None, None, None, self._missing)  # type: ignore[arg-type]  # nobody else is asked
        environ: dict[str, Any] = {"hikari.services": services, "REMOTE_ADDR": peer}
        return client.get(path, headers=headers, environ_overrides=environ)


@pytest.fixture
def probe() -> Probe:
    return Probe()


def test_a_process_that_answers_is_alive_whoever_is_missing(probe: Probe):
    probe.missing = ("auth", "tempcred", "audit")
    assert probe.get("/health/live").status_code == 200
    assert probe.asked == 0


def test_the_site_is_ready_when_nobody_is_missing(probe: Probe):
    answer = probe.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_a_site_that_is_not_ready_names_who_is_missing(probe: Probe):
    probe.missing = ("tempcred", "audit")
    answer = probe.get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "missing": ["tempcred", "audit"]}


def test_a_service_that_no_login_needs_takes_no_site_away_from_its_users(probe: Probe):
    probe.missing = ("settings", "bulk")
    answer = probe.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "missing": ["settings", "bulk"]})
    other = Probe()
    other.missing = ("otp", "bulk")
    assert other.get("/health/ready").status_code == 503


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_are_given_no_cookie_and_no_cached_answer(probe: Probe, path: str):
    answer = probe.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_many_probes_ask_the_services_once_a_second(probe: Probe):
    now = 100.0
    readiness = Readiness(lambda: now)
    probe.missing = ("auth",)
    assert {readiness.missing(probe._missing) for _ in range(50)} == {("auth",)}
    assert probe.asked == 1
    probe.missing = ()
    now = 100.9
    assert readiness.missing(probe._missing) == ("auth",)
    now = 101.0
    assert readiness.missing(probe._missing) == ()
    assert probe.asked == 2


def test_a_probe_does_not_wait_for_another_that_asks(probe: Probe):
    now = 0.0
    readiness = Readiness(lambda: now)
    readiness.missing(probe._missing)
    now = 5.0
    asking, answered = Event(), Event()

    def slowly() -> tuple[str, ...]:
        asking.set()
        assert answered.wait(30)
        return ("audit",)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(readiness.missing, slowly)
        assert asking.wait(30)
        assert readiness.missing(probe._missing) == (), "the last answer"
        answered.set()
        assert slow.result(30) == ("audit",)


def test_a_question_that_fails_does_not_block_the_next(probe: Probe):
    readiness = Readiness()

    def broken() -> tuple[str, ...]:
        raise OSError("broker")

    with pytest.raises(OSError, match="broker"):
        readiness.missing(broken)
    assert readiness.missing(probe._missing) == ()


def test_metrics_are_told_to_the_machine_itself(probe: Probe):
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        answer = probe.get("/metrics", peer)
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain")
        assert "# TYPE hikari_rpc_seconds histogram" in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_metrics_are_not_told_through_a_proxy_on_the_machine(probe: Probe, header: str):
    answer = probe.get("/metrics", "127.0.0.1", **{header: "127.0.0.1"})
    assert answer.status_code == 401
    assert "hikari_rpc_seconds" not in answer.text


def test_metrics_are_told_elsewhere_to_operators_only(probe: Probe):
    assert probe.get("/metrics").status_code == 401
    assert probe.get("/metrics", "").status_code == 401
    assert probe.get("/metrics", Authorization="Bearer wrong").status_code == 401
    assert probe.get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 200
