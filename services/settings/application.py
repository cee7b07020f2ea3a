"""The settings' use cases over one store: what the nameko service and the tests all call."""

from __future__ import annotations

from chassis.clock import Clock, utc_now
from services.settings.addresses import Addresses
from services.settings.call_forwarding import CallForwardings
from services.settings.call_notification import CallNotifications
from services.settings.changes import Changes
from services.settings.config import SettingsConfig
from services.settings.fault_notification import FaultNotifications
from services.settings.fax_notification import FaxNotifications
from services.settings.numbers import Numbers
from services.settings.routes import Routes
from services.settings.store import SettingsStore


class Settings:
    """One object a process. Close it at the end."""

    def __init__(self, config: SettingsConfig, clock: Clock = utc_now) -> None:
        self.store = SettingsStore(config, clock)
        self.changes = Changes(self.store)
        self.addresses = Addresses(self.store, self.changes)
        self.call_notifications = CallNotifications(self.changes)
        self.fax_notifications = FaxNotifications(self.changes)
        self.call_forwardings = CallForwardings(self.changes)
        self.routes = Routes(self.store)
        self.fault_notifications = FaultNotifications(self.changes)

    def numbers(self) -> Numbers:
        """To gather in what one page of auth's history tells."""
        return Numbers(self.store)

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.store.check()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
