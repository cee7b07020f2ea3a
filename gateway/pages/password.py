"""パスワード変更: the own one (17), and for the administrator that of any number of the line (18, PWD-6)."""

from __future__ import annotations

import re

from flask import Blueprint, abort, flash, get_flashed_messages, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth import NumbersInReach, NumbersQuery, Stage
from contracts.base import Role
from gateway import here, sessions
from gateway.changing import change
from gateway.forms import ChangePasswordForm, recall
from gateway.guard import during
from gateway.pages.paging import page_number

blueprint = Blueprint("password", __name__)
DONE = "password.done"
NUMBER = re.compile(r"0[1-9][0-9]{8,9}")


@blueprint.get("/password")
def show() -> str:
    """The own password; an administrator chooses the number first."""
    if here.logged_in().role is Role.ADMINISTRATOR:
        return render_template("pages/password_numbers.html", numbers=_numbers(page_number()))
    form = ChangePasswordForm()
    recall(form)
    return render_template("pages/own_password.html", form=form, number=here.logged_in().number)


@blueprint.post("/password")
@during(Stage.COMPLETE, renewed=DONE)
def submit() -> ResponseReturnValue:
    """Change the own password."""
    return change(ChangePasswordForm(), here.logged_in().number, then=DONE)


@blueprint.get("/password/<number>")
def of_number(number: str) -> ResponseReturnValue:
    """One number of the administrator's line, chosen from the page of the list that the address names."""
    if here.logged_in().role is not Role.ADMINISTRATOR:
        return redirect(url_for("password.show"), 303)
    page = page_number()
    if not any(entry.number == number for entry in _numbers(page).numbers):
        flash("一覧が変わっています。電話番号を選び直してください。", "info")
        return redirect(url_for("password.show"), 303)
    form = ChangePasswordForm()
    recall(form)
    return render_template("pages/password_of_number.html", form=form, number=number, page=page)


@blueprint.post("/password/<number>")
@during(Stage.COMPLETE, renewed=DONE)
def submit_of_number(number: str) -> ResponseReturnValue:
    """Change it; auth says whether the number is within reach."""
    if not NUMBER.fullmatch(number):
        abort(404)
    if here.logged_in().role is not Role.ADMINISTRATOR:
        return redirect(url_for("password.show"), 303)
    return change(ChangePasswordForm(), number, then=DONE)


@blueprint.get("/password/done")
def done() -> ResponseReturnValue:
    """Says so once; opened again later it has nothing to say and gives the way to the form."""
    messages = get_flashed_messages(category_filter=["success"])
    if not messages:
        return redirect(url_for("password.show"), 303)
    return render_template("pages/password_done.html", messages=messages)


def _numbers(page: int) -> NumbersInReach:
    return here.auth().numbers_in_reach(NumbersQuery(session_key=sessions.present_key(), page=page))
