"""The numbers of a group and their targets as a CSV file (FEAT-4, BULK-4, BULK-7, BULK-8).

A group has 200 rows at most, which are checked and saved in one call, all or nothing; nothing is forwarded by them
before the group is started. So such a file is no job of the bulk service.
"""

from __future__ import annotations

import csv
import io
import re

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import FileField

from contracts.settings.bulk_forwarding import GroupMember, GroupRejected, MemberFault
from gateway.bulk_files import a_csv_file
from gateway.choice_fields import SomeOf
from gateway.group_form import CELLS, MOST_SAID
from gateway.group_words import FAULTS, MEMBER_FAULTS

HEADING = ("電話番号", "転送先")
ZERO = "zero"
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin."""
_WITHOUT_ZERO = re.compile(r"[1-9][0-9]{8,9}")
NOT_CSV = "CSVファイルとして読み取れません。表計算ソフトで、CSV形式で保存し直してください。"
EMPTY = "ファイルに電話番号がありません。1行に1件ずつ、電話番号と転送先を書いてください。"


class Unreadable(Exception):
    """The message says what to do."""


class GroupFileForm(FlaskForm):
    """One file. That zeros are put back is asked for, never done silently (BULK-7)."""

    file = FileField("CSVファイル", [a_csv_file])
    zeros = SomeOf("先頭の0", options={ZERO: "表計算ソフトで消えた先頭の0を補う"})

    def rows(self) -> list[tuple[int, list[str]]]:
        """(row as a spreadsheet counts, cells). Raises `Unreadable`."""
        given: FileStorage = self.file.data
        rows = read(given.read())
        if self.zeros.holds(ZERO):
            return [(row, [_with_zero(cell) for cell in cells]) for row, cells in rows]
        return rows

    def tell(self, rejected: GroupRejected, rows: list[tuple[int, list[str]]]) -> None:
        """Every fault by its row; of many the first ones."""
        said = [FAULTS[fault] for fault in rejected.details.faults]
        for one in rejected.details.rows:
            row, cells = rows[one.row - 1]
            lost = one.fault in {MemberFault.NOT_ON_LINE, MemberFault.NOT_A_NUMBER} and any(map(_lost_zero, cells))
            words = f"先頭の0が消えています。「{self.zeros.options[ZERO]}」を選ぶと補えます。" if lost else None
            said.append(f"{row}行目：{words or MEMBER_FAULTS[one.fault]}")
        more = len(said) - MOST_SAID
        self.file.errors = [*said[:MOST_SAID], *([f"ほかに{more}行あります。"] if more > 0 else [])]


def members(rows: list[tuple[int, list[str]]]) -> tuple[GroupMember, ...]:
    """As the settings service is asked to set them."""
    return tuple(GroupMember(number=cells[0], target=cells[1]) for _, cells in rows)


def read(data: bytes) -> list[tuple[int, list[str]]]:
    """UTF-8 with or without byte order mark, else CP932; a header and blank rows are passed over. Raises `Unreadable`."""
    if data.startswith(_NO_TEXT) or b"\0" in data:
        raise Unreadable(NOT_CSV)
    try:
        lines = list(csv.reader(io.StringIO(_text(data), newline=""), strict=True))
    except csv.Error:
        raise Unreadable(NOT_CSV) from None
    rows = [
        (place, cells)
        for place, line in enumerate(lines, start=1)
        if any(cells := [cell.strip() for cell in line]) and not (place == 1 and cells[0].startswith(HEADING[0]))
    ]
    if not rows:
        raise Unreadable(EMPTY)
    wrong = [place for place, cells in rows if len(cells) != CELLS]
    if wrong:
        raise Unreadable(f"{wrong[0]}行目の列の数が違います。電話番号と転送先の2列にしてください。")
    return rows


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(NOT_CSV)


def _lost_zero(cell: str) -> bool:
    return _WITHOUT_ZERO.fullmatch(cell) is not None


def _with_zero(cell: str) -> str:
    return f"0{cell}" if _lost_zero(cell) else cell
