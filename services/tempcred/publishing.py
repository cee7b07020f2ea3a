"""What the world learns of a temporary password; the only door out. A request that was never set is our own affair."""

from __future__ import annotations

from typing import Any

from chassis.publishing import Event, Published, history_page
from contracts.base import HistoryPage, HistoryQuery
from contracts.phone import masked
from services.tempcred.lifetimes import Lifetimes
from services.tempcred.temporary_password import TemporaryPassword


def history(application: Lifetimes, query: HistoryQuery) -> HistoryPage:
    """The public events after a position."""
    return history_page(application, query, lambda events: [_published(application, event) for event in events])


def _published(application: Lifetimes, event: Event) -> Published | None:
    match event:
        case TemporaryPassword.Set():
            return _about(application, event, "TemporaryPasswordSet", {"expires_at": event.expires_at.isoformat()})
        case TemporaryPassword.Replaced():
            return _about(application, event, "TemporaryPasswordReplaced", {})
        case TemporaryPassword.Voided():
            return _about(application, event, "TemporaryPasswordVoided", {"cause": event.cause})
        case _:
            return None


def _about(application: Lifetimes, event: Event, name: str, data: dict[str, Any]) -> Published:
    known = application.known(event.originator_id)
    number, caller, line = application.personal.open_all([known.number, known.caller, known.contract_number])
    if name == "TemporaryPasswordSet":
        # The owner of a number need not learn which telephone of the office dialled, unless it was its own.
        shown = caller if caller is None or caller == number else masked(caller)
        data = {"unit": known.unit.value, "caller": shown, **data}
    return Published(name, subject=number, line=line, data={"number": number, **data})
