"""What the bulk service is asked, what it answers, and what it refuses (BULK-1..10).

A file goes through these states: checking → rejected, or ready → (confirmed) working → completed or failed. Nothing
outside the bulk service has changed before `completed`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.base import HistoryPage, HistoryQuery, Message, Nothing, Refusal, Secret
from contracts.phone import AuthUnit

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


class Problem(StrEnum):
    """Everything that can be wrong with a file (BULK-8)."""

    # of the file as a whole
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    EXCEL_BOOK = "excel_book"
    """A workbook, not saved as CSV."""
    UNDECODABLE = "undecodable"
    """Neither UTF-8 nor CP932; told with the first row that is not."""
    NOT_CSV = "not_csv"
    # of a row
    BLANK_ROW = "blank_row"
    MISSING_COLUMN = "missing_column"
    SURPLUS_COLUMN = "surplus_column"
    EMPTY_CELL = "empty_cell"
    # of its number
    NOT_A_NUMBER = "not_a_number"
    ROUNDED_NUMBER = "rounded_number"
    """A spreadsheet has written it as 3.12E+08: the digits are lost."""
    UNKNOWN_NUMBER = "unknown_number"
    """Not of this line, or of none."""
    NUMBER_TWICE = "number_twice"
    WITHOUT_LOGIN = "without_login"
    """Of this line, but without a contracted feature: it cannot log in (LINE-5)."""
    LOCKED = "locked"
    """Locked by mismatches: it needs a temporary password first (BULK-1)."""
    NUMBER_MISSING = "number_missing"
    """Has to be in the file and is not (UNIT-1)."""
    # of its password (PWD-1..4)
    PASSWORD_LENGTH = "password_length"
    PASSWORD_CHARACTERS = "password_characters"
    PASSWORD_NO_LETTER = "password_no_letter"
    PASSWORD_NO_DIGIT = "password_no_digit"
    PASSWORD_SAME_AS_PRESENT = "password_same_as_present"
    PASSWORD_REPEATED = "password_repeated"
    PASSWORD_SEQUENCE = "password_sequence"
    PASSWORD_CONTAINS_NUMBER = "password_contains_number"
    PASSWORD_NEEDED = "password_needed"
    """Marked `*` although a password must be given (UNIT-1)."""
    LINE_BLOCKED = "line_blocked"
    """Some number of the line has to get a password first; which one is not said (UNIT-1, LOGIN-3)."""
    WRONG_PASSWORD = "wrong_password"
    """The present password of that number is another; counted as a mismatch (UNIT-9)."""
    # of its one-time passwords (OTP-4, OTP-5)
    BAD_USE = "bad_use"
    BAD_ADDRESS = "bad_address"
    BAD_CONFIRMATION_ID = "bad_confirmation_id"
    NEEDED_TO_REGISTER = "needed_to_register"
    """Empty, and the number has nothing registered that could be kept (BULK-3)."""
    # of a group of 一括転送機能 (FEAT-4); those of targets are `target_` and the name of a `TargetFault`
    NOT_CONTRACTED = "not_contracted"
    """Of this line, but without the feature."""
    TOO_MANY_FOR_GROUP = "too_many_for_group"
    TARGET_NOT_A_NUMBER = "target_not_a_number"
    TARGET_EMERGENCY = "target_emergency"
    TARGET_SPECIAL = "target_special"
    TARGET_CHARGED_RANGE = "target_charged_range"
    TARGET_PREFIXED = "target_prefixed"
    TARGET_INTERNATIONAL = "target_international"
    TARGET_ITSELF = "target_itself"
    GROUP_IS_ON = "group_is_on"
    """It is forwarding: nothing of it is changed before it is stopped."""
    GROUP_MOVED = "group_moved"
    """Somebody has changed it since the page was shown from which the file was sent."""
    GROUP_GONE = "group_gone"
    LEFT_MEANWHILE = "left_meanwhile"
    """The number has left the line, or the feature, since the check (BULK-9)."""
    # found while it was applied
    MOVED_MEANWHILE = "moved_meanwhile"
    """Set, locked or removed by another way since the check (BULK-9)."""
    UNIT_MOVED_MEANWHILE = "unit_moved_meanwhile"
    """The line has another authentication unit since the check."""
    NOT_WORKABLE = "not_workable"
    """Nothing is wrong with the file: again and again something failed on our side, and it was given up (BULK-9)."""


class RowFault(Message):
    """One fault. `row` is the spreadsheet's; none for the file as a whole."""

    row: int | None
    column: Column | None
    problem: Problem
    value: str | None = None
    """What stands there, where it is no secret and cannot be one that was typed into the wrong column."""
    other_row: int | None = None
    """Where the number stood first."""


