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
        self._told_of: dict[str, set[UUID]] = {}
        self._version: int = row["version"] if row else 0

    def concerned_by(self, recovery: LineRecoveredEvent) -> list[Held]:
        """Those that were told of its fault, by mail or on the page alone; all, where none was."""
        told = self._told_before(recovery)
        return [one for one in self._holders if one.assignment_id in told] or self._holders

    def lets_go_out(self, recovery: LineRecoveredEvent) -> bool:
        """A recovery that does not even say when the fault began is of use only to whom the fault was told."""
        if recovery.data.occurred_at is not None or self._told_before(recovery):
            return True
        # Where no number can be told, it is enough that the line had the fault.
        return not self._holders and self._version > 0

    def waiting_for(self, fault: LineFaultEvent) -> list[tuple[LineRecoveredEvent, list[Held]]]:
        """Recoveries that came before their fault, and whom they are to be told to after it."""
        waiting: list[tuple[LineRecoveredEvent, list[Held]]] = []
        for one in self._events:
            if isinstance(one, LineRecoveredEvent) and fault.data.occurred_at <= one.data.recovered_at:
                whose = self._who(one) - self._told_before(one)
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

    def _told_before(self, recovery: LineRecoveredEvent) -> set[UUID]:
        """Whose fault is not over by an earlier recovery. The carrier may use the id again: that is another fault then."""
        until = recovery.data.occurred_at or recovery.data.recovered_at
        over = [one for one in self._events if isinstance(one, LineRecoveredEvent) and one.data.recovered_at < until]
        told = set[UUID]()
        for fault in self._events:
            if isinstance(fault, LineFaultEvent):
                ends = [one for one in over if fault.data.occurred_at <= one.data.recovered_at]
                told |= self._who(fault).difference(*map(self._who, ends))
        return told

    def _who(self, event: LineFaultEvent | LineRecoveredEvent) -> set[UUID]:
        if event.key not in self._told_of:
            rows = rows_among(self._store, _WHO, self._numbers, {"key": event.key})
            self._told_of[event.key] = {UUID(row["assignment_id"]) for row in rows}
        return self._told_of[event.key]
