"""What operators see of a running process: logs, correlation, metrics; never a secret (AUDIT-2)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Histogram

log = structlog.stdlib.get_logger("hikari")

_RPC = Histogram("hikari_rpc_seconds", "Time to answer a remote procedure call.", ["service", "method", "outcome"])

background_failures = Counter(
    "hikari_background_failures", "Passes of background work that failed.", ["service", "work"]
)


@dataclass
class Measured:
    outcome: str = "error"


@contextmanager
def rpc_seconds(service: str, method: str) -> Iterator[Measured]:
    """Measure a call; set `outcome` on what is yielded."""
    measured = Measured()
    started = time.perf_counter()
    try:
        yield measured
    finally:
        _RPC.labels(service, method, measured.outcome).observe(time.perf_counter() - started)
