"""A nameko service that hears of locked and newly set passwords, each once.

    python handle_events.py amqp://subscriber:…@broker// handled.sqlite

Needs nameko and nothing of the site's: the exchanges are named as nameko names them, and the event is the body. Events
wait in this service's own queues while it is away. Handlers run side by side, so whoever needs the order of a line
compares `sequence`, or reads the stream instead.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()  # before anything else is imported

# isort: split
import json
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nameko.events import event_handler
from nameko.extensions import DependencyProvider
from nameko.runners import ServiceRunner


class Handled(DependencyProvider):
    """Remembers the ids of what was handled: delivery is at least once, and a repeat has the same id."""

    def setup(self) -> None:
        self._database = sqlite3.connect(self.container.config["HANDLED"])
        self._database.execute("CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY)")

    def get_dependency(self, worker_ctx: Any) -> Handled:
        return self

    @contextmanager
    def once(self, event: dict[str, Any]) -> Iterator[bool]:
        """Whether the event is new. It counts as handled when the block ends well."""
        with self._database as transaction:
            done = transaction.execute("INSERT OR IGNORE INTO handled (id) VALUES (?)", (event["id"],))
            yield done.rowcount == 1


class PasswordWatch:
    """What is done here is to print a line; nameko would drop an event whose handler fails, hence requeue_on_error."""

    name = "password_watch"
    handled = Handled()

    @event_handler("auth", "CredentialLocked", requeue_on_error=True)
    def on_locked(self, event: dict[str, Any]) -> None:
        self._tell("locked", event)

    @event_handler("auth", "PasswordSet", requeue_on_error=True)
    def on_set(self, event: dict[str, Any]) -> None:
        self._tell("set", event)

    def _tell(self, what: str, event: dict[str, Any]) -> None:
        with self.handled.once(event) as new:
            if new:
                told = {"what": what, "number": event["subject"], "time": event["time"], "id": event["id"]}
                print(json.dumps(told), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004  the program itself, an address and a file
        sys.exit("usage: python handle_events.py amqp://subscriber:PASSWORD@HOST:PORT// FILE.sqlite")
    url, file = sys.argv[1:]
    # The site declares its exchanges itself; a subscriber's user may not.
    runner = ServiceRunner({"AMQP_URI": url, "HANDLED": file, "DECLARE_EVENT_EXCHANGES": False})
    runner.add_service(PasswordWatch)
    runner.start()
    print("listening", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_after(0, runner.stop))
    runner.wait()
