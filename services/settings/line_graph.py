"""Who of a line forwards to whom, by call forwarding and by bulk call forwarding, so that no call goes in a circle (FEAT-3).

Two numbers that are set at the same moment are two aggregates, neither of which sees the other; so whatever adds a way for
calls also counts the line's graph on, and the second of them meets a conflict, loads anew and finds the circle.

Only the own line is looked at: whether a stranger's number forwards its calls, and where to, is the stranger's affair. A
circle through other lines ends at `most_diversions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.among import rows_among
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.phone import Feature
from contracts.settings.call_forwarding import CallForwarding
from services.settings.loop_rules import comes_back
from services.settings.store import SettingsStore

_WAYS = (
    "SELECT n.number, n.assignment_id, s.state, b.subject, b.target FROM numbers n "
    "LEFT JOIN states s ON s.assignment_id = n.assignment_id AND s.feature = :forwarding "
    "LEFT JOIN bulk_routes b ON b.assignment_id = n.assignment_id "
    "WHERE n.number IN (:values) AND n.contract_number = :line AND n.removed = 0 ORDER BY n.position"
)
_COUNT_ON = (
    "INSERT INTO line_graphs VALUES (:line, 1) ON CONFLICT (contract_number) "
    "DO UPDATE SET version = line_graphs.version + 1 WHERE line_graphs.version = :seen"
)


class LineGraph:
    """As it stands when it is made; what is read of it is kept."""

    def __init__(self, store: SettingsStore, contract_number: str) -> None:
        self._store = store
        self._line = contract_number
        self._onward: dict[str, tuple[str, ...]] = {}
        row = store.row("SELECT version FROM line_graphs WHERE contract_number = :line", {"line": contract_number})
        self._version: int = row["version"] if row else 0

    def comes_back(self, home: str, target: str) -> bool:
        """Whether calls to `home` that are forwarded to `target` can come back to it."""
        return comes_back(home, target, self.onward)

    def onward(self, number: str) -> tuple[str, ...]:
        """Where this number of the line forwards to; nothing for numbers of others."""
        self.look_up((number,))
        return self._onward[number]

    def look_up(self, numbers: Iterable[str]) -> None:
        """Read the ways of many numbers at once, before they are asked for one by one."""
        unknown = [number for number in numbers if number not in self._onward]
        if unknown:
            self._onward |= dict.fromkeys(unknown, ()) | self._ways_of(unknown)

    def add(self, number: str, target: str) -> None:
        """Take a way into account that is about to be recorded."""
        self._onward[number] = (*self.onward(number), target)

    def counted_on(self) -> Write:
        """To be saved with a new way. A conflict where another one was recorded since this was made."""
        return _COUNT_ON, {"line": self._line, "seen": self._version}, 1

    def _ways_of(self, numbers: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Rows and keys looked at once, whether for one number or for a full group. Of two holders the latest counts."""
        given = {"line": self._line, "forwarding": Feature.CALL_FORWARDING.value}
        rows = {row["number"]: row for row in rows_among(self._store, _WAYS, numbers, given)}.values()
        own = self._opened(rows, subject="assignment_id", sealed="state")
        bulk = self._opened(rows, subject="subject", sealed="target")
        settings = [CallForwarding.model_validate_json(text) if text else CallForwarding() for text in own]
        return {
            row["number"]: tuple(filter(None, (one.target if one.on else None, target)))
            for row, one, target in zip(rows, settings, bulk, strict=True)
        }

    def _opened(self, rows: Iterable[dict[str, Any]], *, subject: str, sealed: str) -> list[str | None]:
        """A column of these rows; None where nothing is set.

        What rests without its contract counts too: nobody is asked anything when the contract comes back.
        """
        return self._store.personal.open_all(
            Sealed(UUID(row[subject]), row[sealed]) if row[sealed] else None for row in rows
        )
