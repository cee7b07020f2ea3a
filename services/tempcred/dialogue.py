"""What the caller may key and where it leads (TEMP-2..6, TEMP-10). Pure: no clock, no database, no network.

Entering the temporary password, the repetition included, is one step: its three wrong entries are counted together.
Otherwise a caller whose two entries never agree would go round for ever. A call takes at most `MOST_ENTRIES` entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.phone import AuthUnit, NotAPhoneNumber, normalise_number

WRONG_ENTRIES = 3
"""So many in one step end the call (TEMP-6)."""
MOST_ENTRIES = 12
"""Unit and number up to three entries each; the password twice, and twice more for each of two wrong rounds."""

_UNITS = {"1": AuthUnit.LINE, "2": AuthUnit.NUMBER, "3": AuthUnit.ADMIN_USER}
_TEMPORARY_PASSWORD = re.compile(r"[0-9]{8}")
_NUMBER = re.compile(r"0[0-9]{9,10}")


class Step(StrEnum):
    """What the caller is asked for; at the last two nothing more."""

    UNIT = "unit"
    NUMBER = "number"
    FIRST = "first"
    SECOND = "second"
    SETTING = "setting"
    """Both entries agree; the temporary password is being set."""
    ENDED = "ended"


class Heard(StrEnum):
    """What the last entry was taken for."""

    ACCEPTED = "accepted"
    SILENCE = "silence"
    WRONG = "wrong"
    DIFFERENT = "different"
    """The second entry differs from the first."""


@dataclass(frozen=True)
class Caller:
    """The caller's line, as it is now."""

    number: str
    contract_number: str
    unit: AuthUnit | None
    """None while the line's unit was never set."""
    own_settable: bool
    """Whether the caller's own number may have a temporary password (TEMP-4)."""

    @property
    def is_contract_number(self) -> bool:
        return self.number == self.contract_number

    def may_choose(self, unit: AuthUnit) -> bool:
        """A user's telephone must not take over the administrator's line (TEMP-10)."""
        return self.is_contract_number or self.unit in (None, unit)


@dataclass(frozen=True)
class Dialogue:
    """How far a call has come. `wrong` counts the wrong entries of the present step."""

    at: Step = Step.UNIT
    wrong: int = 0
    unit: AuthUnit | None = None
    number: str | None = None
    """The number whose temporary password is set."""


@dataclass(frozen=True)
class Facts:
    """What an entry has to be held against; each is needed in one step only."""

    caller: Caller | None = None
    """At the unit."""
    settable: bool = False
    """At the number: whether `number_in(entry)` may be set from this line (TEMP-4)."""
    first_entry: str | None = None
    """At the second entry. Not in `Dialogue`, because that is no place for a secret."""


def number_in(entry: str) -> str | None:
    """The phone number that was keyed, with or without the closing `#`; None where it is none."""
    digits = entry.removesuffix("#")
    if not _NUMBER.fullmatch(digits):
        return None
    try:
        return normalise_number(digits)
    except NotAPhoneNumber:
        return None


def advance(dialogue: Dialogue, entry: str, facts: Facts) -> tuple[Dialogue, Heard]:
    """The call after one entry; an empty entry is silence. Raises ValueError where nothing is asked any more."""
    if dialogue.at in (Step.SETTING, Step.ENDED):
        raise ValueError(f"nothing is asked of a call that is {dialogue.at}")
    if not entry:
        return _count(dialogue), Heard.SILENCE
    match dialogue.at:
        case Step.UNIT:
            after = _after_unit(dialogue, entry, facts)
        case Step.NUMBER:
            after = _after_number(dialogue, entry, facts)
        case Step.FIRST:
            keyed = _TEMPORARY_PASSWORD.fullmatch(entry)
            after = replace(dialogue, at=Step.SECOND) if keyed else None
        case _:
            return _after_second(dialogue, entry, facts)
    return (after, Heard.ACCEPTED) if after else (_count(dialogue), Heard.WRONG)


def _after_unit(dialogue: Dialogue, entry: str, facts: Facts) -> Dialogue | None:
    caller, unit = facts.caller, _UNITS.get(entry)
    if caller is None or unit is None or not caller.may_choose(unit):
        return None
    chosen = replace(dialogue, wrong=0, unit=unit)
    if unit is AuthUnit.LINE:
        return replace(chosen, at=Step.FIRST, number=caller.contract_number)
    if unit is AuthUnit.NUMBER or caller.is_contract_number:
        return replace(chosen, at=Step.NUMBER)
    return replace(chosen, at=Step.FIRST, number=caller.number) if caller.own_settable else None


def _after_number(dialogue: Dialogue, entry: str, facts: Facts) -> Dialogue | None:
    number = number_in(entry)
    if number is None or not facts.settable:
        return None
    return replace(dialogue, at=Step.FIRST, wrong=0, number=number)


def _after_second(dialogue: Dialogue, entry: str, facts: Facts) -> tuple[Dialogue, Heard]:
    if facts.first_entry is not None and entry == facts.first_entry:
        return replace(dialogue, at=Step.SETTING), Heard.ACCEPTED
    return _count(replace(dialogue, at=Step.FIRST)), Heard.DIFFERENT


def _count(dialogue: Dialogue) -> Dialogue:
    wrong = dialogue.wrong + 1
    return replace(dialogue, wrong=wrong, at=Step.ENDED if wrong >= WRONG_ENTRIES else dialogue.at)
