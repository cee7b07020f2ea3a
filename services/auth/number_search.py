"""A search of numbers as a condition in SQL that an index answers (PWD-7). Pure."""

from __future__ import annotations

from contracts.phone import ANY, MOST_DIGITS


def search_condition(search: str) -> tuple[str, dict[str, str]]:
    """Numbers that begin with `search`, a `*` in it standing for any digits or none; the condition and its parameters.

    `search` is in normal form and not empty (`contracts.phone`): with nothing but digits and `*` in it, nothing needs to be
    escaped. The digits before the first `*` bound a range of the index; LIKE looks at what lies within it.
    """
    prefix, wildcard, _ = search.partition(ANY)
    conditions, params = [], {}
    if prefix:
        # Digits alone order alike in every collation, which a bound such as "03:" would not.
        conditions.append("number BETWEEN :first AND :last")
        params = {"first": prefix, "last": prefix.ljust(MOST_DIGITS, "9")}
    if wildcard:
        conditions.append("number LIKE :pattern")
        params["pattern"] = search.replace(ANY, "%") + "%"
    return " AND ".join(conditions), params
