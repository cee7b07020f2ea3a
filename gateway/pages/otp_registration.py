"""ワンタイムパスワード利用情報 仮登録 (6) and its 内容確認 (7): on the way in, or by the menu (OTP-2, OTP-12, OTP-14)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from contracts.auth.logins import Stage
from contracts.base import Secret
from contracts.otp.challenges import TooManySends
from contracts.otp.common import OtpUse
from contracts.otp.registration import CheckRegistration, Register, RegistrationRejected
from contracts.otp.standing import Standing
from gateway import drafts, here, second_factor
from gateway.drafts import REGISTRATION, Draft
from gateway.forms import once_more, recall
from gateway.guard import during
from gateway.otp_forms import RegistrationForm
from gateway.second_factor import moved_on, my_login, standing

blueprint = Blueprint("otp_registration", __name__, url_prefix="/otp/registration")
STAGES = (Stage.OTP_REGISTRATION, Stage.COMPLETE)


@blueprint.get("")
@during(*STAGES)
def show() -> ResponseReturnValue:
    """The six fields. The address comes back as it was typed before, the rest never."""
    now = standing()
    if not _fits(now):
        return _elsewhere(now)
    form = RegistrationForm()
    recall(form)
    drafts.fill_in(form, REGISTRATION)
    return render_template("pages/otp_registration.html", form=form, link=now.link)


@blueprint.post("")
@during(*STAGES)
def submit() -> ResponseReturnValue:
    """次へ: everything is checked before it is shown for confirmation (OTP-4, OTP-5)."""
    form = RegistrationForm()
    address, identity = form.address.data or "", form.confirmation_id.data or ""
    password = form.confirmation_password.data or ""
    valid = form.validate()
    try:
        here.otp().check_registration(
            CheckRegistration(
                address=Secret(address), confirmation_id=Secret(identity), confirmation_password=Secret(password)
            )
        )
    except RegistrationRejected as rejected:
        form.tell(rejected)
        valid = False
    if not valid:
        drafts.keep_address(REGISTRATION, address)
        return once_more(form)
    drafts.keep(Draft(REGISTRATION, address, identity, password, whole=True))
    return redirect(url_for("otp_registration.confirm"), 303)


@blueprint.get("/confirmation")
@during(*STAGES)
def confirm() -> ResponseReturnValue:
    """What was typed, the password masked (OTP-2)."""
    now = standing()
    if not _fits(now):
        return _elsewhere(now)
    draft = drafts.whole(REGISTRATION)
    if draft is None:
        return redirect(url_for("otp_sent.show" if now.link else "otp_registration.show"), 303)
    return render_template("pages/otp_registration_confirm.html", draft=draft)


@blueprint.post("/confirmation")
@during(*STAGES)
def register() -> ResponseReturnValue:
    """登録: a link goes to the address. The same draft sent twice sends one."""
    draft = drafts.whole(REGISTRATION)
    if draft is None or not drafts.is_shown(draft):
        return redirect(url_for("otp_registration.confirm"), 303)
    try:
        here.otp().register(
            Register(
                registration_id=draft.identity,
                login=my_login(),
                address=Secret(draft.address),
                confirmation_id=Secret(draft.confirmation_id),
                confirmation_password=Secret(draft.confirmation_password),
            )
        )
    except TooManySends as refused:
        second_factor.tell_to_wait(refused)
        return redirect(url_for("otp_registration.confirm"), 303)
    drafts.drop()
    return redirect(url_for("otp_sent.show"), 303)


def _fits(now: Standing) -> bool:
    return now.use is OtpUse.USED and not now.registered


def _elsewhere(now: Standing) -> Response:
    """Registered by now, or not wanted any more."""
    if not second_factor.is_complete():
        return moved_on()
    return redirect(url_for("otp_login.show" if now.registered and not now.matched else "otp_use.show"), 303)
