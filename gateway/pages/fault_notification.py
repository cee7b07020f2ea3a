"""故障・回復通知機能 of one number: proved addresses, which news are told when, and the news there were (FEAT-5)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.address_links import SendAddressLink
from contracts.settings.api import SettingsQuery
from contracts.settings.common import AddressRefused
from contracts.settings.fault_notification import ChangeFaultNotification, FaultNotification, FaultRules
from contracts.settings.line_news import LineNewsQuery
from gateway import address_form, here, rules_form, settings_words, unsaved
from gateway.address_form import AddressForm
from gateway.fault_notification_form import FaultRulesForm
from gateway.forms import order_id, recall
from gateway.in_force_words import in_force
from gateway.line_news_words import facts
from gateway.pages import address_removal, paging
from gateway.reach import reach, way_back

FEATURE = Feature.FAULT_NOTIFICATION
blueprint = Blueprint(FEATURE.value, __name__, url_prefix="/services/fault-notification/<uuid:assignment_id>")


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """How it is set, and the forms to change it."""
    reached = reach(assignment_id, FEATURE)
    view = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE))
    assert isinstance(view.settings, FaultNotification)
    form, adding = FaultRulesForm.showing(view.settings, view.version), AddressForm(formdata=None)
    recall(form)
    recall(adding)
    unsaved.recall(form, adding)
    return render_template(
        "pages/fault_notification.html",
        form=form,
        adding=adding,
        view=view,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        summary=settings_words.described(view.settings),
        back=way_back(FEATURE),
        in_force=in_force(view.settings),
        waiting=[one for one in view.settings.addresses if not one.verified],
        ADDRESS_ID=address_removal.ADDRESS_ID,
        ENTER=address_form.ENTER,
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """The rules, all together."""
    if address_form.is_entered():
        return add_address(assignment_id)
    reached = reach(assignment_id, FEATURE)
    unsaved.keep_address(_back(assignment_id))

    def change(change_id: UUID, seen: int, rules: FaultRules) -> None:
        here.settings().change_fault_notification(
            ChangeFaultNotification(reach=reached, change_id=change_id, seen=seen, rules=rules)
        )

    return rules_form.submit(
        FaultRulesForm(),
        reached,
        FEATURE,
        change,
        back=_back(assignment_id),
    )


@blueprint.post("/addresses")
def add_address(assignment_id: UUID) -> ResponseReturnValue:
    """One more, which is mailed a link."""
    said = "メールアドレスを追加し、確認メールを送りました。24時間以内に、メールのURLを開いてください。"
    return address_form.add(reach(assignment_id, FEATURE), FEATURE, back=_back(assignment_id), said=said)


@blueprint.post("/addresses/link")
def send_link(assignment_id: UUID) -> ResponseReturnValue:
    """The link once more."""
    reached, back = reach(assignment_id, FEATURE), _back(assignment_id)
    unsaved.keep_all(reached, FEATURE, back)
    try:
        address_id = UUID(request.form.get(address_removal.ADDRESS_ID, ""))
    except ValueError:
        return redirect(back, 303)
    order = SendAddressLink(
        reach=reached, feature=FEATURE, request_id=order_id("link", address_id), address_id=address_id
    )
    try:
        here.settings().send_address_link(order)
    except AddressRefused as refused:
        flash(settings_words.ADDRESS_FAULTS[refused.details.fault], "error")
    else:
        flash("確認メールを送りました。メールのURLを開いてください。", "success")
    return redirect(back, 303)


@blueprint.get("/news")
def news(assignment_id: UUID) -> str:
    """Faults, recoveries and planned work that concerned the number, the newest first."""
    reached = reach(assignment_id, FEATURE)
    query = LineNewsQuery(reach=reached, before=paging.before())
    return render_template(
        "pages/line_news.html",
        news=here.settings().line_news(query),
        facts=facts,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        KINDS=settings_words.NEWS,
    )


def _back(assignment_id: UUID) -> str:
    return url_for("fault_notification.show", assignment_id=assignment_id)
