"""ボイスワープ (FEAT-3): which calls go elsewhere, when, and where to."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator

from contracts.base import Message
from contracts.phone import Feature, NotAPhoneNumber, normalise_number
from contracts.settings.common import CallerNumber, Reach

SLOTS = 4
LONGEST_TARGET = 40
"""Characters that are kept of what was typed for a number; none has so many."""

_SPACING = re.compile(r"[\s()\-\u2010-\u2015\u2212\u30fc\uff0d\uff70.]")


def normalise_target(text: str) -> str:
    """A number to forward to as people type it → digits, with its `+`, `*` or `#` where it has some.

    Never refuses: what is no number, or none to forward to, the service says with its reason (FEAT-3).
    """
    try:
        return normalise_number(text)
    except NotAPhoneNumber:
        return _SPACING.sub("", unicodedata.normalize("NFKC", text))[:LONGEST_TARGET]


TargetNumber = Annotated[str, AfterValidator(normalise_target)]
"""Where calls go, in its one stored form; empty in a slot without one."""


class ForwardingMode(StrEnum):
    """When a call goes elsewhere: CFU, CFNR, CFB of 3GPP TS 24.604, and the last two together."""

    UNCONDITIONAL = "unconditional"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    NO_ANSWER_OR_BUSY = "no_answer_or_busy"


class CallerSelection(StrEnum):
    """Whose calls go elsewhere."""

    EVERYONE = "everyone"
    FORWARD_LISTED = "forward_listed"
    """Selective forwarding: those listed; all others ring."""
    RING_LISTED = "ring_listed"
    """Selective ringing: those listed ring; all others go elsewhere."""


class ForwardingRules(Message):
    """What the form of the page sets."""

    on: bool = False
    mode: ForwardingMode = ForwardingMode.UNCONDITIONAL
    ring_seconds: int = 20
    """How long it rings first, where the mode waits for an answer."""
    targets: tuple[TargetNumber, ...] = ("",) * SLOTS
    active: int = 1
    """The slot in use, from 1."""
    selection: CallerSelection = CallerSelection.EVERYONE
    forwarded_callers: tuple[CallerNumber, ...] = ()
    """The list of selective forwarding; kept while it is not in use."""
    ringing_callers: tuple[CallerNumber, ...] = ()
    """The list of selective ringing; kept while it is not in use."""


class CallForwarding(ForwardingRules):
    """The settings of one number; as they stand here before anybody has set anything."""

    feature: Literal[Feature.CALL_FORWARDING] = Feature.CALL_FORWARDING

    @property
    def target(self) -> str:
        """The number in the active slot; empty where there is none."""
        return self.targets[self.active - 1] if 1 <= self.active <= len(self.targets) else ""


class ChangeCallForwarding(Message):
    """Set the rules. Raises `SettingsMovedOn` where they were changed since version `seen`."""

    reach: Reach
    change_id: UUID
    seen: int
    rules: ForwardingRules
