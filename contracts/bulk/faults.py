"""What can be wrong with a file, and what is offered instead (BULK-6..8)."""

from __future__ import annotations

from enum import StrEnum

from contracts.base import Message
from contracts.bulk.kinds import Column


class Problem(StrEnum):
    """Everything that can be wrong with a file (BULK-8)."""

    # of the file as a whole
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    EXCEL_BOOK = "excel_book"
    """A workbook, not saved as CSV."""
    UNDECODABLE = "undecodable"
    """Neither UTF-8 nor CP932, or no text at all; told with the first row that is not, where that is known."""
    NOT_CSV = "not_csv"
    """Its quotation marks do not match."""
    TABS = "tabs"
    """The cells of every row are parted by tabs."""
    TOO_MANY_FILES = "too_many_files"
    """Of this line within a day, of a kind whose check tells whether a password is the present one. Nothing was looked at."""
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
    TARGET_LOOP = "target_loop"
    """Calls would come back by rows of this very file."""
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
    """Where the number stood first; of a circle, the row that calls go on to."""


class Correction(Message):
    """A number whose leading 0 a spreadsheet has dropped; taken as `number` only if that is confirmed (BULK-7)."""

    row: int
    column: Column = Column.NUMBER
    typed: str
    number: str
