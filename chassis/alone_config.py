"""What a process of the distributed mode is told besides its service's own settings."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from chassis.config import Config


class ProcessConfig(Config):
    """What concerns the process, whatever service runs in it."""

    amqp_url: str
    host: str = "0.0.0.0"  # noqa: S104  # in a container of its own; what may reach it is the network's matter
    port: int = 8000
    """Of the gateway; other services listen nowhere. Several gateways of one machine may share it."""
    own_port: int | None = None
    """A port at which this gateway alone answers, for whoever watches over several that share one."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where a service that is not the gateway tells its metrics to Prometheus; nowhere unless it is said."""
    rpc_queues: Literal["classic", "quorum"] = "classic"
    """Of the requests. Quorum is for a cluster of brokers; see docs/decisions/0030."""
    log_level: str = "INFO"
    log_file: Path | None = None
    """Kept short by turning it over; without it the log goes to standard error, for whoever collects it there."""
    alive_file: Path | None = None
    """Touched every few seconds from the moment it serves, for supervisors that can only look at files."""
