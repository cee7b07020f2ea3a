"""What is wrong with a part of a request, as a sentence that goes on from the part's name: "outcome must be ..."

The words of the library that checks it speak of its own types, and some of them repeat what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]

_WHERE = re.compile(r"at line \d+ column \d+$")
_FORMS = {
    r"^[^\x00-\x1f\x7f-\x9f]+$": "must not have control characters in it",
    "^[0-9a-f]{32}$": "must be 32 hexadecimal digits in lower case, as `audit list --json` shows them",
    "^[A-Za-z]+$": "must be the name of an event, like CredentialLocked",
}
_MOMENT = "must be a date and time with its zone, like 2026-04-01T09:30:00Z"
_FIXED = {
    "missing": "is missing",
    "timezone_aware": "needs its zone, like 2026-04-01T09:30:00Z; in an address + is written %2B",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "string_type": "must be text in quotes",
    "string_unicode": "must be text in UTF-8",
    "uuid_type": "must be a UUID in quotes",
    "uuid_parsing": "must be a UUID, like 7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "frozen_set_type": "must be a list",
}
_FROM_CONTEXT: Mapping[str, Callable[[Context], str]] = {
    "json_invalid": lambda found: " ".join(["must be JSON; it cannot be read", *_WHERE.findall(str(found["error"]))]),
    "literal_error": lambda found: f"must be {found['expected']}",
    "enum": lambda found: f"must be {found['expected']}",
    "union_tag_invalid": lambda found: f"needs as its {_bare(found['discriminator'])} one of {found['expected_tags']}",
    "string_too_short": lambda found: f"must have {found['min_length']} or more characters",
    "string_too_long": lambda found: f"must have {found['max_length']} characters at most",
    "string_pattern_mismatch": lambda found: _FORMS.get(found["pattern"], f"must match {found['pattern']}"),
    "greater_than_equal": lambda found: f"must be {found['ge']} or more",
    "less_than_equal": lambda found: f"must be {found['le']} or less",
    "too_long": lambda found: f"must have {found['max_length']} entries at most",
}


def advice(kind: str, message: str, context: Context, described_at: str) -> str:
    """From the library's kind of error, its message and what it found. `described_at` has the fields that there are."""
    if kind == "extra_forbidden":
        return f"is not known here; see {described_at} for what is"
    if kind == "union_tag_not_found":
        return f"needs a {_bare(context['discriminator'])}; see {described_at} for those there are"
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _FROM_CONTEXT:
        return _FROM_CONTEXT[kind](context)
    return message.removeprefix("Value error, ")


def _bare(quoted: str) -> str:
    return quoted.strip("'")
