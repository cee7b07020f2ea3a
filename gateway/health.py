"""What supervisors, load balancers and Prometheus ask: alive, ready, and how much of what was done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import cast

from flask import Blueprint, Response, current_app, request

from chassis.telemetry import CONTENT_TYPE_LATEST, metrics
from contracts.base import Unavailable
from gateway import here
from gateway.config import GatewayConfig
from gateway.machines import answer_faults, as_json, token_needed
from gateway.origins import client_address
from gateway.services import Services
from gateway.throttle import Throttle

FRESH = 1.0
"""Seconds for which an answer is given again, so that probes cannot load the services."""

DISPENSABLE = frozenset({"bulk", "settings"})
"""Without these people still log in and set passwords: a load balancer must not take the whole site away for them."""

FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Whoever sends one of these speaks for somebody else."""


class Readiness:
    """Which services do not answer, asked by one at a time and remembered for a moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asking = threading.Lock()
        self._answer: tuple[str, ...] | None = None
        self._asked_at = 0.0

    def missing(self, ask: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """The services that are missing. While one probe asks, others hear the last answer where there is one."""
        if not self._asking.acquire(blocking=self._answer is None):
            return cast("tuple[str, ...]", self._answer)
        try:
            if self._answer is None or self._clock() - self._asked_at >= FRESH:
                self._answer = ask()
                self._asked_at = self._clock()
            return self._answer
        finally:
            self._asking.release()


def blueprint(_config: GatewayConfig) -> Blueprint:
    """`/health/live`, `/health/ready` and `/metrics`."""
    health = Blueprint("health", __name__)
    readiness = Readiness()

    @health.get("/health/live")
    def live() -> Response:
        """200 as long as this process answers at all."""
        return as_json({"status": "alive"})

    @health.get("/health/ready")
    def ready() -> Response:
        """200 when every service answers that a login needs, else 503; which do not is told in either case."""
        missing = readiness.missing(_missing)
        if not missing:
            return as_json({"status": "ready"})
        if DISPENSABLE.issuperset(missing):
            return as_json({"status": "ready", "missing": list(missing)})
        response = as_json({"status": "not ready", "missing": list(missing)}, 503)
        response.headers["Retry-After"] = "1"
        return response

    @health.get("/metrics")
    def tell_metrics() -> Response:
        """In Prometheus' text format, for this machine itself and for operators."""
        if not _is_from_here() and here.operator() is None:
            return token_needed()
        return Response(metrics(), content_type=CONTENT_TYPE_LATEST)

    answer_faults(health)
    return health


def _missing() -> tuple[str, ...]:
    services = cast(Services, request.environ[here.SERVICES]).missing()
    try:
        cast(Throttle, current_app.config[here.THROTTLE]).check()
    except Unavailable as away:
        return (*services, away.service)
    return services


def _is_from_here() -> bool:
    """Whether a program on this machine asks for itself. A proxy on this machine must say that it forwards."""
    peer = client_address(request.environ.get("REMOTE_ADDR") or "", "", ())
    return ip_address(peer).is_loopback and not any(name in request.headers for name in FORWARDED)
