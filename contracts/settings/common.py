"""What the features' settings have in common: whose they are, mail addresses, hours of the week, what is refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, PlainSerializer

from contracts.base import Message, Refusal, Role, Secret
from contracts.phone import AssignmentId, Feature, NotAPhoneNumber, PhoneNumber, normalise_number

JAPAN = timezone(timedelta(hours=9), "JST")
"""Hours of settings are those of the wall clock there; it has no summer time."""
HOURS = 24
DAYS = 7

IN_ORDER = PlainSerializer(sorted, return_type=list[str], when_used="json")
"""A set is written in one order, so that an event reads the same however often it is told."""

_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
_SPACING = re.compile(r"[\s().\-]")


class Reach(Message):
    """A number within the reach of somebody logged in, as auth told (LINE-2..4), and who that is (FEAT-6)."""

    assignment_id: AssignmentId
    number: PhoneNumber
    contract_number: PhoneNumber
    by: PhoneNumber
    """The number that is logged in."""
    by_assignment_id: AssignmentId
    role: Role = Role.SUBSCRIBER


# --- values ------------------------------------------------------------------------------------------------------


def normalise_caller(text: str) -> str:
    """A caller's number: a domestic one with its leading 0, a foreign one as `+` and its digits.

    Raises `NotAPhoneNumber`.
    """
    try:
        return normalise_number(text)
    except NotAPhoneNumber:
        digits = _SPACING.sub("", text)
        if not _INTERNATIONAL.fullmatch(digits) or digits.startswith("+81"):
            raise
        return digits


CallerNumber = Annotated[str, AfterValidator(normalise_caller)]
"""A number that calls come from, in its one stored form."""


class NoticeAddress(Message):
    """Where notices go. The address is read by the two ends of a call only; everybody else sees it masked (AUDIT-2)."""

    address_id: UUID
    """Names the address where the address itself should not stand."""
    address: Secret
    verified: bool = True
    """Whether its holder has opened the mailed link, where the feature asks for that (FEAT-5)."""


class Window(Message):
    """Hours of one day of the week, from the beginning of `from_hour` to the beginning of `until_hour`."""

    day: Annotated[int, Field(ge=0, lt=DAYS)]
    """0 is Monday."""
    from_hour: Annotated[int, Field(ge=0, lt=HOURS)]
    until_hour: Annotated[int, Field(gt=0, le=HOURS)]


Windows = tuple[Window, ...]


def windows_of(cells: frozenset[tuple[int, int]] | set[tuple[int, int]]) -> Windows:
    """(day, hour) pairs as the fewest windows, in order of the week."""
    found: list[Window] = []
    for day, hour in sorted(cells):
        last = found[-1] if found else None
        if last is not None and last.day == day and last.until_hour == hour:
            found[-1] = Window(day=day, from_hour=last.from_hour, until_hour=hour + 1)
        else:
            found.append(Window(day=day, from_hour=hour, until_hour=hour + 1))
    return tuple(found)


def cells_of(windows: Windows) -> frozenset[tuple[int, int]]:
    """The (day, hour) pairs that the windows hold."""
    return frozenset((one.day, hour) for one in windows for hour in range(one.from_hour, one.until_hour))


def is_within(windows: Windows, moment: datetime) -> bool:
    """Whether the moment, by the clock in Japan, lies in one of the windows."""
    local = moment.astimezone(JAPAN)
    return (local.weekday(), local.hour) in cells_of(windows)


ALL_WEEK: Windows = tuple(Window(day=day, from_hour=0, until_hour=HOURS) for day in range(DAYS))


class Limits(Message):
    """The most that may be set, for the pages to tell."""

    addresses: int
    listed_numbers: int
    ring_least: int = 5
    """Seconds that it rings before a call without an answer goes elsewhere."""
    ring_most: int = 60


# --- what is refused ---------------------------------------------------------------------------------------------


class NotContracted(Refusal):
    """The number has not contracted the feature (any more), or is not the same holder's any more (LINE-9)."""


class SettingsMovedOn(Refusal):
    """Nothing was changed: what would be overwritten was changed since it was shown. Show it anew."""


class SettingsFault(StrEnum):
    """The rules that settings can break, those of all features."""

    NO_ADDRESS = "no_address"
    """It cannot be turned on while there is nobody to send to."""
    NO_CALLS = "no_calls"
    NO_WINDOW = "no_window"
    NO_LISTED_NUMBER = "no_listed_number"
    TOO_MANY_LISTED_NUMBERS = "too_many_listed_numbers"
    NO_KIND = "no_kind"
    FORWARDING_IS_ON = "forwarding_is_on"
    """Fax notification and call forwarding exclude each other on one number (FEAT-2)."""
    FAX_IS_ON = "fax_is_on"
    TOO_MANY_ADDRESSES = "too_many_addresses"
    NO_TARGET = "no_target"
    """The active slot is empty."""
    RING_SECONDS = "ring_seconds"
    NO_FORWARDED_CALLER = "no_forwarded_caller"
    TOO_MANY_FORWARDED_CALLERS = "too_many_forwarded_callers"
    NO_RINGING_CALLER = "no_ringing_caller"
    TOO_MANY_RINGING_CALLERS = "too_many_ringing_callers"


class TargetFault(StrEnum):
    """Why calls are not forwarded to a number (FEAT-3)."""

    NOT_A_NUMBER = "not_a_number"
    EMERGENCY = "emergency"
    SPECIAL = "special"
    """A service of three digits or the like, not somebody's telephone."""
    CHARGED_RANGE = "charged_range"
    """Numbers for which the called side pays, or a fee is asked: 0120, 0570, 0990."""
    PREFIXED = "prefixed"
    """It begins with the choice of a carrier, or with 184 or 186."""
    INTERNATIONAL = "international"
    ITSELF = "itself"
    LOOP = "loop"
    """Calls would come back, perhaps through other numbers of the line."""


class SlotFault(Message):
    """What is wrong with the number in one slot, from 1."""

    slot: int
    fault: TargetFault


class SettingsRejected(Refusal):
    """Nothing was changed. Every broken rule is named."""

    class Details(Message):
        faults: tuple[SettingsFault, ...]
        targets: tuple[SlotFault, ...] = ()

    details: Details


class AddressFault(StrEnum):
    """Why an address is not taken."""

    NOT_AN_ADDRESS = "not_an_address"
    THERE_ALREADY = "there_already"
    TOO_MANY = "too_many"
    TOO_MANY_MAILS = "too_many_mails"
    """Of links, within a quarter of an hour."""


class AddressRefused(Refusal):
    """Nothing was changed."""

    class Details(Message):
        fault: AddressFault

    details: Details


# --- addresses, whatever the feature -----------------------------------------------------------------------------


class AddAddress(Message):
    """Add one address. Redelivery of one `change_id` adds it once."""

    reach: Reach
    feature: Feature
    change_id: UUID
    address: Secret


class RemoveAddress(Message):
    """Remove one address; the last one turns the feature off. One that is gone already is no fault."""

    reach: Reach
    feature: Feature
    change_id: UUID
    address_id: UUID


class AddressesChanged(Message):
    """What came of adding or removing one; redelivery is answered the same."""

    version: int | None = None
    """The one that it made of the settings; none where it changed nothing."""
