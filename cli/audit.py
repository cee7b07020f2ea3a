"""`./hikari audit`: the audit trail, page by page, and what kinds of entries there are (AUDIT-4)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError

from cli.complaint import UNREACHABLE, USAGE, Complaint
from cli.operators import Conflict, Operators
from cli.periods import moment
from cli.text import printable
from contracts.audit import AuditEntry, AuditKinds, AuditPage
from contracts.base import Message
from contracts.phone import NotAPhoneNumber, normalise_number

Answer = TypeVar("Answer", bound=Message)
PAGE = 200
_CORRELATION_ID = re.compile(r"[0-9a-f]{32}")
COLUMNS = {"time": 19, "kind": 33, "number": 11, "line": 11, "actor": 25, "channel": 7, "cause": 0}
"""Widths hold the longest usual value, so that pages line up with each other; a longer value moves its row only."""


@dataclass(frozen=True)
class Asked:
    """The conditions as typed."""

    number: str | None = None
    line: str | None = None
    kind: str | None = None
    since: str | None = None
    until: str | None = None
    correlation_id: str | None = None

    def conditions(self) -> dict[str, str]:
        """As the operators' API takes them. Raises `Complaint` for what is no number, time or period."""
        read = {
            "number": self.number and _number(self.number),
            "line": self.line and _number(self.line),
            "kind": self.kind,
            "since": self.since and moment(self.since).isoformat(),
            "until": self.until and moment(self.until).isoformat(),
            "correlation_id": self.correlation_id and _correlation_id(self.correlation_id),
        }
        if read["since"] and read["until"] and read["since"] >= read["until"]:
            raise Complaint("nothing can be between --since and --until: the first must be the earlier one", USAGE)
        return {name: value for name, value in read.items() if value}


def _number(text: str) -> str:
    try:
        return normalise_number(text)
    except NotAPhoneNumber as error:
        raise Complaint(f"{text!r}: {error}", USAGE) from None


def _correlation_id(text: str) -> str:
    """Also as it is written with hyphens."""
    found = text.strip().lower().replace("-", "")
    if not _CORRELATION_ID.fullmatch(found):
        raise Complaint(
            f"{text!r} is no correlation id: one has 32 hexadecimal digits, as ./hikari audit list --json shows them",
            USAGE,
        )
    return found


def list_entries(
    operators: Operators, conditions: dict[str, str], *, limit: int | None, newest: bool, as_json: bool
) -> int:
    """Print what meets the conditions, at most `limit` entries. Returns the exit code.

    Of a kind that was never recorded it says so beside: it is misspelt, or nothing of it has happened yet.
    """
    count = 0
    for count, entry in enumerate(_entries(operators, conditions, limit, newest=newest), start=1):
        if as_json:
            print(entry.model_dump_json())
            continue
        if count == 1:
            print(_row({name: name.upper() for name in COLUMNS}))
        print(_row(_cells(entry)))
    if not count:
        _say_if_unknown(operators, conditions.get("kind"))
        if not as_json:
            print("no entries")
    return 0


def list_kinds(operators: Operators) -> int:
    """Print the kinds that may be asked for. Returns the exit code."""
    for kind in _kinds(operators):
        print(printable(kind))
    return 0


def _say_if_unknown(operators: Operators, kind: str | None) -> None:
    if kind is None:
        return
    known = {one.lower(): one for one in _kinds(operators)}
    if kind in known.values():
        return
    near = [known[one] for one in get_close_matches(kind.lower(), known, n=3)]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    print(
        f"hikari: nothing of the kind {kind!r} was ever recorded.{meant} ./hikari audit kinds lists what was.",
        file=sys.stderr,
    )


def _kinds(operators: Operators) -> tuple[str, ...]:
    return _read(AuditKinds, operators, "/ops/api/audit/kinds", {}).kinds


def _entries(
    operators: Operators, conditions: dict[str, str], limit: int | None, *, newest: bool
) -> Iterator[AuditEntry]:
    seen: dict[str, Any] = {"newest": "true"} if newest else {"after": 0}
    left = limit
    while left is None or left > 0:
        wanted = PAGE if left is None else min(left, PAGE)
        page = _read(AuditPage, operators, "/ops/api/audit", {**conditions, **seen, "limit": wanted})
        yield from page.entries
        if not page.more or not page.entries:
            return
        seen["before" if newest else "after"] = page.entries[-1].position
        left = None if left is None else left - len(page.entries)


def _read(model: type[Answer], operators: Operators, path: str, parameters: dict[str, Any]) -> Answer:
    try:
        return model.model_validate(operators.get(path, parameters))
    except Conflict as refused:
        faults = "; ".join(f"{place}: {what}" for place, what in refused.details.get("faults") or ())
        raise Complaint(
            f"the site does not take these conditions: {printable(faults or str(refused))}", USAGE
        ) from None
    except ValidationError as error:
        raise Complaint(
            f"the site's answer is not understood; is it of another version?\n{error}", UNREACHABLE
        ) from None


def _cells(entry: AuditEntry) -> dict[str, str]:
    local = entry.time.astimezone()
    actor = " ".join(part for part in (entry.role, entry.actor) if part)
    return {
        "time": f"{local:%Y-%m-%d %H:%M:%S}",
        "kind": entry.kind,
        "number": entry.number or "-",
        "line": entry.line or "-",
        "actor": actor or "-",
        "channel": entry.channel or "-",
        "cause": entry.cause or "-",
    }


def _row(cells: dict[str, str]) -> str:
    return "  ".join(printable(cells[name]).ljust(width) for name, width in COLUMNS.items()).rstrip()
