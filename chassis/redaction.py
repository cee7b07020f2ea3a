"""Keeps secrets out of what is logged, whoever wrote the line (AUDIT-2).

The second lock: the first is not to log them. So it rather stars too much than too little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from contracts.base import Secret

STARS = "***"

_SECRET_KEY = re.compile(
    r"passw|passphrase|digits|token|secret|authorization|cookie|pepper|otp|csrf|session_key|api_?key|^key$|^present$|^new$",
    re.IGNORECASE,
)
_HARMLESS_KEY = re.compile(r"address_token")

_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    # pydantic quotes what it could not read, which may be a password in the wrong field
    (re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL), f"input_value={STARS}"),
    (re.compile(r"\bBearer\s+\S+", re.IGNORECASE), f"Bearer {STARS}"),
    (re.compile(r"(\w://[^\s/:@]*):[^\s/@]*@"), rf"\1:{STARS}@"),
    (
        re.compile(
            r"((?:passw\w*|digits|token|secret|authorization|cookie|pepper|otp)[\"']?\s*[=:]\s*)(?!None\b)[^\s,;&}\])]+",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    # query strings may carry link tokens
    (re.compile(r"(\b(?:GET|POST|HEAD|PUT|DELETE|PATCH|OPTIONS) [^\s?]*)\?\S*"), rf"\1?{STARS}"),
    # eight digits are a temporary password until proven otherwise; phone numbers have ten or eleven
    (re.compile(r"(?<![\w.-])\d{8}(?![\w.-])"), STARS),
)


def redacted_text(text: str) -> str:
    """The text with whatever looks like a secret starred."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def redacted(value: Any) -> Any:
    """The value with secrets starred at any depth, as JSON can tell it."""
    match value:
        case Secret() | bytes():
            return STARS
        case str():
            return redacted_text(value)
        case Mapping():
            return {str(key): STARS if is_secret_key(str(key)) else redacted(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted(item) for item in value]
        case int() | float() | None:
            return value
    return redacted_text(repr(value))


def is_secret_key(key: str) -> bool:
    """Whether what stands under this name is starred unseen."""
    return bool(_SECRET_KEY.search(key)) and not _HARMLESS_KEY.search(key)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor: runs last before the line is rendered, over tracebacks too."""
    cleaned: MutableMapping[str, Any] = redacted(event)
    return cleaned
