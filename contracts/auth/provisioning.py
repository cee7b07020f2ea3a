"""Lines, numbers and features, as the carrier brings them in, and who has a number now (LINE-6, LINE-9)."""

from __future__ import annotations

from contracts.base import Message, Refusal
from contracts.phone import AssignmentId, Feature, PhoneNumber


class ProvisionedNumber(Message):
    """A number and the features it has contracted; what it had contracted beyond them is withdrawn."""

    number: PhoneNumber
    features: frozenset[Feature] = frozenset()


class ProvisionLine(Message):
    """Bring a line to this state, atomically. Numbers of the line that are not listed stay as they are (LINE-9)."""

    contract_number: PhoneNumber
    numbers: tuple[ProvisionedNumber, ...]


class LineIsProvisioned(Message):
    """What the command changed; all zero when it was given before."""

    contract_number: str
    added: int
    changed: int
    unchanged: int


class ProvisioningRefused(Refusal):
    """Nothing of this line was changed. `faults` are (number, reason) pairs in English, for the operator."""

    class Details(Message):
        faults: tuple[tuple[str, str], ...]

    details: Details


class ProvisionLines(Message):
    """Several lines in one request: quicker than one by one, and each line is still taken or refused as a whole."""

    lines: tuple[ProvisionLine, ...]


class LineOutcome(Message):
    """What became of one of several lines; with faults nothing of it was changed."""

    done: LineIsProvisioned
    faults: tuple[tuple[str, str], ...] = ()


class FindHolder(Message):
    """Who has this number now (operators, other services)."""

    number: PhoneNumber


class HolderFound(Message):
    assignment_id: AssignmentId
    number: str
    contract_number: str


class NumberUnknown(Refusal):
    """No line has this number now."""


class LinesAreProvisioned(Message):
    """One outcome for each line, in the order of the command."""

    outcomes: tuple[LineOutcome, ...]


class RemoveNumbers(Message):
    """Remove numbers of one line; the contract number only together with all others (LINE-6)."""

    contract_number: PhoneNumber
    numbers: tuple[PhoneNumber, ...]
