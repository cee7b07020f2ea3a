"""The rows of a running call, so that any instance answers any turn, and any turn once (TEMP-11).

`calls` holds where a call stands, `turns` what it was answered. What was keyed and who called is encrypted with the
service's key; the first entry of the temporary password is gone with the state as soon as the call ends.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from chassis.clock import to_micros
from chassis.migrations import Migration
from chassis.recorders import Write
from contracts.phone import AuthUnit
from contracts.tempcred import Turn
from services.tempcred.dialogue import Dialogue, Step

TABLES = Migration(
    "0001-calls",
    """
    CREATE TABLE calls (
        call_id TEXT PRIMARY KEY,
        caller TEXT NOT NULL,
        step BIGINT NOT NULL,
        state TEXT,
        touched_at BIGINT NOT NULL
    );
    CREATE INDEX calls_by_age ON calls (touched_at);
    CREATE TABLE turns (
        call_id TEXT NOT NULL,
        step BIGINT NOT NULL,
        turn TEXT,
        PRIMARY KEY (call_id, step)
    )
    """,
)


class Cipher(Protocol):
    """Encryption of short-lived values with the service's own key."""

    def lock_away(self, text: str, context: str) -> str: ...
    def take_out(self, ciphertext: str, context: str) -> str: ...


@dataclass(frozen=True)
class Call:
    """Where a call stands. `step` is that of the last turn; `dialogue` is None once the call has ended."""

    call_id: str
    step: int
    caller: str
    """Empty where it was withheld or is no phone number."""
    contract_number: str = ""
    dialogue: Dialogue | None = None
    first_entry: str | None = None
    temporary_id: UUID | None = None
    """What is being set, from the matching second entry on."""

    @property
    def is_setting(self) -> bool:
        """Whether the last turn has been claimed but not been answered yet."""
        return self.dialogue is not None and self.dialogue.at is Step.SETTING

    def moved(self, **changes: Any) -> Self:
        """The call one turn later."""
        return replace(self, step=self.step + 1, **changes)

    def ended(self) -> Self:
        """The call with everything forgotten that was keyed."""
        return replace(self, dialogue=None, first_entry=None, temporary_id=None)


def _state(call: Call) -> str | None:
    if call.dialogue is None:
        return None
    state = {
        "contract_number": call.contract_number,
        "dialogue": asdict(call.dialogue),
        "first_entry": call.first_entry,
        "temporary_id": call.temporary_id.hex if call.temporary_id else None,
    }
    return json.dumps(state)


def _dialogue(state: dict[str, Any]) -> Dialogue:
    return Dialogue(
        at=Step(state["at"]),
        wrong=state["wrong"],
        unit=AuthUnit(state["unit"]) if state["unit"] else None,
        number=state["number"],
    )


class CallRows:
    """Writes and reads the rows; it commits nothing itself."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    FIND = "SELECT call_id, caller, step, state FROM calls WHERE call_id = :call_id"
    FIND_TURN = "SELECT turn FROM turns WHERE call_id = :call_id AND step = :step"

    def read(self, row: dict[str, Any]) -> Call:
        """The call of a row that `FIND` found."""
        call_id = row["call_id"]
        call = Call(call_id, row["step"], self._cipher.take_out(row["caller"], f"caller {call_id}"))
        if row["state"] is None:
            return call
        state = json.loads(self._cipher.take_out(row["state"], f"state {call_id}"))
        return replace(
            call,
            contract_number=state["contract_number"],
            dialogue=_dialogue(state["dialogue"]),
            first_entry=state["first_entry"],
            temporary_id=UUID(state["temporary_id"]) if state["temporary_id"] else None,
        )

    def read_turn(self, call_id: str, row: dict[str, Any]) -> Turn | None:
        """The turn of a row that `FIND_TURN` found; None while it is being worked out."""
        if row["turn"] is None:
            return None
        return Turn.model_validate_json(self._cipher.take_out(row["turn"], f"turn {call_id}"))

    def begin(self, call: Call, turn: Turn, now: datetime) -> list[Write]:
        """Conflicts where the call is there already."""
        insert = "INSERT INTO calls VALUES (:call_id, :caller, :step, :state, :now)"
        caller = self._cipher.lock_away(call.caller, f"caller {call.call_id}")
        return [(insert, {**self._columns(call, now), "caller": caller}), self._answer(call, turn)]

    def move(self, call: Call, turn: Turn | None, now: datetime) -> list[Write]:
        """From the step before to `call.step`. Conflicts where another entry was quicker. No turn yet: a claim."""
        update = (
            "UPDATE calls SET step = :step, state = :state, touched_at = :now "
            "WHERE call_id = :call_id AND step = :step - 1"
        )
        return [(update, self._columns(call, now), 1), self._answer(call, turn)]

    def finish(self, call: Call, turn: Turn, now: datetime) -> list[Write]:
        """Answer the claimed turn and end the call. Conflicts where it was answered meanwhile."""
        update = "UPDATE turns SET turn = :turn WHERE call_id = :call_id AND step = :step AND turn IS NULL"
        close = "UPDATE calls SET state = NULL, touched_at = :now WHERE call_id = :call_id"
        columns = {"call_id": call.call_id, "step": call.step, "turn": self._sealed(call, turn)}
        return [(update, columns, 1), (close, {"call_id": call.call_id, "now": to_micros(now)})]

    def _columns(self, call: Call, now: datetime) -> dict[str, Any]:
        state = _state(call)
        sealed = self._cipher.lock_away(state, f"state {call.call_id}") if state else None
        return {"call_id": call.call_id, "step": call.step, "state": sealed, "now": to_micros(now)}

    def _answer(self, call: Call, turn: Turn | None) -> Write:
        columns = {"call_id": call.call_id, "step": call.step, "turn": self._sealed(call, turn) if turn else None}
        return "INSERT INTO turns VALUES (:call_id, :step, :turn)", columns

    def _sealed(self, call: Call, turn: Turn) -> str:
        return self._cipher.lock_away(turn.model_dump_json(), f"turn {call.call_id}")


OLD = "SELECT call_id FROM calls WHERE touched_at < :before LIMIT 1"


def forget(before: datetime) -> list[Write]:
    """Delete calls that nothing happened in since `before`, ended or abandoned, with all that was keyed in them."""
    return [
        ("DELETE FROM calls WHERE touched_at < :before", {"before": to_micros(before)}),
        ("DELETE FROM turns WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.call_id = turns.call_id)", {}),
    ]
