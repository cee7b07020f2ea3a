"""Adding and removing the mail addresses of a feature one by one, each with its own error (FEAT-1, FEAT-2, FEAT-5)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired

from contracts.base import Secret
from contracts.phone import Feature
from contracts.settings.common import AddAddress, AddressRefused, Reach, RemoveAddress
from gateway import here
from gateway.forms import once_more, order_id
from gateway.settings_words import ADDRESS_FAULTS

LONGEST = 254
"""Characters; no mail address has more (RFC 5321)."""
ADDRESS_ID = "address_id"


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


def remove(reach: Reach, feature: Feature, *, back: str) -> Response:
    """What the button beside an address asks for."""
    try:
        address_id = UUID(request.form.get(ADDRESS_ID, ""))
    except ValueError:
        return redirect(back, 303)
    here.settings().remove_address(
        RemoveAddress(reach=reach, feature=feature, change_id=order_id("remove", address_id), address_id=address_id)
    )
    flash("メールアドレスを削除しました。", "success")
    return redirect(back, 303)
