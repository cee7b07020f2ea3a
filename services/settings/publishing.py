"""Settings' events as the world is told them: the only door out (EVENTS.md, catalogue version 1).

Mail addresses are told masked, and so are other people's numbers in lists. Each aggregate of the service has one entry in
`_TELLERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from chassis.mail_addresses import masked_address
from chassis.personal_data import Sealed
from chassis.publishing import Event, Published, history_page
from contracts.base import HistoryPage, HistoryQuery
from contracts.phone import Feature
from services.settings import fax_publishing, group_publishing
from services.settings.feature_settings import FeatureSettings
from services.settings.holders import NOBODY, Whose, holders
from services.settings.kinds import KINDS, as_told, from_text
from services.settings.notice import Notice
from services.settings.store import SettingsStore


class Teller(NamedTuple):
    """How the events of one aggregate are told, many at once so that rows and keys are looked up together."""

    events: tuple[type, ...]
    tell: Callable[[SettingsStore, Sequence[Any]], list[Published]]


def history(store: SettingsStore, query: HistoryQuery) -> HistoryPage:
    """What others are told after a position, in order."""
    return history_page(store, query, lambda events: _publish(store, events))


def _publish(store: SettingsStore, events: Sequence[Event]) -> list[Published | None]:
    told: list[Published | None] = [None] * len(events)
    for teller in _TELLERS:
        places = [place for place, event in enumerate(events) if isinstance(event, teller.events)]
        if places:
            for place, published in zip(places, teller.tell(store, [events[one] for one in places]), strict=True):
                told[place] = published
    return told


def _changes(store: SettingsStore, events: Sequence[FeatureSettings.Changed]) -> list[Published]:
    whose = holders(store, {event.new.subject for event in events})
    sealed = [value for event in events for value in (event.old, event.new)]
    opened = dict(zip(sealed, store.personal.open_all(sealed), strict=True))
    return [_change(event, whose.get(event.new.subject, NOBODY), opened) for event in events]


def _change(event: FeatureSettings.Changed, whose: Whose, opened: Mapping[Sealed, str | None]) -> Published:
    data = {
        "number": whose.number,
        "contract_number": whose.line,
        "assignment": whose.assignment,
        "old": _masked(opened[event.old]),
        "new": _masked(opened[event.new]),
        "version": event.number,
        "restored": event.restored,
    }
    return Published(KINDS[Feature(event.feature)].event, whose.number, whose.line, data)


def _masked(text: str | None) -> dict[str, Any] | None:
    return as_told(from_text(text), masked_address) if text is not None else None


def _notices(store: SettingsStore, events: Sequence[Notice.Created]) -> list[Published]:
    whose = holders(store, {event.assignment_id for event in events})
    addresses = store.personal.open_all(event.address for event in events)
    return [
        _notice(event, whose.get(event.assignment_id, NOBODY), address)
        for event, address in zip(events, addresses, strict=True)
    ]


def _notice(event: Notice.Created, whose: Whose, address: str | None) -> Published:
    data = {
        "number": whose.number,
        "contract_number": whose.line,
        "assignment": whose.assignment,
        "feature": event.feature,
        "address": masked_address(address) if address else None,
    }
    return Published("NoticeSent" if event.sent else "NoticeFailed", whose.number, whose.line, data)


_TELLERS = (
    Teller((FeatureSettings.Changed,), _changes),
    Teller((Notice.Created,), _notices),
    Teller(tuple(fax_publishing.NAMES), fax_publishing.tell),
    Teller(group_publishing.EVENTS, group_publishing.tell),
)
