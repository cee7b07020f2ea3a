"""パスワード変更 of an administrator: any number of the line (16, 18, PWD-6, PWD-7).

Addresses name a number by its assignment, not by itself: they stand in histories and in logs of what is in between.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from contracts.auth.logins import Stage
from contracts.auth.reach import NumberInReach, NumbersInReach, NumbersQuery
from contracts.base import Role
from contracts.phone import AssignmentId
from gateway import here, sessions
from gateway.changing import change
from gateway.forms import ChangePasswordForm, NumberSearchForm, recall
from gateway.guard import during
from gateway.pages.paging import kept_place, page_number, place

blueprint = Blueprint("numbers", __name__, url_prefix="/numbers")
LIST = "password.numbers.show"
BULK = "password_bulk.show"
"""パスワード一括変更 (19)"""


def entrance() -> ResponseReturnValue:
    """The choice between one number and many on a large line (16), else the list (18)."""
    if _numbers("", 1).large_line:
        return render_template("pages/password_choice.html", bulk=BULK)
    return redirect(url_for(LIST), 303)


@blueprint.before_request
def _for_administrators() -> Response | None:
    if here.logged_in().role is not Role.ADMINISTRATOR:
        return redirect(url_for("password.show"), 303)
    return None


@blueprint.get("")
def show() -> str:
    """The numbers of the line, or on a large one those that were searched for."""
    form = NumberSearchForm(request.args)
    form.validate()
    search = "" if form.errors else form.canonical
    numbers = _numbers(search, page_number())
    if not numbers.large_line:
        form, search = NumberSearchForm(), ""
    return render_template(
        "pages/password_numbers.html",
        form=form,
        numbers=numbers,
        search=search,
        place=place(search, numbers.page),
    )


@blueprint.get("/<uuid:assignment_id>")
def of_number(assignment_id: UUID) -> ResponseReturnValue:
    """The three fields for one number."""
    chosen = _chosen(assignment_id)
    if chosen is None:
        return _choose_again()
    form = ChangePasswordForm()
    recall(form)
    return render_template(
        "pages/password_of_number.html", form=form, chosen=chosen, number=chosen.number, place=kept_place()
    )


@blueprint.post("/<uuid:assignment_id>")
@during(Stage.COMPLETE, renewed="password.done")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """Change it, and know the way back to the place in the list."""
    chosen = _chosen(assignment_id)
    if chosen is None:
        return _choose_again()
    return change(ChangePasswordForm(), chosen.number, then=url_for("password.done", **kept_place()))


def _choose_again() -> ResponseReturnValue:
    """The number left the line, or has another holder, since the list was shown (LINE-9)."""
    flash("一覧が変わっています。電話番号を選び直してください。", "info")
    return redirect(url_for(LIST, **kept_place()), 303)


def _numbers(search: str, page: int) -> NumbersInReach:
    query = NumbersQuery(session_key=sessions.present_key(), search=search, page=page)
    return here.auth().numbers_in_reach(query)


def _chosen(assignment_id: UUID) -> NumberInReach | None:
    query = NumbersQuery(session_key=sessions.present_key(), assignment_id=AssignmentId(assignment_id))
    found = next(iter(here.auth().numbers_in_reach(query).numbers), None)
    return found if found and (found.features or found.is_contract_number) else None  # LINE-5
