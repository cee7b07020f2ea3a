"""`python -m services.tempcred`: one instance of the service in a process of its own, over RabbitMQ."""

from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
import sys

from chassis import telemetry
from chassis.config import Config, Faults, Misconfigured, environment
from chassis.runner import Runner
from services.tempcred.config import TempcredConfig
from services.tempcred.service import TempcredService


class ProcessConfig(Config):
    """What concerns the process as a whole."""

    amqp_url: str
    log_level: str = "INFO"


def main() -> None:
    """Runs until it is told to stop. Exit code 2: a setting is missing or wrong; the message names every one."""
    env = environment()
    faults = Faults(env)
    process = faults.read(ProcessConfig)
    faults.read(TempcredConfig)
    try:
        faults.raise_if_any()
    except Misconfigured as problem:
        sys.stderr.write(f"tempcred: {problem}\n")
        sys.exit(2)
    assert process is not None
    telemetry.configure(process.log_level)
    runner = Runner(process.amqp_url)
    runner.add(TempcredService, env)
    runner.stop_on_signals()
    try:
        runner.start()
        runner.wait()
    finally:
        runner.stop()


if __name__ == "__main__":
    main()
