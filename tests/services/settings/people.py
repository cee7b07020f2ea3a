"""A line and the people who work on its settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from chassis.follower import Follower
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.base import Envelope, HistoryQuery, Role, Secret
from contracts.phone import AssignmentId, Feature
from contracts.settings.api import (
    RestoreSettings,
    SettingsHistory,
    SettingsHistoryQuery,
    SettingsQuery,
    SettingsView,
)
from contracts.settings.call_forwarding import CallForwarding, ChangeCallForwarding, ForwardingRules
from contracts.settings.call_notification import CallNotification, CallRules, ChangeCallNotification
from contracts.settings.common import AddAddress, Reach, RemoveAddress
from contracts.settings.routing import Route, RouteQuery
from services.auth.application import Auth
from services.settings import policies, publishing
from services.settings.application import Settings

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
ADDRESS = "yamada@mail.example"
CALL, FAX, FAULT = Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION, Feature.FAULT_NOTIFICATION
FORWARDING, BULK = Feature.CALL_FORWARDING, Feature.BULK_FORWARDING


class Office:
    """Speaks for everybody; unless it is said, the contract number works on its own settings."""

    def __init__(self, auth: Auth, settings: Settings) -> None:
        self.auth = auth
        self.settings = settings
        self.follower = Follower(
            settings.store,
            "auth",
            auth.history,
            lambda events, tracking: policies.take(settings.numbers(), events, tracking),
        )

    # --- the carrier -----------------------------------------------------------------------------------------

    def provision(self, features: dict[str, set[Feature]] | None = None, *, followed: bool = True) -> None:
        has = features or {CONTRACT: set(Feature), ADDITIONAL: {CALL, FAX}}
        numbers = tuple(ProvisionedNumber(number=one, features=frozenset(had)) for one, had in has.items())
        self.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=numbers))
        if followed:
            self.follow()

    def remove(self, *numbers: str, followed: bool = True) -> None:
        self.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=numbers))
        if followed:
            self.follow()

    def follow(self) -> None:
        self.follower.catch_up()

    def assignment(self, number: str) -> AssignmentId:
        row = self.auth.store.row(
            "SELECT assignment_id FROM numbers WHERE number = :number AND removed = 0", {"number": number}
        )
        assert row is not None
        return AssignmentId(UUID(row["assignment_id"]))

    def reach(self, number: str = CONTRACT, by: str = CONTRACT) -> Reach:
        return Reach(
            assignment_id=self.assignment(number),
            number=number,
            contract_number=CONTRACT,
            by=by,
            by_assignment_id=self.assignment(by),
            role=Role.ADMINISTRATOR if by == CONTRACT else Role.USER,
        )

    # --- at the pages ----------------------------------------------------------------------------------------

    def view(self, number: str = CONTRACT, feature: Feature = CALL) -> SettingsView:
        return self.settings.changes.view(SettingsQuery(reach=self.reach(number), feature=feature))

    def call_notification(self, number: str = CONTRACT) -> CallNotification:
        found = self.view(number).settings
        assert isinstance(found, CallNotification)
        return found

    def add_address(
        self, address: str = ADDRESS, number: str = CONTRACT, feature: Feature = CALL, change_id: UUID | None = None
    ) -> int | None:
        """The version that it made."""
        order = AddAddress(
            reach=self.reach(number), feature=feature, change_id=change_id or uuid4(), address=Secret(address)
        )
        return self.settings.addresses.add(order).version

    def remove_address(self, address: str = ADDRESS, number: str = CONTRACT) -> int | None:
        """The version that it made."""
        (wanted,) = [one for one in self.call_notification(number).addresses if one.address.reveal() == address]
        return self.remove_again(wanted.address_id, number)

    def remove_again(self, address_id: UUID, number: str = CONTRACT) -> int | None:
        """The version that it made."""
        order = RemoveAddress(reach=self.reach(number), feature=CALL, change_id=uuid4(), address_id=address_id)
        return self.settings.addresses.remove(order).version

    def set_calls(
        self,
        *,
        number: str = CONTRACT,
        by: str = CONTRACT,
        change_id: UUID | None = None,
        seen: int | None = None,
        **rules: Any,
    ) -> None:
        view = self.view(number)
        assert isinstance(view.settings, CallNotification)
        present = {name: getattr(view.settings, name) for name in CallRules.model_fields}
        self.settings.call_notifications.change(
            ChangeCallNotification(
                reach=self.reach(number, by),
                change_id=change_id or uuid4(),
                seen=view.version if seen is None else seen,
                rules=CallRules.model_validate({**present, **rules}),
            )
        )

    def call_forwarding(self, number: str = CONTRACT) -> CallForwarding:
        found = self.view(number, FORWARDING).settings
        assert isinstance(found, CallForwarding)
        return found

    def forward(
        self,
        *targets: str,
        number: str = CONTRACT,
        by: str = CONTRACT,
        change_id: UUID | None = None,
        seen: int | None = None,
        **rules: Any,
    ) -> None:
        """Turn call forwarding on, to the first target unless another is active; the rest stays as it is."""
        view = self.view(number, FORWARDING)
        assert isinstance(view.settings, CallForwarding)
        present = {name: getattr(view.settings, name) for name in ForwardingRules.model_fields}
        slots = {"targets": (*targets, *("",) * (4 - len(targets)))} if targets else {}
        self.settings.call_forwardings.change(
            ChangeCallForwarding(
                reach=self.reach(number, by),
                change_id=change_id or uuid4(),
                seen=view.version if seen is None else seen,
                rules=ForwardingRules.model_validate({**present, "on": True, **slots, **rules}),
            )
        )

    def history(
        self, number: str = CONTRACT, feature: Feature = CALL, before: int | None = None, limit: int = 20
    ) -> SettingsHistory:
        return self.settings.changes.history(
            SettingsHistoryQuery(reach=self.reach(number), feature=feature, before=before, limit=limit)
        )

    def restore(
        self,
        version: int,
        *,
        number: str = CONTRACT,
        feature: Feature = CALL,
        by: str = CONTRACT,
        seen: int | None = None,
    ) -> None:
        self.settings.changes.restore(
            RestoreSettings(
                reach=self.reach(number, by),
                feature=feature,
                change_id=uuid4(),
                seen=self.view(number, feature).version if seen is None else seen,
                version=version,
            )
        )

    # --- the network -----------------------------------------------------------------------------------------

    def route(self, number: str = CONTRACT, caller: str | None = None, **asked: Any) -> Route:
        return self.settings.routes.of_call(RouteQuery(number=number, caller=caller, **asked))

    # --- what the world is told ------------------------------------------------------------------------------

    def told(self, *names: str) -> list[Envelope]:
        page = publishing.history(self.settings.store, HistoryQuery(limit=1000))
        return [event for event in page.events if not names or event.name in names]