class Correction(Message):
    """A number whose leading 0 a spreadsheet has dropped; taken as `number` only if that is confirmed (BULK-7)."""

    row: int
    column: Column = Column.NUMBER
    typed: str
    number: str


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
    """Used and registered from then on."""
    OTP_ENDED = "otp_ended"
    OTP_DECLINED = "otp_declined"
    """Not used before either; but nobody is asked any more whether it shall be."""
    OTP_ADDRESS = "otp_address"
    CONFIRMATION_ID = "confirmation_id"
    CONFIRMATION_PASSWORD = "confirmation_password"
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


class AddPart(Message):
    """A part of a file; with the last one the check begins. The same part may be sent again.

    The first part names the kind, and makes a file of the same login that was not confirmed yet withdrawn.
    """

    session_key: str
    upload_id: UUID
    kind: BulkKind
    to_unit: AuthUnit | None = None
    """The unit that is wished for (kind `unit`)."""
    group_id: UUID | None = None
    """Kind `forwarding`."""
    seen: int = 0
    """The group's version when the page was shown from which the file is sent."""
    size: int
    """Bytes of the whole file. One that is too large needs no part: `place` 0 with nothing in it."""
    place: int
    of: int
    part: Secret
    """base64"""


class UploadId(Message):
    session_key: str
    upload_id: UUID


class UploadQuery(UploadId):
    page: int = 1
    """Of `changes`."""


class NoSuchUpload(Refusal):
    """There is none, not any more, or it is another's."""


class UploadView(Message):
    """Everything that a page shows of a file."""

    upload_id: UUID
    kind: BulkKind
    state: UploadState
    to_unit: AuthUnit | None = None
    group_id: UUID | None = None
    rows: int
    done: int
    """Rows that were checked, or while working made ready, of `rows`."""
    faults: tuple[RowFault, ...] = ()
    """The first ones; `all_faults` has the others."""
    fault_count: int = 0
    corrections: tuple[Correction, ...] = ()
    """The first ones."""
    correction_count: int = 0
    counts: tuple[ChangeCount, ...] = ()
    """The difference in figures: each sort that there is. Known when it was checked."""
    changes: tuple[NumberChange, ...] = ()
    """The difference number by number, in the order of the file; one page of it."""
    change_count: int = 0
    """Numbers in the whole difference."""
    untouched: int = 0
    """Numbers that could be in the file and are not."""
    page: int = 1
    pages: int = 1
    uploaded_at: datetime
    ended_at: datetime | None = None


class Confirm(UploadId):
    corrected: bool = False
    """Whether the corrections were confirmed too (BULK-7)."""


class NotReady(Refusal):
    """It cannot be confirmed: it is over, already confirmed, or still being checked. Nothing was done."""


class CorrectionsUnconfirmed(Refusal):
    """There are corrections, and they were not confirmed. Nothing was done."""


class AnotherJobRuns(Refusal):
    """Another file of this line is being worked on; this one stays ready (BULK-9)."""


class ProgressQuery(Message):
    """Whoever knows the upload's id may ask: it tells counts only."""

    upload_id: UUID


class Progress(Message):
    state: UploadState
    rows: int
    done: int


class FaultsQuery(UploadId):
    piece: int = 0


class FaultsPiece(Message):
    """Faults in the order of the file, some hundreds at a time."""

    faults: tuple[RowFault, ...]
    pieces: int


class KindQuery(Message):
    session_key: str
    kind: BulkKind
    group_id: UUID | None = None
    """Of which group the download is (kind `forwarding`)."""


class Uploads(Message):
    """What this login can come back to, newest first: what is under way, and what came to an end lately."""

    uploads: tuple[UploadView, ...]


class DownloadRow(Message):
    """The cells of one row, without anything secret (BULK-5)."""

    cells: tuple[str, ...]


class Download(Message):
    """The file to start from."""

    columns: tuple[Column, ...]
    rows: tuple[DownloadRow, ...]


class BulkApi(Protocol):
    """The bulk service's remote procedures. Sessions are auth's: its `NoSession` and `NotInReach` come through."""

    def add_part(self, request: AddPart) -> Nothing: ...
    def upload(self, request: UploadQuery) -> UploadView: ...
    def uploads(self, request: KindQuery) -> Uploads: ...
    def all_faults(self, request: FaultsQuery) -> FaultsPiece: ...
    def progress(self, request: ProgressQuery) -> Progress: ...
    def confirm(self, request: Confirm) -> Nothing: ...
    def withdraw(self, request: UploadId) -> Nothing: ...
    def download(self, request: KindQuery) -> Download: ...
    def history(self, request: HistoryQuery) -> HistoryPage: ...
