"""What a group of 一括転送機能 may be (FEAT-4), so far as it says so itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from contracts.settings.bulk_forwarding import LONGEST_NAME, GroupFault, GroupLimits


def faults(name: str, numbers: int, names: Collection[str], limits: GroupLimits) -> tuple[GroupFault, ...]:
    """The broken rules, in the order of the page. `names` are those of the line's other groups."""
    checks = (
        (not name, GroupFault.NO_NAME),
        (len(name) > LONGEST_NAME, GroupFault.LONG_NAME),
        (name in names, GroupFault.NAME_TAKEN),
        (numbers > limits.numbers, GroupFault.TOO_MANY_NUMBERS),
    )
    return tuple(fault for broken, fault in checks if broken)


def first_places(values: Iterable[str]) -> dict[str, int]:
    """Where each value stands first, from 1."""
    found: dict[str, int] = {}
    for place, value in enumerate(values, start=1):
        found.setdefault(value, place)
    return found
