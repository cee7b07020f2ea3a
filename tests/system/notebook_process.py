"""An instance of a service that has something to tell; the tests beside it kill it. Told the addresses."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys

from chassis.alone import GRACE
from chassis.runner import Runner
from tests.chassis.telling import NotebookService

if __name__ == "__main__":
    amqp_url, database_url = sys.argv[1:]
    runner = Runner(amqp_url, grace=GRACE)
    runner.add(NotebookService, {"HIKARI_KEY": "ab" * 32, "HIKARI_DATABASE_URL": database_url})
    runner.stop_on_signals()
    runner.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        runner.wait()
    finally:
        runner.stop()
