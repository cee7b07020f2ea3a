"""What the telephone network tells: over HTTP and the queue `network.events` alike (EVENTS.md, "Coming in").

The outer form is CloudEvents 1.0; `data` is strict, so that a misspelt field is told instead of overlooked.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts.base import Message
from contracts.phone import PhoneNumber
from contracts.settings.call_notification import CallOutcome
from contracts.settings.common import CallerNumber

QUEUE = "network.events"
REJECTED = "network.events.rejected"
"""Where messages go that can be read by nobody."""


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
"""What others name something by. Without control characters: no database column takes every one of them."""


class Withheld(StrEnum):
    """Why there is no caller's number."""

    ANONYMOUS = "anonymous"
    PAYPHONE = "payphone"
    UNAVAILABLE = "unavailable"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class IncomingCall(_Strict):
    """A call that is over, or was never answered."""

    number: PhoneNumber
    """The number that was called."""
    caller: CallerNumber | None = None
    withheld: Withheld | None = None
    """Given where there is no caller's number, and only then."""
    outcome: CallOutcome

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.caller is None) == (self.withheld is None):
            raise ValueError("either the caller's number or the reason why it is withheld")
        return self


class FaxReceived(_Strict):
    """A fax came whole. Its document was handed over before, by `POST /network/documents`."""

    number: PhoneNumber
    """The number that it was sent to."""
    caller: CallerNumber | None = None
    """None where the sender's machine told none."""
    document: UUID
    """As the answer to the document named it."""


class _Trouble(_Strict):
    """Something that concerns a line, or some of its numbers."""

    fault: Annotated[str, Field(min_length=1, max_length=100)]
    """The carrier's own id of the fault or the work: fault and recovery have the same."""
    line: PhoneNumber
    """The line's contract number."""
    numbers: Annotated[tuple[PhoneNumber, ...], Field(max_length=10_000)] = ()
    """Those concerned; empty means all of the line."""
    extent: Annotated[str, Field(max_length=500)] = ""
    """What cannot be used, in words for the subscriber."""
    cause: Annotated[str, Field(max_length=500)] = ""


class LineFault(_Trouble):
    """The line cannot be used as it should."""

    state: Annotated[str, Field(max_length=200)] = ""
    """How far the repair is, in words for the subscriber."""
    occurred_at: AwareDatetime
    expected_recovery: AwareDatetime | None = None


class LineRecovered(_Trouble):
    """It can be used again."""

    occurred_at: AwareDatetime | None = None
    recovered_at: AwareDatetime


class PlannedWork(_Trouble):
    """It will not be usable for a while."""

    begins_at: AwareDatetime
    ends_at: AwareDatetime


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: Name
    """With `source`, known again when it is delivered once more."""
    source: Name = "network"
    time: AwareDatetime
    """When it happened."""

    @property
    def key(self) -> str:
        """One for each event: source `sw 1` with id `7` is another than `sw` with `1 7`."""
        return json.dumps([self.source, self.id], ensure_ascii=False)


class IncomingCallEvent(_Envelope):
    type: Literal["IncomingCall"]
    data: IncomingCall


class FaxReceivedEvent(_Envelope):
    type: Literal["FaxReceived"]
    data: FaxReceived


class LineFaultEvent(_Envelope):
    type: Literal["LineFault"]
    data: LineFault


class LineRecoveredEvent(_Envelope):
    type: Literal["LineRecovered"]
    data: LineRecovered


class PlannedWorkEvent(_Envelope):
    type: Literal["PlannedWork"]
    data: PlannedWork


NetworkEvent = Annotated[
    IncomingCallEvent | FaxReceivedEvent | LineFaultEvent | LineRecoveredEvent | PlannedWorkEvent,
    Field(discriminator="type"),
]
"""A further event is one more member."""

NETWORK_EVENT: TypeAdapter[NetworkEvent] = TypeAdapter(NetworkEvent)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one network event, for whoever sends them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Network event",
        **NETWORK_EVENT.json_schema(),
    }


class TakeNetworkEvent(Message):
    event: NetworkEvent


class NetworkEventTaken(Message):
    repeated: bool
    """It was taken before, and nothing was done now."""
