"""Features of which a number can have only one turned on: fax notification and call forwarding (FEAT-2, FEAT-3).

Each feature's settings have a stream of their own, so neither stream's version sees the other change. Whichever is
turned on takes the number's one row in `exclusive_features`, in the transaction of its change; of two that are turned on
in the same moment one finds the row taken, is a conflict, and meets the check when it is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chassis.recorders import Write
from contracts.phone import Feature
from contracts.settings.common import SettingsFault
from services.settings.schema import bit_of
from services.settings.store import SettingsStore

OTHERS: Mapping[Feature, tuple[Feature, SettingsFault]] = {
    Feature.FAX_NOTIFICATION: (Feature.CALL_FORWARDING, SettingsFault.FORWARDING_IS_ON),
    Feature.CALL_FORWARDING: (Feature.FAX_NOTIFICATION, SettingsFault.FAX_IS_ON),
}
"""For each of the two: the other, and how a refusal on its account is named."""

_TAKE = (
    "INSERT INTO exclusive_features VALUES (:id, :feature) ON CONFLICT (assignment_id) DO UPDATE "
    "SET feature = excluded.feature WHERE exclusive_features.feature = excluded.feature "
    "OR NOT EXISTS (SELECT 1 FROM numbers WHERE assignment_id = :id AND (features & :other) <> 0)"
)
_LEAVE = "DELETE FROM exclusive_features WHERE assignment_id = :id AND feature = :feature"


def excluded_by(store: SettingsStore, assignment_id: UUID, feature: Feature) -> tuple[SettingsFault, ...]:
    """The fault of turning `feature` on now; none where nothing is in the way of it."""
    return (OTHERS[feature][1],) if in_the_way_of(store, assignment_id, feature) else ()


def in_the_way_of(store: SettingsStore, assignment_id: UUID, feature: Feature) -> Feature | None:
    """The other feature; None where it is off, or rests because it is not contracted."""
    if feature not in OTHERS:
        return None
    other, _ = OTHERS[feature]
    found = store.row(
        "SELECT 1 AS there FROM exclusive_features AS taken JOIN numbers ON numbers.assignment_id = taken.assignment_id "
        "WHERE taken.assignment_id = :id AND taken.feature = :other AND (numbers.features & :bit) <> 0",
        {"id": assignment_id.hex, "other": other.value, "bit": bit_of(other)},
    )
    return other if found else None


def writes_for(assignment_id: UUID, feature: Feature, *, on: bool) -> list[Write]:
    """To be saved with every change of the feature's settings: a conflict where the other was turned on meanwhile."""
    if feature not in OTHERS:
        return []
    row = {"id": assignment_id.hex, "feature": feature.value}
    if not on:
        return [(_LEAVE, row)]
    return [(_TAKE, {**row, "other": bit_of(OTHERS[feature][0])}, 1)]
