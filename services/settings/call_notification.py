"""着信お知らせメール: setting its rules, and telling a call by mail (FEAT-1)."""

from __future__ import annotations

from typing import Any

from chassis.recorders import Write
from contracts.base import Nothing
from contracts.phone import Feature
from contracts.settings.call_notification import CallNotification, ChangeCallNotification
from contracts.settings.network import IncomingCallEvent
from services.settings.call_notification_rules import wants
from services.settings.changes import Changes
from services.settings.letters import CALL
from services.settings.notices import Notices
from services.settings.store import Held, SettingsStore


class CallNotifications:
    """Of all numbers."""

    def __init__(self, store: SettingsStore, changes: Changes, notices: Notices) -> None:
        self._store = store
        self._changes = changes
        self._notices = notices

    def whenever_a_call_came(self, event: IncomingCallEvent) -> tuple[list[Any], list[Write]]:
        """Then a mail goes to each address, if the settings of the called number want this call told."""
        found = self._wanted(event)
        if found is not None:
            self._store.hurry()  # the number may have another holder, who is nobody's to be told of
            found = self._wanted(event)
        if found is None:
            return [], []
        call, (holder, settings) = event.data, found
        told = {
            "number": call.number,
            "outcome": call.outcome.value,
            "at": event.time.isoformat(),
            **({"caller": call.caller} if call.caller else {"withheld": str(call.withheld)}),
        }
        return [], [
            self._notices.notice(
                holder.assignment_id,
                CALL,
                f"call {event.key} {one.address_id.hex}",
                address=one.address.reveal(),
                content=told,
            )
            for one in settings.addresses
        ]

    def _wanted(self, event: IncomingCallEvent) -> tuple[Held, CallNotification] | None:
        call = event.data
        holder = self._store.holder_of(call.number, Feature.CALL_NOTIFICATION)
        settings = self._changes.present(holder.assignment_id, Feature.CALL_NOTIFICATION) if holder else None
        if holder is None or not isinstance(settings, CallNotification):
            return None
        wanted = wants(settings, caller=call.caller, outcome=call.outcome, at=event.time)
        return (holder, settings) if wanted else None

    def change(self, request: ChangeCallNotification) -> Nothing:
        """The addresses stay. Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        return self._changes.set_rules(request, CallNotification)
