"""Adding mail addresses to a feature one by one, each with its own error (FEAT-1, FEAT-2, FEAT-5)."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from contracts.base import Secret
from contracts.phone import Feature
from contracts.settings.common import AddAddress, AddressRefused, Reach
from gateway import here, unsaved
from gateway.forms import once_more, order_id
from gateway.settings_words import ADDRESS_FAULTS

ENTER = "enter"
"""The name of the button that Enter presses. It stands for the one that is meant: 追加 where an address was typed."""


class AddressForm(FlaskForm):
    """One more address."""

    address = EmailField("追加するメールアドレス", [InputRequired("メールアドレスを入力してください。")])


def is_entered() -> bool:
    """Whether Enter was pressed with an address typed, in whichever field."""
    return ENTER in request.form and bool(request.form.get("address", "").strip())


def add(reach: Reach, feature: Feature, *, back: str, said: str = "メールアドレスを追加しました。") -> Response:
    """What the form of `AddressForm` asks for; the way back is to the page at `back`, with the rules as they were typed."""
    unsaved.keep_rules(reach, feature, back)
    form = AddressForm()
    if not form.validate():
        return once_more(form, page=back)
    typed = (form.address.data or "").strip()
    try:
        added = here.settings().add_address(
            AddAddress(
                reach=reach,
                feature=feature,
                change_id=order_id("add", reach.assignment_id, feature, typed),
                address=Secret(typed[: unsaved.LONGEST_ADDRESS + 1]),
            )
        )
    except AddressRefused as refused:
        form.address.errors = [ADDRESS_FAULTS[refused.details.fault]]
        return once_more(form, page=back, kept={"address": typed[: unsaved.LONGEST_ADDRESS]})
    unsaved.addresses_changed(back, added.version)
    flash(said, "success")
    return redirect(back, 303)
