"""Numbers of a group whose contract rests: they stay in it, though whoever sets the group does not set them (FEAT-4).

A feature that was withdrawn rests with its settings. Forms and downloads have the numbers that can be forwarded, so a form
or a file without the resting ones does not mean that they are to go.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from contracts.settings.bulk_forwarding import StoredMember, StoredRules
from services.settings.store import SettingsStore


def with_resting(
    store: SettingsStore, contract_number: str, *, before: StoredRules, asked: StoredRules, able: Collection[UUID]
) -> StoredRules:
    """What was asked for, and behind it what rests. `able` are the numbers that whoever asked could see.

    A number that left the line does not rest: its next holder is not meant (LINE-9).
    """
    seen = tuple(one for one in before.members if one.assignment_id in able)
    if len(seen) == len(before.members):
        return asked
    resting = resting_in(store, contract_number, before, able)
    unmoved = asked.members == seen and len(seen) + len(resting) == len(before.members)
    return asked.model_copy(update={"members": before.members if unmoved else (*asked.members, *resting)})


def resting_in(
    store: SettingsStore, contract_number: str, rules: StoredRules, able: Collection[UUID]
) -> tuple[StoredMember, ...]:
    """Those of the line that are in the group and not among the `able`, which have the feature."""
    unable = [one for one in rules.members if one.assignment_id not in able]
    on_line = {held.assignment_id for held in store.line(contract_number)} if unable else set()
    return tuple(one for one in unable if one.assignment_id in on_line)
