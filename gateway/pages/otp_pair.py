"""メールアドレスの変更 (12): the confirmation ID and password, where the one-time password cannot be received (OTP-10)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from contracts.base import Secret
from contracts.otp.confirmation import CheckConfirmationPair, ConfirmationMismatch
from gateway import here
from gateway.forms import once_more, recall
from gateway.guard import during
from gateway.otp_forms import PairForm
from gateway.second_factor import moved_on, my_attempt, my_login, standing

blueprint = Blueprint("otp_pair", __name__, url_prefix="/otp/pair")
NO = "確認用IDまたは確認用パスワードが違います。入力し直してください。"
"""Which of the two is not told: it would halve the guessing."""


@blueprint.get("")
@during(Stage.OTP)
def show() -> ResponseReturnValue:
    """Only on the way in; after the login the menu leads to the new address without it."""
    if not standing().registered:
        return moved_on()
    form = PairForm()
    recall(form)
    return render_template("pages/otp_pair.html", form=form)


@blueprint.post("")
@during(Stage.OTP)
def submit() -> ResponseReturnValue:
    """次へ. A wrong pair counts (OTP-9)."""
    form = PairForm()
    if not form.validate():
        return once_more(form)
    here.count_guess(here.logged_in().number)
    pair = request.form["confirmation_id"], request.form["confirmation_password"]
    try:
        here.otp().check_confirmation_pair(
            CheckConfirmationPair(
                attempt_id=my_attempt("pair", *pair),
                login=my_login(),
                confirmation_id=Secret(pair[0]),
                confirmation_password=Secret(pair[1]),
            )
        )
    except ConfirmationMismatch:
        form.form_errors = [NO]
        return once_more(form)
    return redirect(url_for("otp_address.show"), 303)
