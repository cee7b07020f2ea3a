"""ワンタイムパスワード 利用選択画面 (4) and 利用選択確認 (5): asked at each login until it is chosen (OTP-1)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from contracts.otp.common import OtpUse
from contracts.otp.registration import ChooseUse
from contracts.otp.standing import Standing
from gateway import here, second_factor
from gateway.forms import once_more, recall
from gateway.guard import during
from gateway.otp_forms import USES, ChoiceForm
from gateway.second_factor import COMPLETED, moved_on, my_login, standing

blueprint = Blueprint("otp_choice", __name__, url_prefix="/otp/choice")
STAGES = (Stage.OTP_CHOICE, Stage.OTP_REGISTRATION)
"""Who has chosen to use them, but not registered, can come back and choose otherwise (page 6, 戻る)."""


@blueprint.get("")
@during(*STAGES)
def show() -> ResponseReturnValue:
    """The two, neither of them chosen beforehand."""
    if _is_past(standing()):
        return moved_on()
    form = ChoiceForm()
    recall(form)
    return render_template("pages/otp_choice.html", form=form, uses=USES)


@blueprint.post("")
@during(*STAGES, renewed=COMPLETED, said=second_factor.nothing)
def submit() -> ResponseReturnValue:
    """次へ."""
    form = ChoiceForm()
    if not form.validate():
        return once_more(form)
    if form.use.data == OtpUse.NOT_USED:
        return redirect(url_for("otp_choice.confirm"), 303)
    here.otp().choose(ChooseUse(login=my_login(), use=OtpUse.USED))
    return second_factor.go_on()


@blueprint.get("/confirmation")
@during(*STAGES)
def confirm() -> ResponseReturnValue:
    """What is given up by not using them."""
    return moved_on() if _is_past(standing()) else render_template("pages/otp_choice_confirm.html")


@blueprint.post("/confirmation")
@during(*STAGES, renewed=COMPLETED, said=second_factor.nothing)
def agree() -> ResponseReturnValue:
    """同意する completes the login."""
    here.otp().choose(ChooseUse(login=my_login(), use=OtpUse.NOT_USED))
    return second_factor.go_on()


def _is_past(now: Standing) -> bool:
    """Chosen in another tab, or registered by the link."""
    return now.use is OtpUse.NOT_USED or now.registered
