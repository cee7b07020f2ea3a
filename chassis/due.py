"""Work that a service does by itself, again and again: recording what expired, following another's history."""

from __future__ import annotations

from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider

from chassis.origin import acting, new_correlation_id
from chassis.telemetry import background_failures, in_service, log
from chassis.uses import Uses
from contracts.base import Busy, Channel, Origin, Unavailable


class Every(DependencyProvider):
    """Calls `application.<method>(*arguments)` every `seconds`, and again at once while it returns something true.

    `follows = Every(1.0, "follow", logins)` in a service class. What goes wrong is logged and tried again next time.
    """

    def __init__(self, seconds: float, method: str, uses: Uses[Any], *arguments: Any) -> None:
        self.seconds = seconds
        self.method = method
        self.uses = uses
        self.arguments = arguments
        self._stopping = Event()
        self._stopped = Event()

    def start(self) -> None:
        self.uses.before_close(self._finish)
        self.container.spawn_managed_thread(self._run, identifier=f"every {self.seconds} s: {self.method}")

    def get_dependency(self, worker_ctx: Any) -> None:
        """Workers have no use for it."""

    def _finish(self) -> None:
        if not self._stopping.ready():
            self._stopping.send()
        self._stopped.wait()

    def _run(self) -> None:
        while not self._stopping.ready():
            more = self._once()
            self._stopping.wait(0 if more else self.seconds)
        self.finished()
        self._stopped.send()

    def work(self) -> bool:
        """One pass; true when there is more to do at once."""
        return bool(getattr(self.uses.application, self.method)(*self.arguments))

    def finished(self) -> None:
        """After the last pass."""

    def _once(self) -> bool:
        origin = Origin(channel=Channel.SYSTEM, correlation_id=new_correlation_id())
        with acting(origin), in_service(self.container.service_name):
            try:
                return self.work()
            except (Unavailable, Busy) as later:
                log.warning("background work postponed", method=self.method, reason=str(later))
                return False
            except Exception:  # noqa: BLE001  # whatever it was, the next pass must come
                log.exception("background work failed", method=self.method)
                background_failures.labels(self.container.service_name, self.method).inc()
                return False


class Sweeps(Every):
    """Calls `application.sweep()` once a second: what expired is recorded soon after (the clock decides when asked)."""

    def __init__(self, uses: Uses[Any], seconds: float = 1.0) -> None:
        super().__init__(seconds, "sweep", uses)
