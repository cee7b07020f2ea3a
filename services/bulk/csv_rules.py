"""From a file's bytes to its rows of cells (BULK-4, BULK-8). Pure; whatever is wrong comes back as faults."""

from __future__ import annotations

import csv
import io
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from contracts.bulk.faults import Problem, RowFault
from contracts.bulk.kinds import MOST_BYTES, MOST_ROWS

R = TypeVar("R")

UTF_8_BOM = b"\xef\xbb\xbf"
BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin: .xlsx, and .xls of former times."""
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
LINE_END = re.compile(rb"\r\n|\n|\r")
LET_OTHERS_WORK_EVERY = 1000
"""Rows. Two mebibytes may be two million of them, with nothing in any."""
HEADERS = ("電話番号", "番号", "tel", "phone", "number")
"""How a header's first cell begins, in any case and width."""


@dataclass(frozen=True)
class Line:
    """A row with something in it. `row` counts as spreadsheets do: from 1, header and blank rows too."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """The rows of a file without its header, or what is wrong with it as a whole."""

    lines: tuple[Line, ...] = ()
    faults: tuple[RowFault, ...] = ()


def read(data: bytes) -> Grid:
    """The rows of a file."""
    if len(data) > MOST_BYTES:
        return _refused(Problem.TOO_LARGE)
    if data.startswith(BOOKS):
        return _refused(Problem.EXCEL_BOOK)
    if b"\0" in data:
        return _refused(Problem.UNDECODABLE)  # a program, a picture, UTF-16: no row of it means anything
    text = decode(data)
    if text is None:
        return _refused(Problem.UNDECODABLE, row=_first_undecodable(data))
    found = NOT_TEXT.search(text)
    if found:
        return _refused(Problem.UNDECODABLE, row=_row_at(text, found.start()))
    return _rows(text)


def decode(data: bytes) -> str | None:
    """UTF-8 with or without byte order mark, else CP932, which is what a Japanese Excel writes."""
    if data.startswith(UTF_8_BOM):
        return _decoded(data.removeprefix(UTF_8_BOM), "utf-8")
    text = _decoded(data, "utf-8")
    return _decoded(data, "cp932") if text is None else text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _first_undecodable(data: bytes) -> int | None:
    """Read line by line; a line end is the same in both encodings, and none of CP932's second bytes is one."""
    bom = data.startswith(UTF_8_BOM)
    for row, line in _in_turns(enumerate(LINE_END.split(data.removeprefix(UTF_8_BOM)), start=1)):
        if _decoded(line, "utf-8") is None and (bom or _decoded(line, "cp932") is None):
            return row
    return None  # each line is one or the other, and the file neither


def _row_at(text: str, position: int) -> int:
    return len(re.findall("\r\n|\n|\r", text[:position])) + 1


def _rows(text: str) -> Grid:
    lines: list[Line] = []
    faults: list[RowFault] = []
    row = last = 0
    try:
        for row, cells in _in_turns(_parsed(text)):
            blank = range(last + 1, row)
            if len(faults) + len(blank) > MOST_ROWS:
                return _refused(Problem.TOO_MANY_ROWS)  # before a million of them were read, and told one by one
            if not any(cell.strip() for cell in cells):
                continue
            # Blank rows at the end are nothing; between others something was lost, or is not yet written.
            last = row
            faults += [RowFault(row=one, column=None, problem=Problem.BLANK_ROW) for one in blank]
            if not lines and is_header(cells):
                continue
            lines.append(Line(row, tuple(cells)))
            if len(lines) > MOST_ROWS:
                return _refused(Problem.TOO_MANY_ROWS)
    except csv.Error:
        return Grid(tuple(lines), (*faults, RowFault(row=row + 1, column=None, problem=Problem.NOT_CSV)))
    if not lines:
        return _refused(Problem.EMPTY_FILE)
    if all(len(line.cells) == 1 and "\t" in line.cells[0].strip() for line in lines):
        return _refused(Problem.TABS)
    return Grid(tuple(lines), tuple(faults))


def _parsed(text: str) -> Iterator[tuple[int, list[str]]]:
    # `strict`: a quote that is never closed would otherwise swallow the rest of the file without a word.
    return enumerate(csv.reader(io.StringIO(_without_blank_end(text), newline=""), strict=True), start=1)


def _without_blank_end(text: str) -> str:
    """To the end of the last row with anything in it. Of blank ones after that there may be any number."""
    end = re.compile("[\r\n]").search(text, len(text.rstrip()))
    return text[: end.start()] if end else text


def _in_turns(rows: Iterator[tuple[int, R]]) -> Iterator[tuple[int, R]]:
    """The same, with a turn for other green threads now and then: it is pure computing."""
    for row, content in rows:
        if row % LET_OTHERS_WORK_EVERY == 0:
            time.sleep(0)
        yield row, content


def is_header(cells: list[str]) -> bool:
    """Whether a file's first row names the columns."""
    return _plain(cells[0]).startswith(HEADERS)


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip(" \t\"'“”").lower()


def _refused(problem: Problem, row: int | None = None) -> Grid:
    return Grid(faults=(RowFault(row=row, column=None, problem=problem),))
