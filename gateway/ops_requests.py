"""What operators' programs may send. Stricter than the contracts: a misspelt field must not withdraw anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts.audit import AuditQuery
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.phone import Feature, PhoneNumber
from gateway.advice import advice

MOST_FAULTS = 100
"""Named in one answer; of a wholly wrong file nobody reads more."""


class NumberOfLine(ProvisionedNumber):
    """A number and all the features that it has contracted; an empty list means none."""

    model_config = ConfigDict(extra="forbid")

    features: frozenset[Feature]


class LineToProvision(ProvisionLine):
    """Numbers of the line that are not listed stay as they are."""

    model_config = ConfigDict(extra="forbid")

    numbers: tuple[NumberOfLine, ...]


class LinesToProvision(BaseModel):
    """Several lines. Each is taken or refused as a whole; the answer tells of each in the same order."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    lines: tuple[LineToProvision, ...]


def _some(numbers: tuple[str, ...]) -> tuple[str, ...]:
    if not numbers:
        raise ValueError("name at least one number")
    return numbers


class NumbersToRemove(BaseModel):
    """The contract number may be among them only together with all others of the line."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    numbers: Annotated[tuple[PhoneNumber, ...], AfterValidator(_some)]


LONGEST_REASON = 500
"""Characters."""


def _in_words(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("say in a few words why")
    if len(text) > LONGEST_REASON:
        raise ValueError(f"{LONGEST_REASON} characters at most")
    if not text.isprintable():
        raise ValueError("without control characters")
    return text


class OtpToReset(BaseModel):
    """The number of a subscriber who lost both mailbox and confirmation pair."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    number: PhoneNumber
    reason: Annotated[str, AfterValidator(_in_words)] = Field(
        description=f"Why, and how the subscriber was recognised; for the audit trail. {LONGEST_REASON} characters at most."
    )


class AuditConditions(AuditQuery):
    """Every condition given must hold."""

    model_config = ConfigDict(extra="forbid")

    number: PhoneNumber | None = Field(None, description="Entries that concern this number.")
    line: PhoneNumber | None = Field(None, description="Entries of the line with this contract number.")
    kind: str | None = Field(None, pattern="^[A-Za-z]+$", description="The event's name, like CredentialLocked.")
    since: AwareDatetime | None = Field(None, description="From this moment on. With a zone; write + as %2B.")
    until: AwareDatetime | None = Field(None, description="Before this moment. With a zone; write + as %2B.")
    correlation_id: str | None = Field(
        None, pattern="^[0-9a-f]{32}$", description="Entries of one request from outside: 32 hexadecimal digits."
    )
    after: int = Field(0, ge=0, le=2**53, description="The position of the last entry already seen.")
    newest: bool = Field(False, description="The newest first.")
    before: int | None = Field(None, ge=0, le=2**53, description="With newest: the position of the entry seen last.")
    limit: int = Field(200, ge=1, le=1000, description="Entries in one answer.")


Read = TypeVar("Read")


class Malformed(Exception):
    """The request says nothing that can be understood. `faults` are (place, what is wrong there) pairs."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__(f"{len(faults)} faults")


def reading(read: Callable[[], Read], whole: str, described_at: str = "/ops/api/openapi.json") -> Read:
    """What `read` makes of the request. Raises `Malformed`; `whole` names the place that has no name."""
    try:
        return read()
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        faults = [
            (_place(one["loc"]) or whole, advice(one["type"], one["msg"], one.get("ctx", {}), described_at))
            for one in told[:MOST_FAULTS]
        ]
        if len(told) > MOST_FAULTS:
            faults.append((whole, f"and {len(told) - MOST_FAULTS} more"))
        raise Malformed(faults) from None


def _place(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
