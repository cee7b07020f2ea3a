"""The difference that a file makes, as it is counted and listed before it is confirmed (BULK-6)."""

from __future__ import annotations

from enum import StrEnum

from contracts.base import Message, Secret


class ChangeSort(StrEnum):
    """What a file changes of a number. Of one-time passwords it may be several things at once."""

    # a new password, by what the number has until then (BULK-1)
    FROM_PASSWORD = "from_password"
    FROM_EXPIRED = "from_expired"
    FROM_TEMPORARY = "from_temporary"
    FROM_NOTHING = "from_nothing"
    # the unit: how the number was proven (UNIT-1), and what becomes of its password (UNIT-3..6)
    PROVEN = "proven"
    EXEMPT = "exempt"
    PASSWORD_KEPT = "password_kept"
    PASSWORD_COPIED = "password_copied"
    """It is that of the number that changes the unit."""
    PASSWORD_VOIDED = "password_voided"
    # one-time passwords (BULK-3)
    OTP_BEGUN = "otp_begun"
    """Used and registered from then on; until then it was decided that they are not used."""
    OTP_CHOSEN = "otp_chosen"
    """The same, where nothing was decided."""
    OTP_COMPLETED = "otp_completed"
    """The same, where use was chosen and never registered (OTP-14)."""
    OTP_ENDED = "otp_ended"
    OTP_DECLINED = "otp_declined"
    """Not used before either; but nobody is asked any more whether it shall be."""
    OTP_ADDRESS = "otp_address"
    CONFIRMATION_ID = "confirmation_id"
    CONFIRMATION_PASSWORD = "confirmation_password"
    OTP_NOT_READ = "otp_not_read"
    """Cells that are filled in although they are not read without use."""
    # a group (FEAT-4)
    GROUP_ADDED = "group_added"
    GROUP_REMOVED = "group_removed"
    TARGET_CHANGED = "target_changed"
    # of any kind
    UNCHANGED = "unchanged"
    """The row asks for what is so already."""


class NumberChange(Message):
    """What changes of one number, without anything secret. `before` and `after` are what there is to show of it."""

    number: str
    sorts: tuple[ChangeSort, ...]
    before: Secret | None = None
    """A target, or an address, masked; not kept when the file is over."""
    after: Secret | None = None
    """The target, or the address as the file has it, so that a mistyped one is noticed; likewise."""


class ChangeCount(Message):
    """How many numbers a sort of change concerns."""

    sort: ChangeSort
    numbers: int
