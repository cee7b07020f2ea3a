"""What operators see of a running process: logs as JSON lines, correlation, metrics; never a secret (AUDIT-2).

`logging.getLogger(__name__)` and `telemetry.log` end in the same stream, in the same form.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest, start_http_server

from chassis.origin import current_correlation_id
from chassis.redaction import redact

__all__ = [
    "CONTENT_TYPE_LATEST",
    "background_failures",
    "configure",
    "http_seconds",
    "in_service",
    "log",
    "metrics",
    "parked_events",
    "relayed_events",
    "untold_events",
]

LOG_FILE_BYTES = 10_000_000
LOG_FILES = 5

_service: ContextVar[str | None] = ContextVar("service", default=None)

_RPC = Histogram("hikari_rpc_seconds", "Time to answer a remote procedure call.", ["service", "method", "outcome"])
_HTTP = Histogram("hikari_http_seconds", "Time to answer an HTTP request.", ["method", "route", "status"])

background_failures = Counter(
    "hikari_background_failures", "Passes of background work that failed.", ["service", "work"]
)
parked_events = Gauge(
    "hikari_parked_events", "Events put aside because their effect failed; above 0 is an alarm.", ["service", "source"]
)
untold_events = Counter(
    "hikari_untold_events", "Times that an event could not be told to those who follow; more is an alarm.", ["service"]
)
relayed_events = Counter("hikari_relayed_events", "Events that the broker has confirmed.", ["service"])


def configure(level: str = "INFO", file: Path | None = None) -> None:
    """Send everything that is logged in this process to `file`, or to standard error where there is none."""
    rendering: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redact,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    foreign = [structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *_SHARED]
    handler = _file_handler(file) if file else logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=rendering))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for chatty in ("nameko", "kombu", "amqp", "mail.log", "asyncio", "urllib3", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _file_handler(file: Path) -> logging.Handler:
    os.close(os.open(file, os.O_CREAT | os.O_APPEND, 0o600))
    return logging.handlers.RotatingFileHandler(file, maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILES, encoding="utf-8")


def _where_we_are(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.setdefault("service", _service.get())
    event.setdefault("correlation_id", current_correlation_id())
    return event


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _where_we_are,
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]

# At import, not in `configure`: structlog's own default prints tracebacks with every local variable, passwords too.
structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("hikari")


@contextmanager
def in_service(name: str) -> Iterator[None]:
    """What is logged within this block is the service's (several may share a process)."""
    token = _service.set(name)
    try:
        yield
    finally:
        _service.reset(token)


@dataclass
class Measured:
    """What came of it, to be set before the block ends."""

    outcome: str = "error"


@contextmanager
def rpc_seconds(service: str, method: str) -> Iterator[Measured]:
    """Measure how long the service takes to answer one call."""
    measured = Measured()
    started = time.perf_counter()
    try:
        with in_service(service):
            yield measured
    finally:
        _RPC.labels(service, method, measured.outcome).observe(time.perf_counter() - started)


def http_seconds(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered HTTP request. `route` is the pattern, not the path: paths are without number."""
    _HTTP.labels(method, route, str(status)).observe(seconds)


def tell_metrics_at(host: str, port: int) -> None:
    """Answer Prometheus at this address, for a process that answers nothing else over HTTP."""
    start_http_server(port, host)


def metrics() -> bytes:
    """Everything counted in this process, in Prometheus' text format (`CONTENT_TYPE_LATEST`)."""
    return generate_latest()
