"""What the telephone network tells: over HTTP and the queue `network.events` alike (EVENTS.md, "Coming in").

The outer form is CloudEvents 1.0; `data` is strict, so that a misspelt field is told instead of overlooked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from contracts.base import Message
from contracts.phone import PhoneNumber
from contracts.settings.call_notification import CallOutcome
from contracts.settings.common import CallerNumber

QUEUE = "network.events"
REJECTED = "network.events.rejected"
"""Where messages go that can be read by nobody."""


_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]+$"
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
"""What others name something by. Without control characters: no database column takes every one of them."""
FaultName = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_CONTROLS)]
"""Likewise, for a fault or work."""

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""An event is not of a time before or from then on: a clock was never set (1970), or Japan has no such day (9999-12-31)."""
AHEAD = timedelta(days=1)
"""What has happened may lie so far after the event's own time: clocks differ, and a zone may be mistaken."""
FAR_YEARS = 3
"""No moment is farther from the event's own time: faults last for weeks, work is planned for months, typing errors for ever."""


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
            raise ValueError("needs either caller, the number, or withheld, the reason why there is none")
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

    fault: FaultName
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

    def faults(self) -> tuple[tuple[str, str], ...]:
        """Fields, each well-formed, whose values make no sense beside the others; and what is expected. By their paths."""
        senseless = not EARLIEST <= self.time < LATEST
        return (("time", f"must be from {EARLIEST.year} on and before {LATEST.year}"),) if senseless else ()


class _TroubleEvent(_Envelope):
    """By the event's own time: it may have waited in a queue."""

    data: _Trouble

    def faults(self) -> tuple[tuple[str, str], ...]:
        """Moments too far away, and then what does not fit together."""
        return super().faults() or tuple(self._too_far()) or self._unfitting()

    def _too_far(self) -> Iterator[tuple[str, str]]:
        for field, moment in self.data:
            if not isinstance(moment, datetime):
                continue
            if abs(moment - self.time) > FAR_YEARS * timedelta(days=366):
                yield f"data.{field}", f"must be within {FAR_YEARS} years of the event's own time"
            elif field in {"occurred_at", "recovered_at"} and moment - self.time > AHEAD:
                yield f"data.{field}", "must not be more than a day after the event's own time"

    def _unfitting(self) -> tuple[tuple[str, str], ...]:
        raise NotImplementedError


class IncomingCallEvent(_Envelope):
    type: Literal["IncomingCall"]
    data: IncomingCall


class FaxReceivedEvent(_Envelope):
    type: Literal["FaxReceived"]
    data: FaxReceived


class LineFaultEvent(_TroubleEvent):
    type: Literal["LineFault"]
    data: LineFault

    def _unfitting(self) -> tuple[tuple[str, str], ...]:
        """A repair does not end before its fault."""
        told = self.data
        early = told.expected_recovery is not None and told.expected_recovery < told.occurred_at
        return (("data.expected_recovery", "must not be earlier than occurred_at"),) if early else ()


class LineRecoveredEvent(_TroubleEvent):
    type: Literal["LineRecovered"]
    data: LineRecovered

    def _unfitting(self) -> tuple[tuple[str, str], ...]:
        """Likewise."""
        told = self.data
        early = told.occurred_at is not None and told.recovered_at < told.occurred_at
        return (("data.recovered_at", "must not be earlier than occurred_at"),) if early else ()


class PlannedWorkEvent(_TroubleEvent):
    type: Literal["PlannedWork"]
    data: PlannedWork

    def _unfitting(self) -> tuple[tuple[str, str], ...]:
        """Work takes some time, and is told before it is over."""
        told = self.data
        if told.ends_at <= told.begins_at:
            return (("data.ends_at", "must be later than begins_at"),)
        if told.ends_at <= self.time:
            return (("data.ends_at", "must be later than the event's own time: the work was over when it was told"),)
        return ()


NetworkEvent = Annotated[
    IncomingCallEvent | FaxReceivedEvent | LineFaultEvent | LineRecoveredEvent | PlannedWorkEvent,
    Field(discriminator="type"),
]
"""A further event is one more member."""


def _making_sense(event: NetworkEvent) -> NetworkEvent:
    faults: list[InitErrorDetails] = [
        {"type": PydanticCustomError("senseless", "{expected}", {"expected": expected}), "loc": loc, "input": None}
        for field, expected in event.faults()
        for loc in [(event.type, *field.split("."))]
    ]
    if faults:
        raise ValidationError.from_exception_data("network event", faults, hide_input=True)
    return event


KEPT_EVENT: TypeAdapter[NetworkEvent] = TypeAdapter(NetworkEvent)
"""Reads what was taken once, by whatever was asked of an event at that time."""
NETWORK_EVENT: TypeAdapter[NetworkEvent] = TypeAdapter(Annotated[NetworkEvent, AfterValidator(_making_sense)])
"""Reads what comes in."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one network event, for whoever sends them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Network event",
        **NETWORK_EVENT.json_schema(),
    }


class TakeNetworkEvent(Message):
    event: NetworkEvent


class Remark(StrEnum):
    """What is taken, and yet not as it should be: for the people who operate the network."""

    NUMBER_UNKNOWN = "number_unknown"
    """No line has the number."""
    LINE_UNKNOWN = "line_unknown"
    """No line has the contract number."""
    NOT_A_CONTRACT_NUMBER = "not_a_contract_number"
    """The line is named by one of its additional numbers."""
    NUMBERS_NOT_ON_LINE = "numbers_not_on_line"
    FAULT_UNKNOWN = "fault_unknown"
    """It can be used again, and none of the numbers was told that it could not. Its mails wait for the fault."""


class NetworkEventTaken(Message):
    """The numbers are those that are known when it is answered; what is provisioned later is not told of it."""

    repeated: bool
    """It was taken before, and nothing was done now."""
    numbers: int = 0
    """So many numbers does it concern."""
    not_on_line: int = 0
    """So many were named that the line does not have."""
    remarks: tuple[Remark, ...] = ()
