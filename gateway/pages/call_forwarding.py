"""ボイスワープ of one number (FEAT-3)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.call_forwarding import CallForwarding, ChangeCallForwarding, ForwardingRules
from contracts.settings.common import SettingsMovedOn, SettingsRejected
from contracts.settings.routing import RouteQuery, RouteReason
from gateway import here, settings_words
from gateway.call_forwarding_form import ForwardingForm
from gateway.forms import once_more, order_id, recall, version_seen
from gateway.reach import reach
from gateway.words import phone

FEATURE = Feature.CALL_FORWARDING
blueprint = Blueprint(FEATURE.value, __name__, url_prefix="/services/call-forwarding/<uuid:assignment_id>")


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """How it is set, and the form to change it."""
    reached = reach(assignment_id, FEATURE)
    view = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE))
    assert isinstance(view.settings, CallForwarding)
    route = here.settings().route_call(RouteQuery(number=reached.number))
    form = ForwardingForm.showing(view.settings, view.version)
    recall(form)
    return render_template(
        "pages/call_forwarding.html",
        form=form,
        bulk_target=route.target if route.reason is RouteReason.BULK_FORWARDING else None,
        view=view,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        summary=settings_words.described(view.settings),
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """All of it together."""
    reached, back = reach(assignment_id, FEATURE), url_for("call_forwarding.show", assignment_id=assignment_id)
    form = ForwardingForm()
    seen = version_seen(form.seen)
    if not form.validate() or seen is None:
        return once_more(form, kept=form.kept())
    rules = form.rules()
    change_id = order_id("rules", assignment_id, seen, rules.model_dump_json())
    try:
        here.settings().change_call_forwarding(
            ChangeCallForwarding(reach=reached, change_id=change_id, seen=seen, rules=rules)
        )
    except SettingsRejected as rejected:
        form.tell(rejected)
        return once_more(form, kept=form.kept())
    except SettingsMovedOn:
        flash(settings_words.MOVED_ON, "info")
        return redirect(back, 303)
    flash(_said(rules), "success")
    return redirect(back, 303)


def _said(rules: ForwardingRules) -> str:
    if not rules.on:
        return "設定しました。電話は転送しません。"
    return f"設定しました。電話を {phone(rules.targets[rules.active - 1])} に転送します。"
