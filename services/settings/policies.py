"""Whenever auth tells of numbers and what they have contracted, settings know it too (run by the follower).

A page of auth's history at once: a line of 10,000 numbers brings 20,000 events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from eventsourcing.persistence import Tracking

from contracts.base import Envelope
from services.settings.numbers import Numbers


def whenever_a_number_is_added(numbers: Numbers, assignment_id: UUID, event: Envelope) -> None:
    """Then it has a holder. One that was erased since is never asked about."""
    number, line = event.data["number"], event.data["contract_number"]
    if number and line:
        numbers.add(assignment_id, number=number, contract_number=line, position=event.position)


def whenever_features_are_contracted(numbers: Numbers, assignment_id: UUID, event: Envelope) -> None:
    """Then these may be set, and those that were withdrawn rest (MENU-3)."""
    numbers.contract(assignment_id, event.data["features"])


def whenever_a_number_is_removed(numbers: Numbers, assignment_id: UUID, _event: Envelope) -> None:
    """Then its settings end (LINE-6)."""
    numbers.remove(assignment_id)


POLICIES: dict[str, Callable[[Numbers, UUID, Envelope], None]] = {
    "NumberAdded": whenever_a_number_is_added,
    "FeaturesContracted": whenever_features_are_contracted,
    "NumberRemoved": whenever_a_number_is_removed,
}


def take(numbers: Numbers, events: Sequence[Envelope], tracking: Tracking) -> None:
    """What follows from these events of auth, saved with the position."""
    for event in events:
        policy = POLICIES.get(event.name)
        if policy is not None:
            policy(numbers, UUID(event.data["assignment"]), event)
    numbers.save(tracking)
