"""One call from Asterisk through the dialogue: play, collect, enter, until it ends (TEMP-2, TEMP-6, TEMP-11)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from chassis.wire import RemoteFailure
from contracts.base import Busy, Refusal, Secret, Unavailable
from contracts.tempcred import Collect, Entry, HangUp, StartCall, TempcredApi, Turn
from gateway.agi.protocol import Channel, HungUp, NotAgi
from gateway.agi.sounds import CANNOT_GO_ON, PLEASE_WAIT, Digits, NoSound, Sound, sounds_of

log = logging.getLogger(__name__)

SILENCE = 10.0
"""Seconds after the question, until it counts as no answer."""
BETWEEN_KEYS = 5.0
TRIES = 4
"""So often a turn is asked for before the caller is sent away; asked again it is taken once."""
PAUSE = 2.0
OUTCOME = "HIKARI_OUTCOME"
"""The channel variable that tells the dialplan how it went: `ended` by the dialogue, or `failed`. Unset: cut off."""


class Call:
    """`call_id` is new for each connection: a dialplan that comes again begins again, and repeats nothing by accident."""

    def __init__(self, channel: Channel, tempcred: TempcredApi, call_id: str) -> None:
        self._channel = channel
        self._tempcred = tempcred
        self._call_id = call_id

    def lead(self, caller: str) -> str:
        """Returns what came of it: `ended`, `failed` or `hung up`. Until the dialogue has ended it is ended for good."""
        outcome = "hung up"
        try:
            self._channel.answer()
            outcome = self._talk(caller)
            self._channel.set_variable(OUTCOME, outcome)
        except HungUp:
            pass
        except NotAgi as problem:
            log.warning("a call was broken off: %s", problem)
            outcome = "failed"
        finally:
            if outcome != "ended":
                self._hang_up()
        return outcome

    def _talk(self, caller: str) -> str:
        try:
            turn = self._answered(lambda: self._tempcred.start_call(StartCall(call_id=self._call_id, caller=caller)))
            while turn.collect is not None:
                entry = Entry(call_id=self._call_id, step=turn.step, digits=self._entry(turn.say, turn.collect))
                turn = self._answered(lambda entry=entry: self._tempcred.enter(entry))  # type: ignore[misc]
            self._play(sounds_of(turn.say), interruptible=False)
        except (Refusal, RemoteFailure, Unavailable, NoSound) as problem:
            log.warning("a call could not go on: %s", type(problem).__name__)
            self._play(CANNOT_GO_ON, interruptible=False)
            return "failed"
        return "ended"

    def _answered(self, ask: Callable[[], Turn]) -> Turn:
        """Ask again for an answer that did not come; the last failure is the caller's."""
        for _ in range(TRIES - 1):
            try:
                return ask()
            except (Busy, RemoteFailure, Unavailable) as problem:
                log.warning("a telephone turn was not answered: %s", type(problem).__name__)
                self._play(PLEASE_WAIT, interruptible=False)
                self._channel.wait_for_key(PAUSE)
        return ask()

    def _entry(self, question: str, collect: Collect) -> Secret:
        """What is keyed, from the first key on, which may interrupt the question; empty for silence."""
        keyed = self._play(sounds_of(question), interruptible=True) or self._channel.wait_for_key(SILENCE)
        while keyed and len(keyed) < collect.digits and keyed[-1] != collect.terminator:
            key = self._channel.wait_for_key(BETWEEN_KEYS)
            if not key:
                break
            keyed += key
        return Secret(keyed)

    def _play(self, sounds: Sequence[Sound | Digits], *, interruptible: bool) -> str:
        for sound in sounds:
            match sound:
                case Sound(name):
                    key = self._channel.play(name, interruptible=interruptible)
                case Digits(number):
                    key = self._channel.say_digits(number, interruptible=interruptible)
            if key:
                return key
        return ""

    def _hang_up(self) -> None:
        """What both entries agreed on already is set all the same; anything less is nothing (TEMP-6)."""
        with suppress(Refusal, RemoteFailure, Unavailable):  # it is forgotten soon in any case
            self._tempcred.hang_up(HangUp(call_id=self._call_id))
