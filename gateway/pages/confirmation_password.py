"""確認用パスワード変更 (28)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from contracts.otp.confirmation import ChangeConfirmation
from gateway import confirming, here
from gateway.otp_forms import ConfirmationPasswordForm

blueprint = Blueprint("confirmation_password", __name__, url_prefix="/otp/confirmation-password")


@blueprint.get("")
def show() -> str:
    """The present one once, the new one twice (OTP-13)."""
    return confirming.page(ConfirmationPasswordForm(), "pages/confirmation_password.html")


@blueprint.post("")
def submit() -> ResponseReturnValue:
    """登録."""
    return confirming.change(
        ConfirmationPasswordForm(), _change, "confirmation-password", "確認用パスワードを変更しました。"
    )


def _change(request: ChangeConfirmation) -> None:
    here.otp().change_confirmation_password(request)
