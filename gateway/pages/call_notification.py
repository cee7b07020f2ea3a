"""着信お知らせメール of one number: addresses one by one, and which calls are told when (FEAT-1)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.call_notification import CallNotification, CallRules, ChangeCallNotification
from contracts.settings.common import Reach
from gateway import address_form, here, rules_form, settings_words, unsaved, week_fill
from gateway.address_form import AddressForm
from gateway.call_notification_form import CallRulesForm
from gateway.forms import recall
from gateway.in_force_words import in_force
from gateway.pages import address_removal
from gateway.reach import reach, way_back

FEATURE = Feature.CALL_NOTIFICATION
blueprint = Blueprint(FEATURE.value, __name__, url_prefix="/services/call-notification/<uuid:assignment_id>")


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """How it is set, and the forms to change it."""
    reached = reach(assignment_id, FEATURE)
    view = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE))
    assert isinstance(view.settings, CallNotification)
    form, adding = CallRulesForm.showing(view.settings, view.version), AddressForm(formdata=None)
    recall(form)
    recall(adding)
    unsaved.recall(form, adding)
    return render_template(
        "pages/call_notification.html",
        form=form,
        adding=adding,
        view=view,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        summary=settings_words.described(view.settings),
        back=way_back(FEATURE),
        in_force=in_force(view.settings),
        WEEKDAYS=settings_words.WEEKDAYS,
        SHORTCUTS=week_fill.SHORTCUTS,
        ADDRESS_ID=address_removal.ADDRESS_ID,
        ENTER=address_form.ENTER,
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """The rules, all together."""
    if address_form.is_entered():
        return add_address(assignment_id)
    reached, form = reach(assignment_id, FEATURE), CallRulesForm()
    unsaved.keep_address(_back(assignment_id))
    if week_fill.FILL in request.form:
        return _refilled(form, reached)

    def change(change_id: UUID, seen: int, rules: CallRules) -> None:
        here.settings().change_call_notification(
            ChangeCallNotification(reach=reached, change_id=change_id, seen=seen, rules=rules)
        )

    return rules_form.submit(
        form,
        reached,
        FEATURE,
        change,
        back=_back(assignment_id),
    )


@blueprint.post("/addresses")
def add_address(assignment_id: UUID) -> ResponseReturnValue:
    """One more."""
    return address_form.add(reach(assignment_id, FEATURE), FEATURE, back=_back(assignment_id))


def _refilled(form: CallRulesForm, reached: Reach) -> ResponseReturnValue:
    """What was chosen so far, with many hours marked at once; nothing is set by that. Where scripts run they do it."""
    form.fill(request.form[week_fill.FILL])
    answer = rules_form.typed_once_more(form, reached, FEATURE)
    answer.headers["Location"] += "#week"
    return answer


def _back(assignment_id: UUID) -> str:
    return url_for("call_notification.show", assignment_id=assignment_id)
