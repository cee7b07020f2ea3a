"""What was told of one fault so far: a recovery is news only to whom the fault is (FEAT-5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from uuid import UUID

from chassis.among import rows_among
from chassis.clock import to_micros
from chassis.recorders import Write
from contracts.phone import Feature
from contracts.settings.network import KEPT_EVENT, LineFaultEvent, LineRecoveredEvent
from services.settings.store import Held, SettingsStore

# Events first and then what each says: thousands of numbers keep the same text, and the index alone has who keeps which.
_EVENTS = (
    "SELECT event_key, MIN(assignment_id) AS one FROM line_news WHERE assignment_id IN (:values) GROUP BY event_key"
)
_TOLD = "SELECT told FROM line_news WHERE assignment_id = :one AND event_key = :event_key LIMIT 1"
_WHO = "SELECT DISTINCT assignment_id FROM line_news WHERE event_key = :key AND assignment_id IN (:values)"
_COUNT_ON = (
    "INSERT INTO line_faults VALUES (:line, :fault, 1, :now) ON CONFLICT (contract_number, fault) "
    "DO UPDATE SET version = line_faults.version + 1, told_at = excluded.told_at WHERE line_faults.version = :seen"
)


def holders_concerned(store: SettingsStore, line: str, numbers: Sequence[str]) -> list[Held]:
    """Those of the line's numbers that can be told news, or of these where some are named."""
    named = set(numbers)
    holders = store.holders_on_line(line, Feature.FAULT_NOTIFICATION)
    return [one for one in holders if not named or one.number in named]


class FaultSoFar:
    """As these numbers of a line have it when this is made. By the news that each of them keeps."""

    def __init__(self, store: SettingsStore, line: str, fault: str, holders: list[Held]) -> None:
        self._store = store
        self._key = {"line": line, "fault": fault}
        self._holders = holders
        self._numbers = [one.assignment_id.hex for one in holders]
        row = store.row("SELECT version FROM line_faults WHERE contract_number = :line AND fault = :fault", self._key)
        self._version: int = row["version"] if row else 0

    @property
    def is_told(self) -> bool:
        """Whether any of the numbers was told of the fault itself, by mail or on the page alone."""
        return bool(self._told)

    @property
    def concerned(self) -> list[Held]:
        """Those that were; all, where none was."""
        return [one for one in self._holders if one.assignment_id in self._told] or self._holders

    @property
    def is_known(self) -> bool:
        """Whether it was told of the line at all, also where no number could be told."""
        return self.is_told or (not self._holders and self._version > 0)

    def lets_go_out(self, recovery: LineRecoveredEvent) -> bool:
        """A recovery that does not even say when the fault began is of use only to whom the fault was told."""
        return recovery.data.occurred_at is not None or self.is_known

    def waiting_for(self, fault: LineFaultEvent) -> list[tuple[LineRecoveredEvent, list[Held]]]:
        """Recoveries that came before their fault, and whom they are to be told to after it."""
        waiting: list[tuple[LineRecoveredEvent, list[Held]]] = []
        for one in self._events:
            if isinstance(one, LineRecoveredEvent) and fault.data.occurred_at <= one.data.recovered_at:
                whose = self._who(one) - self._told
                holders = [holder for holder in self._holders if holder.assignment_id in whose]
                waiting += [(one, holders)] if one.data.occurred_at is None else []
        return waiting

    def counted_on(self) -> Write:
        """To be saved with what is told. A conflict where fault and recovery are taken at the same moment."""
        return _COUNT_ON, {**self._key, "seen": self._version, "now": to_micros(self._store.clock())}, 1

    @cached_property
    def _events(self) -> list[LineFaultEvent | LineRecoveredEvent]:
        found = {row["event_key"]: row for row in rows_among(self._store, _EVENTS, self._numbers)}
        texts = [row["told"] for one in found.values() for row in self._store.rows(_TOLD, one)]
        events = [KEPT_EVENT.validate_json(text) for text in texts]
        return [
            one
            for one in events
            if isinstance(one, LineFaultEvent | LineRecoveredEvent) and one.data.fault == self._key["fault"]
        ]

    @cached_property
    def _told(self) -> set[UUID]:
        return {one for event in self._events if isinstance(event, LineFaultEvent) for one in self._who(event)}

    def _who(self, event: LineFaultEvent | LineRecoveredEvent) -> set[UUID]:
        rows = rows_among(self._store, _WHO, self._numbers, {"key": event.key})
        return {UUID(row["assignment_id"]) for row in rows}
