"""What the world is told of faxes (EVENTS.md): who sent one stays in the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.publishing import Published
from services.settings.fax_inbox import FaxInbox
from services.settings.holders import NOBODY, Whose, holders
from services.settings.store import SettingsStore

FaxEvent = FaxInbox.Received | FaxInbox.Refused | FaxInbox.Read | FaxInbox.Deleted | FaxInbox.Restored

NAMES: dict[type[FaxEvent], str] = {
    FaxInbox.Received: "FaxReceived",
    FaxInbox.Refused: "FaxRefused",
    FaxInbox.Read: "FaxRead",
    FaxInbox.Deleted: "FaxDeleted",
    FaxInbox.Restored: "FaxRestored",
}


def tell(store: SettingsStore, events: Sequence[FaxEvent]) -> list[Published]:
    """Each of them, the numbers looked up together."""
    whose = holders(store, {event.assignment_id for event in events})
    return [_published(event, whose.get(event.assignment_id, NOBODY)) for event in events]


def _published(event: FaxEvent, whose: Whose) -> Published:
    data = {
        "number": whose.number,
        "contract_number": whose.line,
        "assignment": whose.assignment,
        "fax": str(event.fax_id),
        "pages": event.pages,
    }
    match event:
        case FaxInbox.Received():
            data |= {"size": event.size, "quarantined": event.fault}
        case FaxInbox.Refused():
            data |= {"cause": "full"}
        case FaxInbox.Deleted():
            data |= {"cause": event.cause}
    return Published(NAMES[type(event)], whose.number, whose.line, data)
