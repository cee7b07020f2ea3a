"""Settings over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from pydantic import ValidationError

from chassis.clock import Clock, utc_now
from chassis.config import load
from chassis.due import Every
from chassis.follower import Follower
from chassis.following import FollowingService
from chassis.inbox import Unreadable, inbox
from chassis.origin import acting, new_correlation_id
from chassis.relaying import Relays
from chassis.rpc import Client, Uses, rpc
from chassis.telemetry import log
from chassis.together import Together
from chassis.wire import hurrying
from contracts.auth.api import AuthApi
from contracts.base import Channel, HistoryPage, HistoryQuery, Nothing, Origin, Unavailable
from contracts.settings.address_links import AddressLinkView, LookAtAddressLink, SendAddressLink, UseAddressLink
from contracts.settings.api import (
    RestoreSettings,
    SettingsHistory,
    SettingsHistoryQuery,
    SettingsQuery,
    SettingsView,
)
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
from contracts.settings.bulk_targets import ApplyTargets, CheckTargets, GroupInBulk, GroupInBulkQuery, TargetsChecked
from contracts.settings.call_forwarding import ChangeCallForwarding
from contracts.settings.call_notification import ChangeCallNotification
from contracts.settings.common import AddAddress, AddressesChanged, RemoveAddress
from contracts.settings.fault_notification import ChangeFaultNotification
from contracts.settings.fax_inbox import (
    CompleteDocument,
    DeleteFax,
    DocumentKept,
    DocumentTaken,
    DocumentUnknown,
    FaxEntry,
    FaxPart,
    FaxPartQuery,
    FaxQuery,
    InboxPage,
    InboxQuery,
    KeepDocumentPart,
    RestoreFax,
)
from contracts.settings.fax_notification import ChangeFaxNotification
from contracts.settings.group_numbers import GroupsOfNumbersQuery, NumbersInGroups
from contracts.settings.line_news import LineNews, LineNewsQuery
from contracts.settings.network import NETWORK_EVENT, QUEUE, NetworkEventTaken, Remark, TakeNetworkEvent
from contracts.settings.routing import Route, RouteQuery
from services.settings import policies, publishing
from services.settings.application import Settings
from services.settings.config import SettingsConfig
from services.settings.store import SettingsStore

HASTE = 1.0
"""Seconds that a request may spend on catching up with auth, for a number that is not known here yet."""


MAIL_SECONDS = 0.5
"""Between two looks at the outbox."""


class RunningSettings(Settings):
    """The application as it runs: with auth's history to follow."""

    def __init__(self, config: SettingsConfig, auth: AuthApi, clock: Clock = utc_now) -> None:
        super().__init__(config, clock)
        self.follower = Follower(
            self.store, "auth", auth.history, lambda events, tracking: policies.take(self.numbers(), events, tracking)
        )
        self._catching_up = Together(self.follower.catch_up)
        self.store.hurry = self._hurry

    @classmethod
    def from_env(cls, env: Mapping[str, str], auth: AuthApi) -> RunningSettings:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(SettingsConfig, env)
        SettingsStore.migrate(config.database_url)
        return cls(config, auth)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return publishing.history(self.store, query)

    def follow(self) -> bool:
        """Catch up with auth's history; false, since there is nothing more to do before it grows."""
        with suppress(Unavailable):  # it goes on from the same position when auth is back
            self.follower.catch_up()
        return False

    def finish_starts(self) -> bool:
        """Carry out the starts of groups that a fault asked for, and those that something has interrupted."""
        self.bulk_forwarding.finish()
        return False

    def _hurry(self) -> None:
        with suppress(Unavailable), hurrying(HASTE):
            self._catching_up.run(HASTE)


