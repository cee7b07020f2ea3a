"""Real awkward files and, beside each, what is said of it (BULK-4, BULK-6, BULK-7, BULK-8)."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from contracts.bulk.faults import Problem
from contracts.bulk.kinds import MOST_BYTES, MOST_ROWS, BulkKind
from services.bulk import csv_rules
from services.bulk.csv_rules import read
from services.bulk.row_rules import Judged, Listed, judge, showable, showable_target, target_in

FOLDER = Path(__file__).parent / "files"
FILES, FORWARDING_FILES = (sorted(folder.glob("*.csv")) for folder in (FOLDER, FOLDER / "forwarding"))
A, B, C, LOCKED, BARE = "0300001111", "0300002222", "05012345678", "0300003333", "0300004444"
LINE = {
    A: Listed(UUID(int=1), 1),
    B: Listed(UUID(int=2), 1),
    C: Listed(UUID(int=3), 1),
    LOCKED: Listed(UUID(int=4), 1, Problem.LOCKED),
    BARE: Listed(UUID(int=5), 1, Problem.WITHOUT_LOGIN),
}


def judged(data: bytes, kind: BulkKind = BulkKind.PASSWORDS, line: dict[str, Listed] | None = None) -> Judged:
    return judge(kind, read(data), LINE if line is None else line)


def problems(found: Judged) -> list[tuple[int | None, str]]:
    return [(fault.row, fault.problem.value) for fault in found.faults]


@pytest.mark.rule("BULK-4", "BULK-6", "BULK-7", "BULK-8")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_awkward_file_is_told_what_stands_beside_it(file):
    expected = json.loads(file.with_suffix(".expected.json").read_text(encoding="utf-8"))
    found = judged(file.read_bytes())
    assert [fault.model_dump(mode="json") for fault in found.faults] == expected["faults"]
    assert [[one.row, one.typed, one.number] for one in found.corrections] == expected["corrections"]
    faulty = {fault.row for fault in found.faults}
    right = [row.number for row in found.rows]
    assert set(right) <= set(expected["numbers"])
    if not faulty:
        assert right == expected["numbers"]


@pytest.mark.rule("FEAT-4", "BULK-4", "BULK-6", "BULK-7", "BULK-8")
@pytest.mark.parametrize("file", FORWARDING_FILES, ids=lambda file: file.stem)
def test_so_is_what_is_awkward_in_a_file_of_a_group(file):
    expected = json.loads(file.with_suffix(".expected.json").read_text(encoding="utf-8"))
    line = {**LINE, BARE: Listed(UUID(int=5), 0, Problem.NOT_CONTRACTED)}
    found = judge(BulkKind.FORWARDING, read(file.read_bytes()), line, most=3)
    assert [fault.model_dump(mode="json") for fault in found.faults] == expected["faults"]
    assert [[one.row, one.column, one.typed, one.number] for one in found.corrections] == expected["corrections"]
    assert [row.number for row in found.rows] == expected["numbers"]


@pytest.mark.rule("FEAT-4", "BULK-7", "BULK-10")
@pytest.mark.parametrize(
    ("cell", "target"),
    [
        ("312345678", "0312345678"),
        (" 90-1234-5678 ", "09012345678"),
        ("03-1234-5678", "03-1234-5678"),
        ("'+81312345678", "+81312345678"),
        ("110", "110"),
    ],
)
def test_a_target_is_what_stands_there_with_its_dropped_zero_and_without_what_a_download_puts_before_it(cell, target):
    assert target_in(cell) == target


@pytest.mark.rule("AUDIT-2", "BULK-6")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [("110", "110"), ("＃999", "#999"), ("0120-123-456", "0120-123-456"), ("abc13579", None), ("12345678", None)],
)
def test_a_wrong_target_is_shown_unless_it_may_be_a_password(typed, shown):
    assert showable_target(typed) == shown


@pytest.mark.rule("BULK-8", "LINE-7")
def test_ten_thousand_rows_are_taken_and_one_more_is_not():
    numbers = [f"03{place:08}" for place in range(10_000_000, 10_000_000 + MOST_ROWS + 1)]
    line = {number: Listed(UUID(int=place), 1) for place, number in enumerate(numbers)}
    whole = "".join(f"{number},abc13579\r\n" for number in numbers).encode()
    taken = judged(b"".join(whole.splitlines(keepends=True)[:MOST_ROWS]), line=line)
    assert (len(taken.rows), taken.faults) == (MOST_ROWS, ())
    refused = judged(whole, line=line)
    assert (refused.rows, problems(refused)) == ((), [(None, "too_many_rows")])


@pytest.mark.rule("BULK-4", "BULK-8")
def test_more_blank_rows_between_others_than_a_file_may_have_rows_are_one_fault_and_not_a_million():
    def with_blank_rows(count):
        return f"{A},abc13579\r\n".encode() + b"\n" * count + f"{B},abc13579\r\n".encode()

    named = judged(with_blank_rows(MOST_ROWS))
    assert problems(named) == [(row, "blank_row") for row in range(2, MOST_ROWS + 2)]
    assert problems(judged(with_blank_rows(MOST_ROWS + 1))) == [(None, "too_many_rows")]
    assert problems(judged(with_blank_rows(MOST_BYTES - 50))) == [(None, "too_many_rows")]
    assert problems(judged(with_blank_rows(0) + b"  \r\n" * (MOST_ROWS + 2))) == []


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("data", [b"0300001111,x\n" * 9000, b"\n" * 9000 + b"\xff"], ids=["rows", "undecodable"])
def test_others_get_their_turn_while_a_large_file_is_read(data, monkeypatch):
    turns = []
    monkeypatch.setattr(csv_rules, "time", SimpleNamespace(sleep=turns.append))
    read(data)
    assert len(turns) == 9


@pytest.mark.rule("BULK-8")
def test_two_mebibytes_are_taken_and_one_byte_more_is_not():
    row = f"{A},abc13579".encode()
    filled = row + b"\r\n" * ((MOST_BYTES - len(row)) // 2) + b"\n" * ((MOST_BYTES - len(row)) % 2)
    assert len(filled) == MOST_BYTES
    assert problems(judged(filled)) == []
    assert problems(judged(filled + b"\n")) == [(None, "too_large")]


@pytest.mark.rule("BULK-2", "UNIT-1")
def test_a_number_that_must_be_in_the_file_and_is_not_is_named():
    line = {A: Listed(UUID(int=1), 1, needed=True), B: Listed(UUID(int=2), 1, needed=True), C: Listed(UUID(int=3), 1)}
    found = judged(f"{A},abc13579\r\n".encode(), BulkKind.UNIT, line)
    assert [(fault.problem, fault.value) for fault in found.faults] == [(Problem.NUMBER_MISSING, B)]


@pytest.mark.rule("BULK-3")
def test_cells_of_one_time_passwords_may_be_empty():
    found = judged(f"{A},1,,,\r\n".encode(), BulkKind.OTP)
    assert (problems(found), [row.cells for row in found.rows]) == ([], [("1", "", "", "")])


@pytest.mark.rule("AUDIT-2", "BULK-6")
@pytest.mark.parametrize(
    "typed",
    [
        "abc13579",
        "12345678",
        "yamada taro",
        "=1+1",
        "１２３４５６７８",
        "0a0b0c0d0e0f",
        "5e1928374",
        "5E1928374",
        "3E08",
        "3e+08",
    ],
)
def test_what_may_be_a_password_in_the_wrong_column_is_not_shown(typed):
    assert showable(typed) is None


@pytest.mark.rule("AUDIT-2", "BULK-8")
@pytest.mark.parametrize("password", ["5e1928374", "5E1928374"])
def test_a_password_that_looks_like_an_exponent_is_not_shown_where_the_columns_are_swapped(password):
    found = judged(f"{password},{A}\r\n".encode())
    assert [(fault.problem, fault.value) for fault in found.faults] == [(Problem.NOT_A_NUMBER, None)]


@pytest.mark.parametrize("typed", ["399999999", "03-1234-567890", "３１２３４５６７８", "3.12E+08", "3E+08"])
def test_what_can_only_be_a_mistyped_number_is_shown(typed):
    assert showable(typed) == typed
