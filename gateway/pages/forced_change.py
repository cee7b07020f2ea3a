"""パスワード変更 after a temporary or an expired password was accepted (3)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from gateway import guard, here
from gateway.changing import change
from gateway.forms import ChangePasswordForm, recall
from gateway.guard import during

blueprint = Blueprint("forced_change", __name__)
STAGES = (Stage.CHANGE_TEMPORARY, Stage.CHANGE_EXPIRED)


@blueprint.get("/login/password")
@during(*STAGES)
def show() -> str:
    """Nothing else opens before this is done (LOGIN-5)."""
    form = ChangePasswordForm()
    recall(form)
    return render_template("pages/forced_change.html", form=form)


@blueprint.post("/login/password")
@during(*STAGES, renewed=guard.HOME[Stage.COMPLETE])
def submit() -> ResponseReturnValue:
    """The login goes on from there as far as it can (LOGIN-7); who has steps left is led to them."""
    return change(ChangePasswordForm(), here.logged_in().number, then=guard.home(Stage.COMPLETE))
