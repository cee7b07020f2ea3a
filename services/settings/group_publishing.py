"""How the events of a group of 一括転送機能 are told to the world: `BulkForwardingChanged`, `…Started`, `…Stopped`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.personal_data import Sealed
from chassis.publishing import Published
from contracts.phone import masked
from contracts.settings.bulk_forwarding import GroupCause, StoredRules
from services.settings.forwarding_group import ForwardingGroup
from services.settings.holders import NOBODY, holders
from services.settings.store import SettingsStore

GroupEvent = ForwardingGroup.Changed | ForwardingGroup.Removed | ForwardingGroup.Started | ForwardingGroup.Stopped
EVENTS = (ForwardingGroup.Changed, ForwardingGroup.Removed, ForwardingGroup.Started, ForwardingGroup.Stopped)


def tell(store: SettingsStore, events: Sequence[GroupEvent]) -> list[Published]:
    """Many at once, so that numbers are looked up together."""
    concerned = {one for event in events for one in assignments_in(event)}
    lines = lines_of(store, events)
    whose = holders(store, concerned | set(lines.values()))
    numbers = {one: found.number for one, found in whose.items()}
    return [told(store, event, whose.get(lines[event.originator_id], NOBODY).number, numbers) for event in events]


def lines_of(store: SettingsStore, events: Sequence[GroupEvent]) -> dict[UUID, UUID]:
    """For each group the assignment of the contract number that it belongs to."""
    found: dict[UUID, UUID] = {}
    for group_id in {event.originator_id for event in events}:
        (first,) = store.events.get(group_id, limit=1)
        assert isinstance(first, ForwardingGroup.Created)
        found[group_id] = first.line
    return found


def assignments_in(event: GroupEvent) -> list[UUID]:
    """The numbers that it tells of."""
    match event:
        case ForwardingGroup.Changed():
            return event.members
        case ForwardingGroup.Started():
            return [*event.forwarding, *map(UUID, event.failed)]
        case ForwardingGroup.Stopped():
            return event.was_forwarding
        case _:
            return []


def told(
    store: SettingsStore, event: GroupEvent, contract_number: str | None, numbers: Mapping[UUID, str | None]
) -> Published:
    """Numbers that were erased since are left out; targets are told masked."""
    data: dict[str, Any] = {"contract_number": contract_number, "group": str(event.originator_id)}

    def named(assignments: Sequence[UUID]) -> list[str]:
        return [number for number in map(numbers.get, assignments) if number]

    match event:
        case ForwardingGroup.Changed():
            name = "BulkForwardingChanged"
            data |= {
                "numbers": named(event.members),
                "cause": GroupCause.SUBSCRIBER.value,
                "old": _rules(store, event.old),
                "new": _rules(store, event.new),
            }
        case ForwardingGroup.Removed():
            name = "BulkForwardingChanged"
            cause = GroupCause.SUBSCRIBER.value
            data |= {"numbers": [], "cause": cause, "old": _rules(store, event.old), "new": None}
        case ForwardingGroup.Started():
            name = "BulkForwardingStarted"
            failed = [
                {"number": number, "reason": reason}
                for one, reason in event.failed.items()
                if (number := numbers.get(UUID(one)))
            ]
            data |= {"numbers": named(event.forwarding), "failed": failed, "cause": event.cause}
        case ForwardingGroup.Stopped():
            name = "BulkForwardingStopped"
            data |= {"numbers": named(event.was_forwarding), "cause": event.cause}
    return Published(name, contract_number, contract_number, data)


def _rules(store: SettingsStore, sealed: Sealed | None) -> dict[str, Any] | None:
    text = store.personal.open(sealed)
    if text is None:
        return None
    rules = StoredRules.model_validate_json(text)
    members = [{"number": one.number, "target": masked(one.target)} for one in rules.members]
    return {"name": rules.name, "automatic": rules.automatic, "members": members}
