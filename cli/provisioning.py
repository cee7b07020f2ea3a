"""A provisioning file (LINE-6): every row read and checked, kept in a temporary SQLite file, given out line by line.

The rows of a line may be scattered over the file and the file may be larger than memory; only one line at a time
(10,000 numbers at most, LINE-7) is held.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from cli.complaint import USAGE, Complaint
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.phone import Feature, NotAPhoneNumber, normalise_number

HEADER = ["contract_number", "number", "features"]
BATCH = 1_000

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE rows (row INTEGER PRIMARY KEY, line TEXT NOT NULL, number TEXT NOT NULL, features TEXT NOT NULL);
CREATE TABLE faults (row INTEGER NOT NULL, line TEXT, place TEXT NOT NULL, value TEXT NOT NULL, advice TEXT NOT NULL);
"""
_INDEXES = """
CREATE INDEX by_line ON rows (line, row);
CREATE INDEX by_number ON rows (number, row);
"""
_NUMBERS_GIVEN_TWICE = """
WITH twice AS (SELECT number, min(row) AS first, max(row) AS last FROM rows GROUP BY number HAVING count(*) > 1)
INSERT INTO faults
SELECT row, line, 'number', number,
       'stands in row ' || CASE WHEN row = first THEN last ELSE first END || ' too; leave one row for each number'
FROM rows JOIN twice USING (number)
"""
_LINES = """
SELECT line, min(row) FROM rows WHERE line NOT IN (SELECT line FROM faults WHERE line IS NOT NULL)
GROUP BY line ORDER BY min(row)
"""


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row, counted as the spreadsheet counts: the header is row 1."""

    row: int
    column: str
    value: str
    advice: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}, {self.value!r}: {self.advice}"


class ProvisioningFile:
    """What one file says, checked. Made by `read_file`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def faults(self) -> Iterator[RowFault]:
        """All row faults, in the file's order."""
        for found in self._database.execute("SELECT row, place, value, advice FROM faults ORDER BY row, rowid"):
            yield RowFault(*found)

    def lines(self) -> Iterator[ProvisionLine]:
        """The lines without a faulty row, in the order in which the file first names them."""
        for line, _ in self._database.execute(_LINES):
            rows = self._database.execute("SELECT number, features FROM rows WHERE line = ? ORDER BY row", (line,))
            numbers = tuple(
                ProvisionedNumber(number=number, features=frozenset(Feature(code) for code in features.split()))
                for number, features in rows
            )
            yield ProvisionLine(contract_number=line, numbers=numbers)

    def row_of(self, number: str) -> int | None:
        """Where the file names a number."""
        found = self._database.execute("SELECT min(row) FROM rows WHERE number = ?", (number,)).fetchone()
        return None if found is None or found[0] is None else int(found[0])

    def sound_lines(self) -> int:
        """How many lines `lines` gives."""
        return self._count(f"SELECT count(*) FROM ({_LINES})")  # noqa: S608 - a constant of ours

    def faulty_lines(self) -> int:
        """How many lines are left out. A row whose line cannot be read counts by itself."""
        return self._count("SELECT count(DISTINCT line) + count(DISTINCT iif(line IS NULL, row, NULL)) FROM faults")

    def faulty_numbers(self) -> int:
        """How many rows are left out with their lines."""
        return self._count(
            "SELECT count(*) FROM (SELECT row FROM rows WHERE line IN (SELECT line FROM faults) "
            "UNION SELECT row FROM faults)"
        )

    def _count(self, statement: str) -> int:
        return int(self._database.execute(statement).fetchone()[0])


@contextmanager
def read_file(path: Path) -> Iterator[ProvisioningFile]:
    """Read and check the whole file. Raises `Complaint` where it cannot be read as such a file at all."""
    with TemporaryDirectory(prefix="hikari-provision-") as folder:
        database = sqlite3.connect(Path(folder) / "rows.sqlite", isolation_level=None)
        try:
            database.executescript(_TABLES)
            _spool(path, database)
            database.executescript(_INDEXES)
            database.execute(_NUMBERS_GIVEN_TWICE)
            yield ProvisioningFile(database)
        finally:
            database.close()


def _spool(path: Path, database: sqlite3.Connection) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            for batch in _batched(_records(text)):
                database.execute("BEGIN")
                for row, cells in batch:
                    _take(row, cells, database)
                database.execute("COMMIT")
    except UnicodeDecodeError as error:
        raise Complaint(
            f"{path} is not UTF-8 (byte {error.start + 1} of the part read). Save it as “CSV UTF-8” in the spreadsheet."
        ) from None
    except csv.Error as error:
        raise Complaint(f"{path} is no CSV file: {error}") from None
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}", USAGE) from None


def _records(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows below the header, blank ones left out but counted."""
    rows = csv.reader(text, strict=True)
    header = [cell.strip().lower() for cell in next(rows, [])]
    if header != HEADER:
        raise Complaint(f"row 1 must be the header {','.join(HEADER)}, not {','.join(header) or 'empty'}")
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _batched(records: Iterable[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    batch: list[tuple[int, list[str]]] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _take(row: int, cells: list[str], database: sqlite3.Connection) -> None:
    """Keep a sound row, and of a faulty one its faults and, where it can be told, its line."""
    faults, line, number, features = _checked(row, cells)
    if not faults:
        database.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", (row, line, number, features))
    for fault in faults:
        found = (fault.row, line, fault.column, fault.value, fault.advice)
        database.execute("INSERT INTO faults VALUES (?, ?, ?, ?, ?)", found)


def _checked(row: int, cells: list[str]) -> tuple[list[RowFault], str | None, str, str]:
    faults: list[RowFault] = []
    if len(cells) != len(HEADER):
        advice = f"give {len(HEADER)} columns: {', '.join(HEADER)} (features may be empty, the comma before it not)"
        faults.append(RowFault(row, "columns", ",".join(cells), advice))
    contract_text, number_text, codes = [*cells, "", "", ""][:3]
    line = _number(row, "contract_number", contract_text, faults)
    number = _number(row, "number", number_text, faults)
    known = set(Feature)
    faults += [
        RowFault(row, "features", code, f"no such feature; known are {', '.join(Feature)}")
        for code in codes.split()
        if code not in known
    ]
    return faults, line, number or "", codes


def _number(row: int, column: str, text: str, faults: list[RowFault]) -> str | None:
    """The normalised number. Of one that lost its leading 0 it is told, for the line's sake, what it must have been."""
    try:
        return normalise_number(text)
    except NotAPhoneNumber as error:
        restored = _with_leading_zero(text)
        advice = (
            f"the leading 0 is missing (a spreadsheet drops it); format the column as text and write {restored}"
            if restored
            else f"{error}; write it with digits only"
        )
        faults.append(RowFault(row, column, text, advice))
        return restored


def _with_leading_zero(text: str) -> str | None:
    try:
        return normalise_number("0" + text.strip())
    except NotAPhoneNumber:
        return None
