"""What the telephone platform says to tempcred, turn by turn, and what the caller hears (TEMP)."""

from __future__ import annotations

from typing import Protocol

from contracts.base import HistoryPage, HistoryQuery, Message, Nothing, Refusal, Secret


class Collect(Message):
    """What the platform must collect next: up to `digits` push tones, ended early by `terminator` where there is one."""

    digits: int
    terminator: str | None = None


class Turn(Message):
    """What the caller hears now, and what the platform collects then. After `ended` the call is over."""

    step: int
    say: str
    collect: Collect | None
    ended: bool = False


class StartCall(Message):
    """A call came in. `caller` is the platform's asserted identity (TEMP-11). Repeating it answers the same turn.

    Refused with `CallIdTaken` where the id is another caller's.
    """

    call_id: str
    caller: str
    """As the platform gives it; a withheld or malformed number is answered like an unknown one."""


class Entry(Message):
    """What was keyed after turn `step`; empty for silence (TEMP-6). Repeating a step answers the same turn again."""

    call_id: str
    step: int
    digits: Secret


class HangUp(Message):
    """The caller hung up. Before the matching second entry nothing is set (TEMP-6)."""

    call_id: str


class CallUnknown(Refusal):
    """No such call, or it ended too long ago."""


class CallIdTaken(Refusal):
    """Another caller's call has this id. A platform gives each call an id of its own (TEMP-11)."""


class StepOutOfTurn(Refusal):
    """The call is at another step: `expected` is the one to answer now."""

    class Details(Message):
        expected: int

    details: Details


class TempcredApi(Protocol):
    """The tempcred service's remote procedures."""

    def start_call(self, request: StartCall) -> Turn: ...
    def enter(self, request: Entry) -> Turn: ...
    def hang_up(self, request: HangUp) -> Nothing: ...

    def history(self, request: HistoryQuery) -> HistoryPage: ...
