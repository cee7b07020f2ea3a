"""The use cases of the telephone call: start it, take an entry, hang up. What is set is in `lifetimes`."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from chassis.clock import Clock, to_micros, utc_now
from chassis.store import retry_on_conflict
from chassis.wire import RemoteFailure
from contracts.base import Unavailable
from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.tempcred import CallIdTaken, CallUnknown, Collect, StepOutOfTurn, Turn
from services.tempcred import calls, prompts
from services.tempcred.calls import Call, CallRows
from services.tempcred.dialogue import Dialogue, Facts, Heard, Step, advance, number_in
from services.tempcred.lifetimes import Lifetimes
from services.tempcred.lines import Lines, SettingRefused

FORGOTTEN_AFTER = timedelta(minutes=10)
"""A call in which nothing happened for so long is over, and what was keyed in it is deleted."""

COLLECTS = {
    Step.UNIT: Collect(digits=1),
    # Eleven digits and the terminator: at eleven the platform would stop, and take "#" for the next entry.
    Step.NUMBER: Collect(digits=12, terminator="#"),
    Step.FIRST: Collect(digits=8),
    Step.SECOND: Collect(digits=8),
}


class TemporaryPasswords(Lifetimes):
    """Calls in rows, temporary passwords in events, both in one store so that a claim and a request commit together."""

    name = Lifetimes.name  # the library would name the store, and with it its keys and events, after each subclass
    migrations = (*Lifetimes.migrations, calls.TABLES)

    def __init__(self, database_url: str, key: bytes, lines: Lines, clock: Clock = utc_now) -> None:
        super().__init__(database_url, key, clock)
        self._lines = lines
        self._rows_of = CallRows(self.personal)

    @retry_on_conflict
    def start_call(self, call_id: str, caller: str) -> Turn:
        """The first turn (TEMP-1). Repeating it answers the same turn. Raises `CallIdTaken`, `Unavailable`."""
        number = _number_or_nothing(caller)
        known = self._find(call_id)
        if known is not None:
            if known.caller != number:
                raise CallIdTaken
            return self._turn(known, 1)
        found = self._lines.identify(number) if number else None
        if found is None:
            call = Call(call_id, 1, number)
            turn = Turn(step=1, say=prompts.NO_LINE, collect=None, ended=True)
        else:
            call = Call(call_id, 1, number, found.contract_number, Dialogue())
            turn = Turn(step=1, say=prompts.welcome(), collect=COLLECTS[Step.UNIT])
        self.save(writes=self._rows_of.begin(call, turn, self.clock()))
        return turn

    @retry_on_conflict
    def enter(self, call_id: str, step: int, digits: str) -> Turn:
        """What was keyed after turn `step` (TEMP-2..6), taken once however often and from wherever it comes.

        Raises `CallUnknown`, `StepOutOfTurn`, `Unavailable`, `Busy`; after the last two the same step may be repeated.
        """
        call = self._find(call_id)
        if call is None:
            raise CallUnknown
        if 1 <= step < call.step:
            return self._turn(call, step + 1)
        if call.dialogue is None:
            raise CallUnknown
        expected = call.step - 1 if call.is_setting else call.step
        if step != expected:
            raise StepOutOfTurn(expected=expected)
        dialogue, heard = advance(call.dialogue, digits, self._facts(call, call.dialogue, digits))
        if dialogue.at is Step.SETTING:
            return self._claim(call, dialogue)
        return self._ask_on(call, dialogue, heard, digits)

    @retry_on_conflict
    def hang_up(self, call_id: str) -> None:
        """End the call where it stands (TEMP-6). What both entries agreed on already is set all the same.

        Raises `CallUnknown`.
        """
        call = self._find(call_id)
        if call is None:
            raise CallUnknown
        if call.dialogue is None or call.is_setting:
            return
        over = call.moved().ended()
        turn = Turn(step=over.step, say="", collect=None, ended=True)
        self.save(writes=self._rows_of.move(over, turn, self.clock()))

    def sweep(self) -> bool:
        """Record what is due and forget old calls; true while there is more to do."""
        before = self.clock() - FORGOTTEN_AFTER
        if self.row(calls.OLD, {"before": to_micros(before)}):
            self.save(writes=calls.forget(before))
        return self.record_due()

    # --- one entry -------------------------------------------------------------------------------------------

    def _facts(self, call: Call, dialogue: Dialogue, digits: str) -> Facts:
        """Asked anew at every entry: the line may have changed since the call began."""
        match dialogue.at:
            case Step.UNIT if digits:
                return Facts(caller=self._lines.identify(call.caller))
            case Step.NUMBER:
                number = number_in(digits)
                return Facts(settable=number is not None and self._lines.settable(call.caller, number))
            case _:
                return Facts(first_entry=call.first_entry)

    def _ask_on(self, call: Call, dialogue: Dialogue, heard: Heard, digits: str) -> Turn:
        entered_first = dialogue.at is Step.SECOND and heard is Heard.ACCEPTED
        kept = digits if entered_first else call.first_entry if dialogue.at is Step.SECOND else None
        moved = call.moved(dialogue=dialogue, first_entry=kept)
        ended = dialogue.at is Step.ENDED
        turn = Turn(step=moved.step, say=prompts.after(dialogue, heard), collect=COLLECTS.get(dialogue.at), ended=ended)
        self.save(writes=self._rows_of.move(moved.ended() if ended else moved, turn, self.clock()))
        return turn

    def _claim(self, call: Call, dialogue: Dialogue) -> Turn:
        """Both entries agree: claim the next turn and request the setting, in one commit; then set it."""
        assert dialogue.number is not None
        assert dialogue.unit is not None
        claimed = call.moved(dialogue=dialogue, temporary_id=uuid4())
        assert claimed.temporary_id is not None
        self.request(
            claimed.temporary_id,
            number=dialogue.number,
            caller=call.caller,
            contract_number=call.contract_number,
            unit=dialogue.unit,
            writes=self._rows_of.move(claimed, None, self.clock()),
        )
        return self._set(claimed)

    def _set(self, call: Call) -> Turn:
        """Have auth set it, record that, and only then say so (TEMP-9). Whoever repeats the step goes on from here."""
        dialogue, temporary_id = call.dialogue, call.temporary_id
        assert dialogue is not None
        assert dialogue.number is not None
        assert dialogue.unit is not None
        assert temporary_id is not None
        assert call.first_entry is not None
        try:
            expires_at = self._lines.set_temporary_password(
                temporary_id, call.caller, dialogue.number, dialogue.unit, call.first_entry
            )
        except SettingRefused:
            turn = _last(call, prompts.NOT_POSSIBLE)
            self.abandon(temporary_id, self._rows_of.finish(call, turn, self.clock()))
        except (Unavailable, RemoteFailure):
            # It may have been set all the same; auth's history will tell, and the caller was not told otherwise.
            turn = _last(call, prompts.NOT_CONFIRMED)
            self.save(writes=self._rows_of.finish(call, turn, self.clock()))
        else:
            turn = _last(call, prompts.completed(dialogue.number))
            self.confirm(temporary_id, expires_at, self._rows_of.finish(call, turn, self.clock()))
        return turn

    # --- rows ------------------------------------------------------------------------------------------------

    def _find(self, call_id: str) -> Call | None:
        row = self.row(CallRows.FIND, {"call_id": call_id})
        return self._rows_of.read(row) if row else None

    def _turn(self, call: Call, step: int) -> Turn:
        row = self.row(CallRows.FIND_TURN, {"call_id": call.call_id, "step": step})
        if row is None:
            raise CallUnknown
        return self._rows_of.read_turn(call.call_id, row) or self._set(call)


def _last(call: Call, say: str) -> Turn:
    return Turn(step=call.step, say=say, collect=None, ended=True)


def _number_or_nothing(text: str) -> str:
    try:
        return normalise_number(text)
    except NotAPhoneNumber:
        return ""
