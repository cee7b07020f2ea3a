"""Forms: what every one of them has, and the fields that several share."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from flask import g, redirect, request, session
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import Field, Form, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired

from contracts.auth.passwords import PasswordFault, PasswordRejected
from contracts.base import Secret
from contracts.phone import (
    ANY,
    MOST_DIGITS,
    NotAPhoneNumber,
    NotASearch,
    SearchTooLong,
    normalise_number,
    normalise_search,
)
from gateway import here, sealing
from gateway.words import PASSWORD_FAULTS

FORM_SECRET = "form_id"
LONGEST_KEPT = 40
"""Characters of a field that are worth showing again; a cookie holds 4 KiB."""
LONGEST_SECRET_OF_DIGITS = 8
"""A temporary password has eight (TEMP-5), a one-time password fewer; a password has letters too (PWD-1)."""
LONGEST_VERSION = 9
"""Digits of how often something was changed."""
_RETURNED = "returned"
_FORM_SECRET = re.compile(r"[A-Za-z0-9_-]{22}")


def fresh_form_secret() -> str:
    """A random value for the forms of one page; the same for all forms of a request."""
    if "form_secret" not in g:
        g.form_secret = secrets.token_urlsafe(16)
    return str(g.form_secret)


def form_secret() -> str:
    """The random value that came back with the form; a new one where it is missing or was tampered with."""
    given = request.form.get(FORM_SECRET, "")
    return given if _FORM_SECRET.fullmatch(given) else secrets.token_urlsafe(16)


def change_id(number: str, present: Secret) -> UUID:
    """The id under which auth counts the guess that a password change makes.

    A login is another matter, and has a new id at every request: what it opens must depend on the password that is
    right *now*, never on what the same form was answered before.
    """
    return attempt_id(number, present.reveal())


def attempt_id(*typed: str) -> UUID:
    """One for what this form asks for, filled in like this.

    The same form sent twice is the same attempt, so a double click counts once and does nothing twice; with another
    password it is another attempt, so nobody gets a free guess by keeping the form's random value. Keyed, and salted
    with that value, which is stored nowhere: the id tells nothing about the password.
    """
    message = "\0".join((form_secret(), *typed))
    digest = hmac.digest(here.config().subkey("attempt id"), message.encode(), hashlib.sha256)
    return UUID(bytes=digest[:16], version=4)


def order_id(*parts: object) -> UUID:
    """The id of what a form asks for: the same form sent twice asks once, with other content it asks for something else."""
    message = "\0".join([form_secret(), *map(str, parts)])
    digest = hmac.digest(here.config().subkey("order id"), message.encode(), hashlib.sha256)
    return UUID(bytes=digest[:16], version=4)


def version_seen(field: Field) -> int | None:
    """Which version was in force when the form was shown; None where it comes back without, which no page of ours does."""
    text = field.data or ""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_VERSION else None


def once_more(
    form: FlaskForm, *numbers: str, page: str | None = None, kept: Mapping[str, object] | None = None
) -> Response:
    """The way back to the form after faults: a redirect like every answer to a POST, so that reloading sends nothing.

    `page` is the address of the page with the form where it is not the one that it was sent to, or shows another part.
    The faults, and what was typed into the fields of phone numbers named in `numbers`, wait in the browser's signed
    cookie, which is not encrypted: never a password, into whichever field it was typed. The values of other fields in
    `kept` wait there sealed, for which somebody has to be logged in.
    """
    session[_RETURNED] = {
        "path": (page or request.path).partition("?")[0],
        "form": type(form).__name__,
        "faults": {name: list(messages) for name, messages in form.errors.items() if name},
        "general": list(form.form_errors),
        "kept": {name: showable_number(form[name].data or "") for name in numbers},
        **({"sealed": sealing.seal(kept)} if kept else {}),
    }
    return redirect(page or request.full_path.rstrip("?"), 303)


def showable_number(text: str) -> str:
    """What looks like a phone number, right or not; anything with letters, or as short as a temporary password, is none."""
    try:
        digits = normalise_search(text).replace(ANY, "")
    except SearchTooLong:
        digits = text
    except NotASearch:
        return ""
    shown = "".join(character for character in text[:LONGEST_KEPT] if character.isprintable())
    return shown if len(digits) > LONGEST_SECRET_OF_DIGITS else ""


def recall(form: FlaskForm) -> None:
    """Put what `once_more` kept for this page into its form, once. Fields that the form no longer has are passed over.

    `g.brought_back` tells the page's script that something stands there which is in force nowhere.
    """
    if _RETURNED not in session:
        return
    returned = session[_RETURNED]
    if returned["path"] != request.path or returned.get("form") != type(form).__name__:
        return
    del session[_RETURNED]
    form.form_errors = returned["general"]
    for name, messages in returned["faults"].items():
        if name in form:
            form[name].errors = messages
    sealed = sealing.unseal(returned["sealed"]) if "sealed" in returned else None
    kept = {**returned["kept"], **(sealed or {})}
    for name, value in kept.items():
        if name in form:
            form[name].data = value
    g.brought_back = any(value for name, value in kept.items() if name != "seen")


def first_field(form: Form) -> Field:
    """The field to go to when a fault belongs to the form as a whole."""
    fields: Iterable[Field] = form
    return next(field for field in fields if field.name != "csrf_token")


def a_phone_number(_form: FlaskForm, field: Field) -> None:
    """LOGIN-1: any spelling of a number will do; what is none is said to be none."""
    try:
        normalise_number(field.data or "")
    except NotAPhoneNumber:
        raise ValidationError(
            "電話番号の形になっていません。市外局番から、0で始まる10桁または11桁で入力してください。"
        ) from None


class LoginForm(FlaskForm):
    """The password is taken as typed: neither trimmed nor normalised (LOGIN-1)."""

    number = StringField("電話番号（ハイフンなし）", [InputRequired("電話番号を入力してください。"), a_phone_number])
    password = PasswordField("パスワード", [InputRequired("パスワードを入力してください。")])


class ChangePasswordForm(FlaskForm):
    """The present password once, the new one twice (PWD-5). What is wrong with the new one auth says, all of it (PWD-9)."""

    present = PasswordField("現在のパスワード", [InputRequired("現在のパスワードを入力してください。")])
    new = PasswordField("新しいパスワード", [InputRequired("新しいパスワードを入力してください。")])
    again = PasswordField("新しいパスワード（再入力）", [InputRequired("新しいパスワードをもう一度入力してください。")])

    def tell(self, rejected: PasswordRejected) -> None:
        """Put every reason beside its field (PWD-9)."""
        if rejected.details.present_wrong:
            self.present.errors = ["現在のパスワードが違います。入力し直してください。"]
        self.new.errors = [PASSWORD_FAULTS[fault] for fault in PASSWORD_FAULTS if fault in rejected.details.faults]
        if PasswordFault.NOT_REPEATED in rejected.details.faults:
            self.again.errors = ["新しいパスワードと一致していません。同じものをもう一度入力してください。"]


def a_number_search(_form: Form, field: Field) -> None:
    """PWD-7: digits and `*`, however they are spelt."""
    try:
        normalise_search(field.data or "")
    except SearchTooLong:
        raise ValidationError(f"数字が多すぎます。{MOST_DIGITS}桁までで入力してください。") from None
    except NotASearch:
        raise ValidationError(
            "検索に使えるのは数字と*だけです。ほかの文字を除いて、もう一度検索してください。"
        ) from None


class NumberSearchForm(Form):
    """Sent with GET, so that the list found can be gone back to and reloaded; it changes nothing and needs no token."""

    search = StringField("電話番号の検索", [a_number_search])

    @property
    def canonical(self) -> str:
        """What to search for, in its one form. Only after `validate` found no fault."""
        return normalise_search(self.search.data or "")
