"""What operators ask, as one query over the index (AUDIT-4)."""

from __future__ import annotations

from typing import Any

from chassis.clock import to_micros
from contracts.audit import AuditQuery

MOST_ENTRIES = 1000
"""A page holds no more, whatever is asked for; `more` tells that there are."""


_BEGINNING = (
    "COALESCE((SELECT b.position FROM entries b WHERE b.latest >= :since ORDER BY b.latest, b.position LIMIT 1), "
    "9223372036854775807)"
)
"""The first entry of a period; beyond all others where there is none."""
_FROM_THE_BEGINNING = f"CASE WHEN {_BEGINNING} > :after THEN {_BEGINNING} - 1 ELSE :after END"
"""Those before it happened before, so they need not be looked at one by one. As one bound, since SQLite uses one."""


KINDS = (
    "WITH RECURSIVE found (kind) AS (SELECT MIN(kind) FROM entries UNION ALL "
    "SELECT (SELECT MIN(e.kind) FROM entries e WHERE e.kind > f.kind) FROM found f WHERE f.kind IS NOT NULL) "
    "SELECT kind FROM found WHERE kind IS NOT NULL"
)
"""From each kind to the next by the index: as many looks as there are kinds, however many entries."""


def page_size(query: AuditQuery) -> int:
    """How many entries the answer may hold."""
    return min(max(query.limit, 1), MOST_ENTRIES)


def search(query: AuditQuery) -> tuple[str, dict[str, Any]]:
    """The SQL and its parameters; it finds one entry beyond the page, if there is one, to know that there is more."""
    after = _FROM_THE_BEGINNING if query.since else ":after"
    wanted: dict[str, tuple[str, Any]] = {
        "line": ("e.line = :line", query.line),
        "kind": ("e.kind = :kind", query.kind),
        "correlation_id": ("e.correlation_id = :correlation_id", query.correlation_id),
        "since": ("+e.happened_at >= :since", query.since and to_micros(query.since)),
        "until": ("e.happened_at < :until", query.until and to_micros(query.until)),
        "before": ("e.position < :before", query.before),
        "number": (f"n.number = :number AND n.position > {after}", query.number),
    }
    given = {name: condition for name, condition in wanted.items() if condition[1] is not None}
    source = "entry_numbers n JOIN entries e ON e.position = n.position" if query.number else "entries e"
    conditions = " AND ".join([f"e.position > {after}", *(sql for sql, _ in given.values())])
    order = "e.position DESC" if query.newest else "e.position"
    return (
        f"SELECT e.* FROM {source} WHERE {conditions} ORDER BY {order} LIMIT :limit",  # noqa: S608  # own words only
        {"after": query.after, "limit": page_size(query) + 1, **{name: value for name, (_, value) in given.items()}},
    )
