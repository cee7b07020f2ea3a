"""Whose assignments these are, for what the world is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from chassis.among import rows_among
from services.settings.store import SettingsStore


class Whose(NamedTuple):
    """A number and its line; None where they were erased."""

    assignment: str | None
    number: str | None
    line: str | None


NOBODY = Whose(None, None, None)


def holders(store: SettingsStore, assignment_ids: set[UUID]) -> Mapping[UUID, Whose]:
    """The numbers and lines of these assignments, those that have left too."""
    rows = rows_among(
        store,
        "SELECT assignment_id, number, contract_number FROM numbers WHERE assignment_id IN (:values)",
        (one.hex for one in assignment_ids),
    )
    return {
        UUID(row["assignment_id"]): Whose(row["assignment_id"], row["number"], row["contract_number"]) for row in rows
    }
