"""The kinds of files, their columns and sizes, and how far a file comes (BULK-1..4, BULK-8)."""

from __future__ import annotations

from enum import StrEnum

MOST_ROWS = 10_000
"""BULK-8; a line has no more numbers (LINE-7)."""
MOST_BYTES = 2 * 1024 * 1024
"""BULK-8"""
PART_BYTES = 256 * 1024
"""A file is sent in parts of this many bytes; the last may be shorter."""
UNCONFIRMED_MINUTES = 60
"""How long a checked file waits to be confirmed."""


class BulkKind(StrEnum):
    """What a file sets."""

    PASSWORDS = "passwords"
    """BULK-1"""
    UNIT = "unit"
    """BULK-2"""
    OTP = "otp"
    """BULK-3"""
    FORWARDING = "forwarding"
    """The numbers of one group of 一括転送機能 and their targets; those it does not name are not in the group any more
    (FEAT-4)."""


class UploadState(StrEnum):
    """How far a file has come."""

    CHECKING = "checking"
    REJECTED = "rejected"
    """It has faults, all of which are listed; nothing was changed."""
    READY = "ready"
    """Faultless, and waiting to be confirmed."""
    WORKING = "working"
    """Confirmed. Goes on whoever leaves and whatever crashes (BULK-9)."""
    COMPLETED = "completed"
    """Everything that the file asks for is in force."""
    FAILED = "failed"
    """Nothing of it is, and nothing will be."""
    WITHDRAWN = "withdrawn"
    """Given up before it was confirmed: cancelled, replaced by another file, or too old."""


class Withdrawal(StrEnum):
    """Why a file was given up."""

    CANCELLED = "cancelled"
    REPLACED = "replaced"
    """Another file was sent."""
    EXPIRED = "expired"
    SESSION_OVER = "session_over"
    """The login that sent it ended before it was checked."""
    OUTDATED = "outdated"
    """Begun by an older version of the service."""


OVER = frozenset({UploadState.REJECTED, UploadState.COMPLETED, UploadState.FAILED, UploadState.WITHDRAWN})
"""States that do not change any more."""


class Column(StrEnum):
    """The columns of all kinds of files."""

    NUMBER = "number"
    NEW_PASSWORD = "new_password"
    PRESENT_PASSWORD = "present_password"
    OTP_USE = "otp_use"
    OTP_ADDRESS = "otp_address"
    CONFIRMATION_ID = "confirmation_id"
    CONFIRMATION_PASSWORD = "confirmation_password"
    TARGET = "target"
    """Where calls go."""


COLUMNS = {
    BulkKind.PASSWORDS: (Column.NUMBER, Column.NEW_PASSWORD),
    BulkKind.UNIT: (Column.NUMBER, Column.PRESENT_PASSWORD),
    BulkKind.OTP: (
        Column.NUMBER,
        Column.OTP_USE,
        Column.OTP_ADDRESS,
        Column.CONFIRMATION_ID,
        Column.CONFIRMATION_PASSWORD,
    ),
    BulkKind.FORWARDING: (Column.NUMBER, Column.TARGET),
}
"""In the order of the file."""
