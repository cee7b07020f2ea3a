"""Lists as files for spreadsheets: CSV as the guide asks for it, and .xlsx, in which no zero is lost (BULK-4, BULK-5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal

from flask import Response
from xlsxwriter import Workbook

Form = Literal["csv", "cp932", "xlsx"]
FORMS: tuple[Form, ...] = ("csv", "cp932", "xlsx")

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula, full-width too (BULK-10)."""


def answer(name: str, form: Form, rows: Iterable[Sequence[str]], heading: Sequence[str] = ()) -> Response:
    """A file to keep, named `name` with its ending. CSV has no heading unless it is among the rows: it is sent back."""
    if form == "xlsx":
        kind, content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook(rows, heading)
    else:
        kind, content = "text/csv", comma_separated(rows, "cp932" if form == "cp932" else "utf-8-sig")
    response = Response(content, mimetype=kind)
    if form != "xlsx":
        response.headers["Content-Type"] = f"text/csv; charset={'Shift_JIS' if form == 'cp932' else 'utf-8'}"
    ending = "xlsx" if form == "xlsx" else "csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def comma_separated(rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    """CR+LF. What the encoding does not have becomes a question mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue().encode(encoding, errors="replace")


def workbook(rows: Iterable[Sequence[str]], heading: Sequence[str]) -> bytes:
    """Every cell is text, also the ones that are still empty, so that what is typed there stays as it is typed."""
    content = io.BytesIO()
    # One row in memory at a time; never a formula, a number or a link of what looks like one.
    book = Workbook(content, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
    sheet = book.add_worksheet()
    sheet.set_column(0, max(len(heading) - 1, 0), 28, text)
    listed = [*([heading] if heading else []), *rows]
    for place, row in enumerate(listed):
        for column, cell in enumerate(row):
            sheet.write_string(place, column, neutral(cell), bold if heading and place == 0 else text)
    book.close()
    return content.getvalue()


def neutral(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what could begin a formula (BULK-10)."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell
