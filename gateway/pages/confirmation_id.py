"""確認用ID変更 (27)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from contracts.otp.confirmation import ChangeConfirmation
from gateway import confirming, here
from gateway.otp_forms import ConfirmationIdForm

blueprint = Blueprint("confirmation_id", __name__, url_prefix="/otp/confirmation-id")


@blueprint.get("")
def show() -> str:
    """The present one once, the new one twice (OTP-13)."""
    return confirming.page(ConfirmationIdForm(), "pages/confirmation_id.html")


@blueprint.post("")
def submit() -> ResponseReturnValue:
    """登録."""
    return confirming.change(ConfirmationIdForm(), _change, "confirmation-id", "確認用IDを変更しました。")


def _change(request: ChangeConfirmation) -> None:
    here.otp().change_confirmation_id(request)
