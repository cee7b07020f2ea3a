"""The settings service's remote procedures, and what they say of any feature: how it is set, and how it came to be so."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field

from contracts.base import Channel, HistoryPage, HistoryQuery, Message, Nothing, Role
from contracts.phone import Feature
from contracts.settings.address_links import AddressLinkView, LookAtAddressLink, SendAddressLink, UseAddressLink
from contracts.settings.bulk_forwarding import (
    GroupHistory,
    GroupQuery,
    Groups,
    GroupsQuery,
    GroupView,
    RemoveGroup,
    SetGroup,
    StartGroup,
    StopGroup,
)
from contracts.settings.call_forwarding import CallForwarding, ChangeCallForwarding
from contracts.settings.call_notification import CallNotification, ChangeCallNotification
from contracts.settings.common import AddAddress, AddressesChanged, Limits, NoticeAddress, Reach, RemoveAddress
from contracts.settings.fault_notification import ChangeFaultNotification, FaultNotification
from contracts.settings.fax_inbox import (
    CompleteDocument,
    DeleteFax,
    DocumentKept,
    FaxEntry,
    FaxPart,
    FaxPartQuery,
    FaxQuery,
    InboxPage,
    InboxQuery,
    KeepDocumentPart,
    RestoreFax,
)
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification
from contracts.settings.group_numbers import GroupsOfNumbersQuery, NumbersInGroups
from contracts.settings.line_news import LineNews, LineNewsQuery
from contracts.settings.network import NetworkEventTaken, TakeNetworkEvent
from contracts.settings.routing import Route, RouteQuery

AnySettings = Annotated[
    CallNotification | FaxNotification | CallForwarding | FaultNotification, Field(discriminator="feature")
]
"""The settings of one number for one feature. A further feature is one more member here."""


def addresses_of(settings: AnySettings) -> tuple[NoticeAddress, ...]:
    """Where its notices go; empty for a feature that sends none."""
    found: tuple[NoticeAddress, ...] = getattr(settings, "addresses", ())
    return found


class SettingsQuery(Message):
    reach: Reach
    feature: Feature


class SettingsView(Message):
    """How a feature is set for a number now."""

    settings: AnySettings
    version: int
    """Counts up with each change; 0 while nothing was ever set."""
    limits: Limits
    in_the_way: Feature | None = None
    """The feature on whose account this one cannot be turned on now (FEAT-2)."""


class SettingsHistoryQuery(Message):
    """Changes of one number's settings for one feature, the newest first, one page (FEAT-6)."""

    reach: Reach
    feature: Feature
    before: int | None = None
    """Only changes older than this version."""
    limit: int = 20


class SettingsChange(Message):
    """One change, with the old and the new value."""

    version: int
    at: datetime
    by: str | None
    """The number that was logged in; none where nobody was, or where it was erased."""
    role: Role
    channel: Channel
    old: AnySettings
    new: AnySettings
    restored: int | None = None
    """The version whose state was restored by this."""


class SettingsHistory(Message):
    changes: tuple[SettingsChange, ...]
    more: bool
    """Whether there are older ones."""
    version: int
    """The version in force."""


class RestoreSettings(Message):
    """Bring back what a change had made of the settings; version 0 is how they stood before the first one.

    Raises `SettingsMovedOn`, `SettingsRejected` where the rules do not allow that state any more.
    """

    reach: Reach
    feature: Feature
    change_id: UUID
    seen: int
    version: int


class SettingsApi(Protocol):
    """All raise `NotContracted`; a change is answered after it was recorded."""

    def settings(self, request: SettingsQuery) -> SettingsView: ...
    def settings_history(self, request: SettingsHistoryQuery) -> SettingsHistory: ...
    def restore_settings(self, request: RestoreSettings) -> Nothing: ...

    def add_address(self, request: AddAddress) -> AddressesChanged: ...
    def remove_address(self, request: RemoveAddress) -> AddressesChanged: ...
    def send_address_link(self, request: SendAddressLink) -> Nothing: ...
    def look_at_address_link(self, request: LookAtAddressLink) -> AddressLinkView: ...
    def use_address_link(self, request: UseAddressLink) -> Nothing: ...

    def change_call_notification(self, request: ChangeCallNotification) -> Nothing: ...
    def change_fax_notification(self, request: ChangeFaxNotification) -> Nothing: ...
    def change_call_forwarding(self, request: ChangeCallForwarding) -> Nothing: ...
    def change_fault_notification(self, request: ChangeFaultNotification) -> Nothing: ...
    def line_news(self, request: LineNewsQuery) -> LineNews: ...

    def groups(self, request: GroupsQuery) -> Groups: ...
    def group(self, request: GroupQuery) -> GroupView: ...
    def group_history(self, request: GroupQuery) -> GroupHistory: ...
    def groups_of_numbers(self, request: GroupsOfNumbersQuery) -> NumbersInGroups: ...
    def set_group(self, request: SetGroup) -> Nothing: ...
    def remove_group(self, request: RemoveGroup) -> Nothing: ...
    def start_group(self, request: StartGroup) -> Nothing: ...
    def stop_group(self, request: StopGroup) -> Nothing: ...

    def route_call(self, request: RouteQuery) -> Route: ...
    def keep_document_part(self, request: KeepDocumentPart) -> Nothing: ...
    def complete_document(self, request: CompleteDocument) -> DocumentKept: ...
    def faxes(self, request: InboxQuery) -> InboxPage: ...
    def open_fax(self, request: FaxQuery) -> FaxEntry: ...
    def fax_part(self, request: FaxPartQuery) -> FaxPart: ...
    def delete_fax(self, request: DeleteFax) -> Nothing: ...
    def restore_fax(self, request: RestoreFax) -> Nothing: ...

    def take_network_event(self, request: TakeNetworkEvent) -> NetworkEventTaken: ...

    def history(self, request: HistoryQuery) -> HistoryPage: ...