class SettingsService(FollowingService):
    """See `contracts.settings.api.SettingsApi` and `contracts.settings.bulk_targets` for what each procedure promises."""

    name = "settings"
    application = Uses(RunningSettings.from_env, auth=Client("auth", AuthApi))
    follows = Every(1.0, "follow", application)
    starts = Every(1.0, "finish_starts", application)
    forgets = Every(3600.0, "forget", application)
    # Two, so that a mail server which lets one conversation hang does not hold up all mail.
    sends = Every(MAIL_SECONDS, "send_mail", application)
    sends_too = Every(MAIL_SECONDS, "send_mail", application)
    sweeps_faxes = Every(60.0, "sweep_faxes", application)
    relay = Relays(application)

    def followers(self) -> tuple[Follower, ...]:
        return (self.application.follower,)

    # --- any feature -----------------------------------------------------------------------------------------

    @rpc
    def settings(self, request: SettingsQuery) -> SettingsView:
        return self.application.changes.view(request)

    @rpc
    def settings_history(self, request: SettingsHistoryQuery) -> SettingsHistory:
        return self.application.changes.history(request)

    @rpc
    def restore_settings(self, request: RestoreSettings) -> Nothing:
        return self.application.changes.restore(request)

    @rpc
    def add_address(self, request: AddAddress) -> AddressesChanged:
        return self.application.addresses.add(request)

    @rpc
    def remove_address(self, request: RemoveAddress) -> AddressesChanged:
        return self.application.addresses.remove(request)

    @rpc
    def send_address_link(self, request: SendAddressLink) -> Nothing:
        return self.application.address_links.send(request)

    @rpc
    def look_at_address_link(self, request: LookAtAddressLink) -> AddressLinkView:
        return self.application.address_links.look(request.token)

    @rpc
    def use_address_link(self, request: UseAddressLink) -> Nothing:
        return self.application.address_links.use(request)

    # --- feature by feature ----------------------------------------------------------------------------------

    @rpc
    def change_call_notification(self, request: ChangeCallNotification) -> Nothing:
        return self.application.call_notifications.change(request)

    @rpc
    def change_fax_notification(self, request: ChangeFaxNotification) -> Nothing:
        return self.application.fax_notifications.change(request)

    @rpc
    def change_call_forwarding(self, request: ChangeCallForwarding) -> Nothing:
        return self.application.call_forwardings.change(request)

    @rpc
    def change_fault_notification(self, request: ChangeFaultNotification) -> Nothing:
        return self.application.fault_notifications.change(request)

    @rpc
    def line_news(self, request: LineNewsQuery) -> LineNews:
        return self.application.fault_notifications.news(request)

    # --- groups ----------------------------------------------------------------------------------------------

    @rpc
    def groups(self, request: GroupsQuery) -> Groups:
        return self.application.groups.all(request)

    @rpc
    def group(self, request: GroupQuery) -> GroupView:
        return self.application.groups.one(request)

    @rpc
    def group_history(self, request: GroupQuery) -> GroupHistory:
        return self.application.groups.history(request)

    @rpc
    def groups_of_numbers(self, request: GroupsOfNumbersQuery) -> NumbersInGroups:
        return self.application.groups.of_numbers(request)

    @rpc
    def set_group(self, request: SetGroup) -> Nothing:
        return self.application.bulk_forwarding.set(request)

    @rpc
    def remove_group(self, request: RemoveGroup) -> Nothing:
        return self.application.bulk_forwarding.remove(request)

    @rpc
    def start_group(self, request: StartGroup) -> Nothing:
        return self.application.bulk_forwarding.start(request)

    @rpc
    def stop_group(self, request: StopGroup) -> Nothing:
        return self.application.bulk_forwarding.stop(request)

    @rpc
    def group_in_bulk(self, request: GroupInBulkQuery) -> GroupInBulk:
        return self.application.bulk_targets.group(request)

    @rpc
    def check_targets(self, request: CheckTargets) -> TargetsChecked:
        return self.application.bulk_targets.check(request)

    @rpc
    def apply_targets(self, request: ApplyTargets) -> Nothing:
        self.application.bulk_targets.apply(request)
        return Nothing()

    # --- the network -----------------------------------------------------------------------------------------

    @inbox(QUEUE)
    def network_event(self, body: object) -> None:
        """The same events from the queue. Raises `Unreadable`."""
        try:
            event = NETWORK_EVENT.validate_python(body)
        except ValidationError as error:
            raise Unreadable(f"{error.error_count()} faults") from None
        try:
            with acting(Origin(channel=Channel.NETWORK, correlation_id=new_correlation_id())):
                taken = self.application.intake.take(event)
        except (DocumentUnknown, DocumentTaken) as refused:
            # A document comes before its event. Waiting for one that may never come would hold up all others.
            raise Unreadable(type(refused).__name__) from None
        if taken.remarks:
            # Calls of numbers that nobody has go on for as long as the exchange has them: nothing to warn of each time.
            tell = log.info if taken.remarks == (Remark.NUMBER_UNKNOWN,) else log.warning
            tell("a network event was taken", kind=event.type, id=event.id, remarks=", ".join(taken.remarks))

    @rpc
    def route_call(self, request: RouteQuery) -> Route:
        return self.application.routes.of_call(request)

    @rpc
    def take_network_event(self, request: TakeNetworkEvent) -> NetworkEventTaken:
        return self.application.intake.take(request.event)

    # --- faxes -----------------------------------------------------------------------------------------------

    @rpc
    def keep_document_part(self, request: KeepDocumentPart) -> Nothing:
        return self.application.fax_documents.keep_part(request)

    @rpc
    def complete_document(self, request: CompleteDocument) -> DocumentKept:
        return self.application.fax_documents.complete(request)

    @rpc
    def faxes(self, request: InboxQuery) -> InboxPage:
        return self.application.fax_inboxes.page(request)

    @rpc
    def open_fax(self, request: FaxQuery) -> FaxEntry:
        return self.application.fax_inboxes.open(request)

    @rpc
    def fax_part(self, request: FaxPartQuery) -> FaxPart:
        return self.application.fax_inboxes.part(request)

    @rpc
    def delete_fax(self, request: DeleteFax) -> Nothing:
        return self.application.fax_inboxes.delete(request)

    @rpc
    def restore_fax(self, request: RestoreFax) -> Nothing:
        return self.application.fax_inboxes.restore(request)

    @rpc
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.application.history(request)
