"""One service in a process of its own, as the distributed mode runs them: `python -m services.auth`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import eventlet

from chassis import telemetry
from chassis.alone_config import ProcessConfig
from chassis.config import Config, Faults, Misconfigured, environment
from chassis.http import OWN_ADDRESS
from chassis.runner import Runner

CANNOT_START = 2
SIGN_OF_LIFE = 2.0
"""Seconds from one to the next."""
GRACE = 10.0
"""Seconds. Over RabbitMQ a consumer looks once a second whether it was asked to stop."""


def serve(service: type, settings: type[Config], *, http: bool = False) -> None:
    """Run until SIGINT or SIGTERM. Exit code 2 when the configuration is wrong; the message names every fault."""
    env = environment()
    faults = Faults(env)
    process = faults.read(ProcessConfig)
    faults.read(settings)
    try:
        faults.raise_if_any()
        assert process is not None
        telemetry.configure(process.log_level, process.log_file)
        runner = Runner(process.amqp_url, grace=GRACE)
        runner.add(service, {**env, "HIKARI_HOST": process.host}, **(_addresses(process) if http else {}))
        runner.stop_on_signals()
        runner.start()
    except Misconfigured as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(CANNOT_START)
    if process.metrics_port is not None and not http:
        telemetry.tell_metrics_at(process.metrics_host, process.metrics_port)
    if process.alive_file is not None:
        eventlet.spawn(_show_life, process.alive_file)
    try:
        runner.wait()
    finally:
        runner.stop()


def _show_life(file: Path) -> None:
    """As long as the loop of this process goes round; one that hangs falls silent."""
    while True:
        file.touch()
        eventlet.sleep(SIGN_OF_LIFE)


def _addresses(process: ProcessConfig) -> dict[str, Any]:
    at = {"WEB_SERVER_ADDRESS": f"{process.host}:{process.port}"}
    if process.own_port is not None:
        at[OWN_ADDRESS] = f"{process.host}:{process.own_port}"
    return at
