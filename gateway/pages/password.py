"""パスワード変更: the own one (17). An administrator is led on to choose the number first (16, 18)."""

from __future__ import annotations

from flask import Blueprint, get_flashed_messages, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from contracts.base import Role
from gateway import here
from gateway.changing import change
from gateway.forms import ChangePasswordForm, recall
from gateway.guard import during
from gateway.pages import password_numbers
from gateway.pages.paging import kept_place

blueprint = Blueprint("password", __name__, url_prefix="/password")
blueprint.register_blueprint(password_numbers.blueprint)
DONE = "password.done"


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The own password; an administrator's are those of the whole line."""
    if here.logged_in().role is Role.ADMINISTRATOR:
        return password_numbers.entrance()
    form = ChangePasswordForm()
    recall(form)
    return render_template("pages/own_password.html", form=form, number=here.logged_in().number)


@blueprint.post("")
@during(Stage.COMPLETE, renewed=DONE)
def submit() -> ResponseReturnValue:
    """Change the own password."""
    return change(ChangePasswordForm(), here.logged_in().number, then=url_for(DONE))


@blueprint.get("/done")
def done() -> ResponseReturnValue:
    """Says so once; opened again later it has nothing to say and gives the way to the form."""
    messages = get_flashed_messages(category_filter=["success"])
    if not messages:
        return redirect(url_for("password.show"), 303)
    return render_template("pages/password_done.html", messages=messages, place=kept_place())
