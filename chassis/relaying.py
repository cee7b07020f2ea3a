"""The relay as a part of a nameko service: `relay = Relays(auth)` in its class, and its events go out."""

from __future__ import annotations

from typing import Any, Protocol

from chassis.due import Every
from chassis.embedded import SCHEME
from chassis.outlet import Outlet, OutletBroken
from chassis.relay import Relay
from chassis.store import Application
from chassis.telemetry import log
from chassis.uses import Uses
from contracts.base import HistoryPage, HistoryQuery

AWAY_SECONDS = 1.0
"""Between two tries to reach a broker that is away."""


class Tells(Protocol):
    """What is needed of the application whose events go out."""

    @property
    def store(self) -> Application: ...
    def history(self, query: HistoryQuery) -> HistoryPage: ...


class Relays(Every):
    """Relays what the application records, soon after it was recorded.

    Off in the embedded mode: its broker ends with the process, so nobody outside could subscribe. The position stays
    then, and everything goes out once the same store is used with RabbitMQ.
    """

    def __init__(self, uses: Uses[Any], seconds: float = 0.25) -> None:
        super().__init__(seconds, "relay", uses)
        self._relay: Relay | None = None

    def start(self) -> None:
        if not self.container.config["AMQP_URI"].startswith(SCHEME):
            super().start()

    def work(self) -> bool:
        if self._relay is None:
            self._relay = self._new_relay()
        try:
            return self._relay.pass_on()
        except OutletBroken as broken:
            log.warning("events wait for the broker", reason=str(broken))
            self._stopping.wait(AWAY_SECONDS)
            return False

    def finished(self) -> None:
        if self._relay is not None:
            self._relay.close()

    def _new_relay(self) -> Relay:
        application: Tells = self.uses.application
        service, url = self.container.service_name, self.container.config["AMQP_URI"]
        return Relay(application.store, application.history, lambda: Outlet(service, url))
