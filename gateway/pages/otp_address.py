"""ワンタイムパスワード受信用メールアドレス変更 (25) and its 内容確認 (26), by the menu; on the way in 13 and 14 (OTP-10)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from contracts.base import Secret
from contracts.otp.challenges import TooManySends
from contracts.otp.common import FactorMissing, OtpNotRegistered
from contracts.otp.registration import ChangeAddress, CheckRegistration, RegistrationRejected
from contracts.otp.standing import Standing
from gateway import drafts, here, second_factor
from gateway.drafts import ADDRESS, Draft
from gateway.forms import once_more, recall
from gateway.guard import during
from gateway.otp_forms import AddressForm
from gateway.second_factor import is_complete, my_login, standing

blueprint = Blueprint("otp_address", __name__, url_prefix="/otp/address")
STAGES = (Stage.OTP, Stage.COMPLETE)


@blueprint.get("")
@during(*STAGES)
def show() -> ResponseReturnValue:
    """The address twice."""
    now = _proved()
    form = AddressForm()
    recall(form)
    drafts.fill_in(form, ADDRESS)
    return render_template(
        "pages/otp_address.html", form=form, now=now, domain=here.config().mail_domain, complete=is_complete()
    )


@blueprint.post("")
@during(*STAGES)
def submit() -> ResponseReturnValue:
    """次へ."""
    form = AddressForm()
    address = form.address.data or ""
    valid = form.validate()
    try:
        here.otp().check_registration(CheckRegistration(address=Secret(address)))
    except RegistrationRejected as rejected:
        form.tell(rejected)
        valid = False
    if not valid:
        drafts.keep_address(ADDRESS, address)
        return once_more(form)
    drafts.keep(Draft(ADDRESS, address, whole=True))
    return redirect(url_for("otp_address.confirm"), 303)


@blueprint.get("/confirmation")
@during(*STAGES)
def confirm() -> ResponseReturnValue:
    """The address once more."""
    now = _proved()
    draft = drafts.whole(ADDRESS)
    if draft is None:
        return redirect(url_for("otp_sent.show" if now.link else "otp_address.show"), 303)
    return render_template("pages/otp_address_confirm.html", draft=draft)


@blueprint.post("/confirmation")
@during(*STAGES)
def register() -> ResponseReturnValue:
    """登録: a link goes to the new address; the old one stays in force until it was used (OTP-11)."""
    draft = drafts.whole(ADDRESS)
    if draft is None or not drafts.is_shown(draft):
        return redirect(url_for("otp_address.confirm"), 303)
    try:
        here.otp().change_address(
            ChangeAddress(registration_id=draft.identity, login=my_login(), address=Secret(draft.address))
        )
    except TooManySends as refused:
        second_factor.tell_to_wait(refused)
        return redirect(url_for("otp_address.confirm"), 303)
    drafts.drop()
    return redirect(url_for("otp_sent.show"), 303)


def _proved() -> Standing:
    """Raises what otp would at the end, so that nobody fills in a form for nothing."""
    now = standing()
    if not now.registered:
        raise OtpNotRegistered
    if not (now.matched or now.confirmed):
        raise FactorMissing
    return now
