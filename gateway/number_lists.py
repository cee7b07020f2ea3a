"""A list of phone numbers typed into one field: one a line, or with commas between (FEAT-1, FEAT-3)."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.settings.common import normalise_caller
from gateway.forms import LONGEST_SECRET_OF_DIGITS
from gateway.words import phone

LONGEST_LIST = 10_000
"""Characters: more than the longest list that an operator can allow, of 500 numbers."""
LONGEST_LIST_KEPT = 1000
"""Of them are shown again after a fault; a cookie holds 4 KiB. What is no number is counted by its bytes."""
ABROAD = ("+", "＋")
"""How a number of another country begins, and no temporary password."""
_LINES = re.compile(r"[\n,、，;]+")
_SHOWABLE = re.compile(r"[0-9０-９+＋()（）.\s\-‐-―−ー－]{1,40}")


def entries(text: str) -> list[str]:
    """One for each line or comma; what is empty is left out."""
    return [line.strip() for line in _LINES.split(text) if line.strip()]


def callers_in(text: str) -> tuple[str, ...]:
    """The numbers in their one form, each once. Only after `phone_numbers` found no fault."""
    return tuple(dict.fromkeys(map(normalise_caller, entries(text))))


def phone_numbers(_form: FlaskForm, field: Field) -> None:
    """Each entry is a number; the first that is none is named by its place. What is too long is refused unread."""
    if len(field.data or "") > LONGEST_LIST:
        raise ValidationError(f"長すぎます。全体で{LONGEST_LIST}文字までにしてください。")
    for place, line in enumerate(entries(field.data or ""), start=1):
        try:
            normalise_caller(line)
        except NotAPhoneNumber:
            shown = len(_shown_again(field.data or ""))
            where = f"{place}件目" if place <= shown else f"表示している{shown}件よりあとに入力した1件"
            raise ValidationError(f"{where}が{_what_is_wrong(line)}") from None


def _what_is_wrong(line: str) -> str:
    """Spreadsheets drop the leading 0 (BULK-7)."""
    try:
        meant = normalise_number(f"0{line}")
    except NotAPhoneNumber:
        return "電話番号の形になっていません。市外局番から、0で始まる10桁または11桁で入力してください。"
    return f"0で始まっていません。先頭の0が消えていませんか。{phone(meant)} であれば、先頭の0から入力し直してください。"


def is_showable(line: str) -> bool:
    """What can be meant for a phone number and for no secret."""
    digits = sum(character.isdecimal() for character in line)
    secret = digits == LONGEST_SECRET_OF_DIGITS and not line.startswith(ABROAD)
    return bool(_SHOWABLE.fullmatch(line)) and not secret


def kept(text: str) -> str:
    """Of a list what is shown again after a fault: whole entries, right or not, as many as have room."""
    return "\n".join(_shown_again(text))


def left_out(label: str, text: str) -> list[str]:
    """What to say beside a list of which something is not shown again: set as it stands it would be a shorter one."""
    shown = len(_shown_again(text))
    rest = len(entries(text)) - shown
    if not rest:
        return []
    said = (
        f"「{label}」は長いため、入力したもののうち、はじめの{shown}件を表示しています。"
        f"残りの{rest}件は、「設定する」を押す前に入力し直してください。"
    )
    return [said]


def _shown_again(text: str) -> list[str]:
    shown, room = list[str](), LONGEST_LIST_KEPT
    for line in entries(text):
        room -= (len(line) if is_showable(line) else len(line.encode())) + 1
        if room < 0:
            break
        shown.append(line)
    return shown
