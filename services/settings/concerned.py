"""Whom an event of the network concerns, as far as it can be told when it is taken.

What is wrong with it is remarked and the event taken all the same: a number may be provisioned a moment later, and the
network must not hang on that.
"""

from __future__ import annotations

from contracts.settings.network import (
    FaxReceivedEvent,
    IncomingCallEvent,
    LineRecoveredEvent,
    NetworkEvent,
    NetworkEventTaken,
    Remark,
)
from services.settings.fault_so_far import FaultSoFar, holders_concerned
from services.settings.store import SettingsStore

_LINE_OF = "SELECT contract_number FROM numbers WHERE number = :number AND removed = 0"


def answer_to(store: SettingsStore, event: NetworkEvent, *, repeated: bool) -> NetworkEventTaken:
    """As the numbers are known here now, whatever follows from it. For a mere remark nobody is asked: calls are many."""
    if isinstance(event, IncomingCallEvent | FaxReceivedEvent):
        known = _line_of(store, event.data.number) is not None
        return NetworkEventTaken(
            repeated=repeated, numbers=int(known), remarks=() if known else (Remark.NUMBER_UNKNOWN,)
        )
    line = {one.number for one in store.line(event.data.line)}
    if not line:
        # It may have been provisioned since: then the number has a line, and that is this one.
        other = _line_of(store, event.data.line) not in {None, event.data.line}
        remark = Remark.NOT_A_CONTRACT_NUMBER if other else Remark.LINE_UNKNOWN
        return NetworkEventTaken(repeated=repeated, remarks=(remark,))
    named = set(event.data.numbers) or line
    remarks = [Remark.NUMBERS_NOT_ON_LINE] if named - line else []
    if isinstance(event, LineRecoveredEvent) and named & line and _waits(store, event):
        remarks.append(Remark.FAULT_UNKNOWN)
    return NetworkEventTaken(
        repeated=repeated, numbers=len(named & line), not_on_line=len(named - line), remarks=tuple(remarks)
    )


def _line_of(store: SettingsStore, number: str) -> str | None:
    row = store.row(_LINE_OF, {"number": number})
    return row["contract_number"] if row else None


def _waits(store: SettingsStore, event: LineRecoveredEvent) -> bool:
    holders = holders_concerned(store, event.data.line, event.data.numbers)
    return not FaultSoFar(store, event.data.line, event.data.fault, holders).lets_go_out(event)
