"""What becomes of a call, as the network asks while it comes in (FEAT-3, FEAT-4), in the spirit of 3GPP TS 24.604."""

from __future__ import annotations

from enum import StrEnum

from contracts.base import Message
from contracts.phone import PhoneNumber
from contracts.settings.common import CallerNumber


class CallCondition(StrEnum):
    """What the network knows of the call so far."""

    INCOMING = "incoming"
    """It has just arrived; nothing has rung yet."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The telephone is not registered: switched off, or cut off by a fault."""


class RouteAction(StrEnum):
    """What the network does."""

    RING = "ring"
    """Nothing special: it rings, or goes on ringing."""
    FORWARD = "forward"
    """To `target`, `after_seconds` of ringing; 0 at once."""
    REFUSE = "refuse"
    """The call ends, as it would without any forwarding, or because it was forwarded too often."""


class RouteReason(StrEnum):
    """Why so."""

    CALL_FORWARDING = "call_forwarding"
    BULK_FORWARDING = "bulk_forwarding"
    NOT_SET = "not_set"
    """Nothing is set for this call."""
    NOT_SELECTED = "not_selected"
    """It would be forwarded, but not from this caller."""
    FROM_TARGET = "from_target"
    """The caller is where calls go: it is not sent back to itself."""
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    TOO_MANY_DIVERSIONS = "too_many_diversions"
    UNKNOWN_NUMBER = "unknown_number"
    """None of this site's numbers, so nothing is set for it here."""


class RouteQuery(Message):
    """One call."""

    number: PhoneNumber
    caller: CallerNumber | None = None
    """None where it was withheld, or is none that a telephone could have."""
    condition: CallCondition = CallCondition.INCOMING
    diversions: int = 0
    """How often the call was forwarded already, as SIP's History-Info tells."""


class Route(Message):
    action: RouteAction
    reason: RouteReason
    target: str | None = None
    after_seconds: int = 0
