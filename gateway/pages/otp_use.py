"""ワンタイムパスワード 利用選択変更 (24a, 24c) and 利用選択変更完了 (24b): by the menu (OTP-12)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.otp.common import OtpUse
from contracts.otp.registration import ChooseUse
from gateway import here, second_factor
from gateway.pages import otp_done
from gateway.second_factor import my_login, standing

blueprint = Blueprint("otp_use", __name__, url_prefix="/otp/use")


@blueprint.get("")
def show() -> str:
    """What is chosen now, and the way to the other."""
    now = standing()
    if now.registered is not here.logged_in().otp_registered:
        second_factor.advance()  # changed elsewhere: the menu of the next page is right again
    page = "on" if now.use is OtpUse.USED else "off"
    return render_template(f"pages/otp_use_{page}.html", now=now)


@blueprint.post("/on")
def turn_on() -> ResponseReturnValue:
    """次へ records the choice; nothing of a former registration is used again."""
    here.otp().choose(ChooseUse(login=my_login(), use=OtpUse.USED))
    second_factor.advance()
    return redirect(url_for("otp_use.changed"), 303)


@blueprint.get("/changed")
def changed() -> ResponseReturnValue:
    """The registration is still to do."""
    now = standing()
    if now.use is not OtpUse.USED or now.registered:
        return redirect(url_for("otp_use.show"), 303)
    return render_template("pages/otp_use_changed.html")


@blueprint.post("/off")
def turn_off() -> ResponseReturnValue:
    """同意する: the registration is deleted. otp refuses a login that has not given its one-time password."""
    here.otp().choose(ChooseUse(login=my_login(), use=OtpUse.NOT_USED))
    second_factor.advance()
    return otp_done.say("use", "「ワンタイムパスワードを利用しない」に変更しました。登録していた情報は削除しました。")
