"""ワンタイムパスワード利用情報 仮登録完了 (8): a link is on its way, for a first address or a new one (OTP-2, OTP-10)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from gateway import here, second_factor
from gateway.guard import during
from gateway.otp_words import date_and_time
from gateway.second_factor import moved_on, standing

blueprint = Blueprint("otp_sent", __name__)


@blueprint.get("/otp/sent")
@during(Stage.OTP_REGISTRATION, Stage.OTP, Stage.COMPLETE)
def show() -> ResponseReturnValue:
    """Opened again after the link was used, wherever that was, it leads on."""
    now = standing()
    back = "otp_address.show" if now.registered else "otp_registration.show"
    if now.link:
        return render_template(
            "pages/otp_sent.html",
            link=now.link,
            until=date_and_time(now.link.expires_at),
            back=back,
            domain=here.config().mail_domain,
        )
    if not second_factor.is_complete():
        return moved_on()
    return redirect(url_for("otp_login.show" if now.registered else back), 303)
