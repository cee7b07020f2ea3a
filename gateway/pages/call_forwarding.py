"""ボイスワープ of one number (FEAT-3)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.call_forwarding import CallForwarding, ChangeCallForwarding, ForwardingRules
from contracts.settings.common import SettingsRejected
from contracts.settings.routing import RouteQuery, RouteReason
from gateway import here, rules_form, settings_words, unsaved
from gateway.call_forwarding_form import ForwardingForm
from gateway.forms import recall
from gateway.in_force_words import in_force
from gateway.reach import reach, way_back

FEATURE = Feature.CALL_FORWARDING
blueprint = Blueprint(FEATURE.value, __name__, url_prefix="/services/call-forwarding/<uuid:assignment_id>")


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """How it is set, and the form to change it."""
    reached = reach(assignment_id, FEATURE)
    view = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE))
    assert isinstance(view.settings, CallForwarding)
    route = here.settings().route_call(RouteQuery(number=reached.number))
    bulk_target = route.target if route.reason is RouteReason.BULK_FORWARDING else None
    form = ForwardingForm.showing(view.settings, view.version)
    recall(form)
    unsaved.recall(form)
    return render_template(
        "pages/call_forwarding.html",
        form=form,
        view=view,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        in_the_way=view.in_the_way and settings_words.IN_THE_WAY[view.in_the_way],
        summary=settings_words.described(view.settings),
        back=way_back(FEATURE),
        in_force=in_force(view.settings, bulk_target),
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """All of it together."""
    reached, form = reach(assignment_id, FEATURE), ForwardingForm()

    def change(change_id: UUID, seen: int, rules: ForwardingRules) -> None:
        try:
            here.settings().change_call_forwarding(
                ChangeCallForwarding(reach=reached, change_id=change_id, seen=seen, rules=rules)
            )
        except SettingsRejected:
            limits = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE)).limits
            form.let_ring(limits.ring_least, limits.ring_most)
            raise

    return rules_form.submit(
        form,
        reached,
        FEATURE,
        change,
        back=url_for("call_forwarding.show", assignment_id=assignment_id),
    )
