"""The settings' use cases over one store: what the nameko service and the tests all call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import Clock, utc_now
from chassis.recorders import Write
from services.settings import bulk_forwarding, fault_notification, fax_inboxes
from services.settings.address_links import AddressLinks
from services.settings.addresses import Addresses
from services.settings.bulk_forwarding import BulkForwarding
from services.settings.bulk_targets import BulkTargets
from services.settings.call_forwarding import CallForwardings
from services.settings.call_notification import CallNotifications
from services.settings.changes import Changes
from services.settings.config import SettingsConfig
from services.settings.fault_notification import FaultNotifications
from services.settings.fax_arrivals import FaxArrivals
from services.settings.fax_documents import FaxDocuments
from services.settings.fax_inboxes import FaxInboxes
from services.settings.fax_notices import FaxNotices
from services.settings.fax_notification import FaxNotifications
from services.settings.fax_parts import FaxParts
from services.settings.fax_readings import FaxReadings
from services.settings.group_views import GroupViews
from services.settings.intake import KEPT, Intake
from services.settings.notices import Notices
from services.settings.numbers import Numbers
from services.settings.routes import Routes
from services.settings.store import SettingsStore
from services.settings.tiff import TiffReader


def _mails_end(_store: SettingsStore, assignment_id: UUID, now: datetime) -> tuple[list[Any], list[Write]]:
    """Nothing goes out any more to whoever had a number that was removed (LINE-6)."""
    return [], Notices.writes_at_end_of(assignment_id, now)


class Settings:
    """One object a process. Close it at the end."""

    def __init__(self, config: SettingsConfig, clock: Clock = utc_now) -> None:
        self.store = SettingsStore(config, clock)
        self.changes = Changes(self.store)
        self.notices = Notices(self.store)
        self.address_links = AddressLinks(self.store, self.changes, self.notices)
        self.addresses = Addresses(self.store, self.changes, self.address_links)
        self.call_notifications = CallNotifications(self.store, self.changes, self.notices)
        self.fax_notifications = FaxNotifications(self.changes)
        parts = FaxParts(self.store)
        reader = TiffReader(most_pages=config.fax_pages, most_bytes=config.fax_bytes)
        self.fax_documents = FaxDocuments(self.store, parts, reader)
        self.fax_inboxes = FaxInboxes(self.store, self.fax_documents, FaxReadings(self.store, parts, reader))
        self.fax_arrivals = FaxArrivals(
            self.store, self.fax_documents, self.changes, FaxNotices(self.notices, config.base_url)
        )
        self.call_forwardings = CallForwardings(self.changes)
        self.bulk_forwarding = BulkForwarding(self.store)
        self.groups = GroupViews(self.store, self.bulk_forwarding)
        self.bulk_targets = BulkTargets(self.store, self.bulk_forwarding)
        self.routes = Routes(self.store)
        self.fault_notifications = FaultNotifications(self.store, self.changes, self.notices)
        self.intake = Intake(
            self.store,
            {
                "IncomingCall": (self.call_notifications.whenever_a_call_came,),
                "FaxReceived": (self.fax_arrivals.whenever_a_fax_came,),
                "LineFault": (
                    self.fault_notifications.whenever_news_came,
                    self.bulk_forwarding.whenever_a_fault_began,
                ),
                "LineRecovered": (
                    self.fault_notifications.whenever_news_came,
                    self.bulk_forwarding.whenever_a_line_recovered,
                ),
                "PlannedWork": (self.fault_notifications.whenever_news_came,),
            },
        )

    def numbers(self) -> Numbers:
        """To gather in what one page of auth's history tells."""
        return Numbers(self.store, (_mails_end, fault_notification.ending, fax_inboxes.ending, bulk_forwarding.end_of))

    def send_mail(self) -> bool:
        """Hand over what is due."""
        return self.notices.send_due()

    def forget(self) -> None:
        """Delete rows of what has long been over."""
        self.intake.forget()
        self.address_links.forget()
        self.fault_notifications.forget()
        self.notices.forget(self.store.clock() - KEPT)

    def sweep_faxes(self) -> bool:
        """Let go of faxes and documents whose time is over; true when there is more."""
        return self.fax_inboxes.sweep()

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.store.check()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
