"""The form of 認証単位変更: one password field, or one for each number of the line (UNIT-1, UNIT-2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from flask import request
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from contracts.auth.units import PasswordOfNumber, UnitChangeRefused
from contracts.base import Secret
from gateway.forms import change_id
from gateway.words import phone

MOST_FIELDS = 200
"""A page with more is of no use to anybody."""
FIELD = "password-"
_NAME = re.compile(FIELD + r"(0[1-9][0-9]{8,9})")
WRONG = "パスワードが違います。入力し直してください。"
EMPTY = "パスワードを入力してください。"
MORE_ASKED = "この画面を開いたあとに、入力が必要な電話番号が増えました。すべての欄に入力してください。"


def form_for(numbers: Iterable[str], *, alone: bool) -> FlaskForm:
    """A form with a field for each of these numbers; `alone`: it is the only one and needs no number in its label."""
    fields = {}
    for place, number in enumerate(numbers):
        label = "パスワード" if alone else f"{phone(number)} のパスワード"
        empty = EMPTY if alone else f"{phone(number)} の{EMPTY}"
        fields[FIELD + number] = PasswordField(label, [InputRequired(empty)], id=f"{FIELD}{place}")
    return cast("FlaskForm", type("UnitForm", (FlaskForm,), fields)())


def numbers_typed() -> list[str]:
    """The numbers whose fields came with the request, in the order of the page."""
    return [match[1] for match in map(_NAME.fullmatch, request.form) if match]


def passwords_typed(numbers: Iterable[str]) -> tuple[PasswordOfNumber, ...]:
    """What was typed for them, each with the id under which auth counts the guess."""
    typed = [(number, Secret(request.form[FIELD + number])) for number in numbers]
    return tuple(
        PasswordOfNumber(number=number, attempt_id=change_id(number, secret), password=secret)
        for number, secret in typed
    )


def tell(form: FlaskForm, refused: UnitChangeRefused, *, alone: bool) -> None:
    """Put every reason beside its field; never why a password is not accepted (LOGIN-3)."""
    for number in refused.details.wrong:
        if FIELD + number in form:
            form[FIELD + number].errors = [WRONG if alone else f"{phone(number)} の{WRONG}"]
    if refused.details.missing:
        form.form_errors = [MORE_ASKED]
