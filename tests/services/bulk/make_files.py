"""Makes the awkward files of `files/`, each with the faults that are expected beside it. Run it after a change.

They are kept as they are, byte by byte, because bytes are what they are about; this is how each came about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "files"
A, B, C, LOCKED, BARE = "0300001111", "0300002222", "05012345678", "0300003333", "0300004444"
"""Numbers of the line. `LOCKED` is locked, `BARE` has no feature."""
BOM = b"\xef\xbb\xbf"


def rows(*lines: str, end: str = "\r\n") -> str:
    return "".join(line + end for line in lines)


def fault(row, problem, column=None, value=None, other_row=None):
    return {"row": row, "column": column, "problem": problem, "value": value, "other_row": other_row}


def number(row, problem, value=None, other_row=None):
    return fault(row, problem, "number", value, other_row)


PLAIN = rows(f"{A},abc13579", f"{B},def13579")
GOOD = {"numbers": [A, B]}
HEADER = "電話番号,新規パスワード"

FILES: dict[str, tuple[bytes, Mapping[str, Any]]] = {
    "plain": (PLAIN.encode(), GOOD),
    "line_feeds_only": (PLAIN.replace("\r", "").encode(), GOOD),
    "carriage_returns_only": (PLAIN.replace("\n", "").encode(), GOOD),
    "last_line_without_end": (PLAIN.rstrip().encode(), GOOD),
    "byte_order_mark": (BOM + PLAIN.encode(), GOOD),
    "header_utf_8": ((rows(HEADER) + PLAIN).encode(), GOOD),
    "header_utf_8_with_byte_order_mark": (BOM + (rows(HEADER) + PLAIN).encode(), GOOD),
    "header_cp932": ((rows(HEADER) + PLAIN).encode("cp932"), GOOD),
    "header_quoted": (rows('"電話番号","新規パスワード"', f'"{A}","abc13579"', f'"{B}","def13579"').encode(), GOOD),
    "full_width_cp932": (
        rows("０３００００１１１１,abc13579", "０３－００００－２２２２,def13579").encode("cp932"),
        GOOD,
    ),
    "hyphens_of_every_kind": (
        rows("03-0000-1111,abc13579", "03ー0000－2222,def13579", "050‐1234−5678,ghi13579").encode(),
        {"numbers": [A, B, C]},
    ),
    "spaces_and_brackets": (rows(" 03 0000 1111 ,abc13579", "(03)0000-2222,def13579").encode(), GOOD),
    "international": (rows("+81300001111,abc13579", "+81 3-0000-2222,def13579").encode(), GOOD),
    "blank_lines_at_the_end": ((PLAIN + rows("", ",", " , ", "")).encode(), GOOD),
    "blank_line_in_the_middle": (
        rows(f"{A},abc13579", "", f"{B},def13579").encode(),
        {"numbers": [A, B], "faults": [fault(2, "blank_row")]},
    ),
    "zeros_eaten_by_a_spreadsheet": (
        rows("300001111,abc13579", "300002222,def13579", "5012345678,ghi13579").encode(),
        {"numbers": [A, B, C], "corrections": [[1, "300001111", A], [2, "300002222", B], [3, "5012345678", C]]},
    ),
    "a_dropped_zero_that_is_no_number_of_the_line": (
        rows("399999999,abc13579").encode(),
        {"numbers": [], "faults": [number(1, "not_a_number", "399999999")]},
    ),
    "a_dropped_zero_that_stands_there_twice": (
        rows(f"{A},abc13579", "300001111,def13579").encode(),
        {
            "numbers": [A],
            "corrections": [[2, "300001111", A]],
            "faults": [number(2, "number_twice", "300001111", 1)],
        },
    ),
    "rounded_by_a_spreadsheet": (
        rows("3.00E+08,abc13579", "3.00002E+08,def13579").encode(),
        {
            "numbers": [],
            "faults": [number(1, "rounded_number", "3.00E+08"), number(2, "rounded_number", "3.00002E+08")],
        },
    ),
    "ragged": (
        rows(A, f"{B},def13579,", f"{C},ghi13579,x,y").encode(),
        {
            "numbers": [],
            "faults": [fault(1, "missing_column"), fault(2, "surplus_column"), fault(3, "surplus_column")],
        },
    ),
    "empty_cells": (
        rows(f"{A},", ",def13579").encode(),
        {"numbers": [], "faults": [fault(1, "empty_cell", "new_password"), number(2, "empty_cell")]},
    ),
    "quoted_comma_and_quote": (
        rows(f'"{A}","abc,""13579"', f"{B},def13579").encode(),
        GOOD,  # the password breaks a rule, which its owner says
    ),
    "line_break_within_quotes": (
        rows(f'{A},"abc\r\n13579"', "0399999999,def13579").encode(),
        {"numbers": [A], "faults": [number(2, "unknown_number", "0399999999")]},
    ),
    "quote_never_closed": (
        rows(f"{A},abc13579", f'{B},"def13579', f"{C},ghi13579").encode(),
        {"numbers": [A], "faults": [fault(2, "not_csv")]},
    ),
    "text_after_a_quote": (
        rows(f'"{A}"x,abc13579').encode(),
        {"numbers": [], "faults": [fault(1, "not_csv")]},
    ),
    "semicolons": (
        rows(f"{A};abc13579").encode(),
        {
            "numbers": [],
            "faults": [fault(1, "missing_column"), number(1, "not_a_number")],
        },
    ),
    "the_guides_own_typing_error": (
        rows(f"{A},abc13579", f"{B}.def13579").encode(),
        {"numbers": [A], "faults": [fault(2, "missing_column"), number(2, "not_a_number")]},
    ),
    "columns_in_the_wrong_order": (
        rows(f"abc13579,{A}", f"12345678,{B}").encode(),
        {"numbers": [], "faults": [number(1, "not_a_number"), number(2, "not_a_number")]},
    ),
    "formula_text": (
        rows('"=HYPERLINK(""http://x"")",abc13579', f"@{A},def13579").encode(),
        {"numbers": [], "faults": [number(1, "not_a_number"), number(2, "not_a_number")]},
    ),
    "empty": (b"", {"numbers": [], "faults": [fault(None, "empty_file")]}),
    "byte_order_mark_only": (BOM, {"numbers": [], "faults": [fault(None, "empty_file")]}),
    "header_only": (rows(HEADER).encode(), {"numbers": [], "faults": [fault(None, "empty_file")]}),
    "blank_lines_only": (rows("", ",", "").encode(), {"numbers": [], "faults": [fault(None, "empty_file")]}),
    "binary": (
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        {"numbers": [], "faults": [fault(None, "undecodable")]},
    ),
    "null_bytes": (f"{A},abc\0".encode(), {"numbers": [], "faults": [fault(None, "undecodable")]}),
    "control_characters": (
        rows(f"{A},abc13579", "\x1b[31m,x").encode(),
        {
            "numbers": [],
            "faults": [fault(2, "undecodable")],
        },
    ),
    "utf_16": (PLAIN.encode("utf-16"), {"numbers": [], "faults": [fault(None, "undecodable")]}),
    "utf_16_without_byte_order_mark": (
        rows(HEADER, f"{A},abc13579").encode("utf-16-le"),
        {"numbers": [], "faults": [fault(None, "undecodable")]},
    ),
    "tabs_between_the_cells": (
        rows(HEADER.replace(",", "\t"), f"{A}\tabc13579", f"{B}\tdef13579").encode(),
        {"numbers": [], "faults": [fault(None, "tabs")]},
    ),
    "tabs_in_one_row_of_many": (
        rows(f"{A},abc13579", f"{B}\tdef13579").encode(),
        {"numbers": [A], "faults": [fault(2, "missing_column"), number(2, "not_a_number")]},
    ),
    "workbook": (b"PK\x03\x04" + bytes(40), {"numbers": [], "faults": [fault(None, "excel_book")]}),
    "undecodable_in_the_second_row": (
        f"{A},abc13579\r\n".encode() + f"{B},def\x81".encode("latin-1") + b"\r\n",
        {"numbers": [], "faults": [fault(2, "undecodable")]},
    ),
    "cut_within_a_character": (
        BOM + f"{A},パスワー".encode()[:-1],
        {"numbers": [], "faults": [fault(1, "undecodable")]},
    ),
    "every_fault_at_once": (
        rows(
            HEADER,
            f"{A},abc13579",
            "03-0000-1111,def13579",
            "0399999999,abc13579",
            "",
            f"{LOCKED},abc13579",
            f"{BARE},abc13579",
            "tel,abc13579",
            "3.1E+9,abc13579",
            f"{B}",
            f"{C},ghi13579,surplus",
            "0300005555,",
            ",abc13579",
            "300002222,abc13579",
        ).encode("cp932"),
        {
            "numbers": [A, B],
            "corrections": [[14, "300002222", B]],
            "faults": [
                number(3, "number_twice", "03-0000-1111", 2),
                number(4, "unknown_number", "0399999999"),
                fault(5, "blank_row"),
                number(6, "locked", LOCKED),
                number(7, "without_login", BARE),
                number(8, "not_a_number"),
                number(9, "rounded_number", "3.1E+9"),
                fault(10, "missing_column"),
                fault(11, "surplus_column"),
                fault(12, "empty_cell", "new_password"),
                number(12, "unknown_number", "0300005555"),
                number(13, "empty_cell"),
                number(14, "number_twice", "300002222", 10),
            ],
        },
    ),
}


FORWARDING: dict[str, tuple[bytes, Mapping[str, Any]]] = {
    "header_cp932": (
        (rows("電話番号,転送先") + rows(f"{A},0312345678", f"{B},09012345678")).encode("cp932"),
        {"numbers": [A, B]},
    ),
    "zeros_eaten_in_both_columns": (
        rows("300001111,312345678", f"{B},9012345678", f"{C},０３１２３４５６７８").encode(),
        {
            "numbers": [A, B, C],
            "corrections": [
                [1, "number", "300001111", A],
                [1, "target", "312345678", "0312345678"],
                [2, "target", "9012345678", "09012345678"],
            ],
        },
    ),
    "a_target_in_yurihonjo_that_looks_like_184_before_a_number": (
        rows(f"{A},184231234").encode(),
        {"numbers": [A], "corrections": [[1, "target", "184231234", "0184231234"]]},
    ),
    "what_has_a_zero_or_too_few_digits_is_no_dropped_zero": (
        rows(f"{A},110", f"{B},'+81312345678", f"{C},12345678").encode(),
        {"numbers": [A, B, C]},
    ),
    "a_zero_that_was_dropped_behind_an_apostrophe": (
        rows(f"{A},'312345678", f"{B},'0312345678").encode(),
        {"numbers": [A, B], "corrections": [[1, "target", "'312345678", "0312345678"]]},
    ),
    "empty_targets": (
        rows(f"{A},", f"{B}, 　").encode(),
        {"numbers": [], "faults": [fault(1, "empty_cell", "target"), fault(2, "empty_cell", "target")]},
    ),
    "a_number_without_the_feature": (
        rows(f"{BARE},0312345678", f"{A},0312345678").encode(),
        {"numbers": [A], "faults": [number(1, "not_contracted", BARE)]},
    ),
    "a_file_of_the_other_kind": (
        rows("電話番号,二段階認証利用設定,受信用メールアドレス,確認用ID,確認用パスワード", f"{A},0,,,").encode(),
        {"numbers": [], "faults": [fault(2, "surplus_column")]},
    ),
    "more_rows_than_a_group_has_numbers": (
        rows(*(f"{one},0312345678" for one in (A, B, C, A))).encode(),
        {
            "numbers": [A, B, C],
            "faults": [number(4, "number_twice", A, 1), fault(None, "too_many_for_group", value="4")],
        },
    ),
}
"""For groups of 一括転送機能 of at most three numbers: what differs from the other kinds. `BARE` has not contracted it."""


def main() -> None:
    for folder, files in ((FOLDER, FILES), (FOLDER / "forwarding", FORWARDING)):
        for name, (data, expected) in files.items():
            (folder / f"{name}.csv").write_bytes(data)
            whole = {"numbers": expected["numbers"], "corrections": [], "faults": [], **expected}
            text = json.dumps(whole, ensure_ascii=False, indent=1)
            (folder / f"{name}.expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
