"""Adding mail addresses to a feature one by one, each with its own error (FEAT-1, FEAT-2, FEAT-5)."""

from __future__ import annotations

from flask import flash, redirect
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from contracts.base import Secret
from contracts.phone import Feature
from contracts.settings.common import AddAddress, AddressRefused, Reach
from gateway import here
from gateway.forms import once_more, order_id
from gateway.settings_words import ADDRESS_FAULTS

LONGEST = 254
"""Characters; no mail address has more (RFC 5321)."""


class AddressForm(FlaskForm):
    """One more address."""

    address = EmailField("追加するメールアドレス", [InputRequired("メールアドレスを入力してください。")])


def add(reach: Reach, feature: Feature, *, back: str, said: str = "メールアドレスを追加しました。") -> Response:
    """What the form of `AddressForm` asks for; the way back is to the page at `back`."""
    form = AddressForm()
    if not form.validate():
        return once_more(form, page=back)
    typed = (form.address.data or "").strip()
    try:
        here.settings().add_address(
            AddAddress(
                reach=reach,
                feature=feature,
                change_id=order_id("add", reach.assignment_id, feature, typed),
                address=Secret(typed[: LONGEST + 1]),
            )
        )
    except AddressRefused as refused:
        form.address.errors = [ADDRESS_FAULTS[refused.details.fault]]
        # Shown again only where it looks like an address: whatever else was typed there may be secret.
        return once_more(form, page=back, kept={"address": typed[:LONGEST]} if "@" in typed else None)
    flash(said, "success")
    return redirect(back, 303)
