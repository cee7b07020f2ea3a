"""Numbers of a group whose contract rests: they stay in it, though whoever sets the group does not see them (FEAT-4).

A feature that was withdrawn rests with its settings. Pages and downloads show the numbers that can be forwarded, so a form
or a file without the resting ones does not mean that they are to go.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from contracts.settings.bulk_forwarding import StoredRules
from services.settings.store import SettingsStore


def with_resting(
    store: SettingsStore, contract_number: str, *, before: StoredRules, asked: StoredRules, able: Collection[UUID]
) -> StoredRules:
    """What was asked for, and behind it what rests. `able` are the numbers that whoever asked could see.

    A number that left the line does not rest: its next holder is not meant (LINE-9).
    """
    hidden = [one for one in before.members if one.assignment_id not in able]
    if not hidden:
        return asked
    seen = tuple(one for one in before.members if one.assignment_id in able)
    on_line = {held.assignment_id for held in store.line(contract_number)}
    resting = tuple(one for one in hidden if one.assignment_id in on_line)
    unmoved = asked.members == seen and len(resting) == len(hidden)
    return asked.model_copy(update={"members": before.members if unmoved else (*asked.members, *resting)})
