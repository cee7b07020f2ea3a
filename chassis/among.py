"""Rows for many values at once: one query for some hundreds instead of one for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

AT_ONCE = 500
"""Both databases take more parameters than this in one statement."""


class Queried(Protocol):
    """What is needed of a store."""

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...


def rows_among(
    store: Queried, sql: str, values: Iterable[str], given: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query that says `… IN (:values)`, whose other parts must not depend on how often it is asked.

    `given` are its other parameters.
    """
    wanted = list(dict.fromkeys(values))
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), AT_ONCE):
        params = {f"v{place}": value for place, value in enumerate(wanted[start : start + AT_ONCE])}
        places = ", ".join(f":{name}" for name in params)
        found += store.rows(sql.replace(":values", places), {**params, **(given or {})})
    return found
