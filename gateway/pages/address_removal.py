"""Removing a mail address of a feature (FEAT-1, FEAT-2, FEAT-5): at once, or asked first where notices would end with it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.common import NoticeAddress, Reach, RemoveAddress
from gateway import here, unsaved
from gateway.forms import order_id
from gateway.pages.feature import BY_SLUG, settings_page
from gateway.reach import reach
from gateway.words import slug

blueprint = Blueprint("address_removal", __name__, url_prefix="/services/<name>/<uuid:assignment_id>/addresses")
ADDRESS_ID = "address_id"
CONFIRMED = "confirmed"
MAILING = frozenset({Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION, Feature.FAULT_NOTIFICATION})


@blueprint.post("/remove")
def remove(name: str, assignment_id: UUID) -> ResponseReturnValue:
    """What the button beside an address asks for, and that of the page which asks back."""
    feature, reached = _asked(name, assignment_id)
    page = _page(feature, assignment_id)
    if CONFIRMED not in request.form:
        unsaved.keep_all(reached, feature, page)
    try:
        address_id = UUID(request.form.get(ADDRESS_ID, ""))
    except ValueError:
        return redirect(page, 303)
    if CONFIRMED not in request.form and _ending(reached, feature, address_id):
        asking = url_for("address_removal.confirm", name=name, assignment_id=assignment_id, address_id=address_id)
        return redirect(asking, 303)
    removed = here.settings().remove_address(
        RemoveAddress(reach=reached, feature=feature, change_id=order_id("remove", address_id), address_id=address_id)
    )
    unsaved.addresses_changed(page, removed.version)
    flash("メールアドレスを1件削除しました。「変更の履歴」から元に戻せます。", "success")
    return redirect(page, 303)


@blueprint.get("/<uuid:address_id>/remove")
def confirm(name: str, assignment_id: UUID, address_id: UUID) -> ResponseReturnValue:
    """What ends with the address, in figures."""
    feature, reached = _asked(name, assignment_id)
    ending = _ending(reached, feature, address_id)
    if ending is None:
        return redirect(_page(feature, assignment_id), 303)
    address, others = ending
    return render_template(
        "pages/address_removal.html",
        feature=feature,
        number=reached.number,
        address=address,
        others=len(others),
        page=settings_page(feature),
        place={"name": slug(feature), "assignment_id": assignment_id},
        ADDRESS_ID=ADDRESS_ID,
        CONFIRMED=CONFIRMED,
    )


def _ending(reached: Reach, feature: Feature, address_id: UUID) -> tuple[NoticeAddress, list[NoticeAddress]] | None:
    """The address and those that would be left, where notices are on and none would arrive without it."""
    settings = here.settings().settings(SettingsQuery(reach=reached, feature=feature)).settings
    assert settings.feature is not Feature.CALL_FORWARDING
    found = next((one for one in settings.addresses if one.address_id == address_id), None)
    if found is None or not settings.on:
        return None
    others = [one for one in settings.addresses if one is not found]
    ends = not others or (found.verified and not any(one.verified for one in others))
    return (found, others) if ends else None


def _asked(name: str, assignment_id: UUID) -> tuple[Feature, Reach]:
    feature = BY_SLUG.get(name)
    if feature not in MAILING:
        abort(404)
    return feature, reach(assignment_id, feature)


def _page(feature: Feature, assignment_id: UUID) -> str:
    return url_for(settings_page(feature) or abort(404), assignment_id=assignment_id)
