"""FAXお知らせメール of one number: addresses one by one, on or off, and the way to the inbox (FEAT-2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.fax_inbox import InboxQuery
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification, FaxRules
from gateway import address_form, fax_words, here, rules_form, settings_words, unsaved
from gateway.address_form import AddressForm
from gateway.fax_form import FaxRulesForm
from gateway.forms import recall
from gateway.in_force_words import in_force
from gateway.pages import address_removal
from gateway.reach import reach, way_back

FEATURE = Feature.FAX_NOTIFICATION
blueprint = Blueprint(FEATURE.value, __name__, url_prefix="/services/fax-notification/<uuid:assignment_id>")


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """How it is set, the forms to change it, and how many faxes there are."""
    reached = reach(assignment_id, FEATURE)
    view = here.settings().settings(SettingsQuery(reach=reached, feature=FEATURE))
    assert isinstance(view.settings, FaxNotification)
    inbox = here.settings().faxes(InboxQuery(reach=reached, per_page=1))
    form, adding = FaxRulesForm.showing(view.settings, view.version), AddressForm(formdata=None)
    recall(form)
    recall(adding)
    unsaved.recall(form, adding)
    return render_template(
        "pages/fax_notification.html",
        form=form,
        adding=adding,
        view=view,
        inbox=inbox,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        in_the_way=view.in_the_way and settings_words.IN_THE_WAY[view.in_the_way],
        summary=settings_words.described(view.settings),
        back=way_back(FEATURE),
        in_force=in_force(view.settings),
        ADDRESS_ID=address_removal.ADDRESS_ID,
        ENTER=address_form.ENTER,
        fax_size=fax_words.size,
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """Both rules together."""
    if address_form.is_entered():
        return add_address(assignment_id)
    reached = reach(assignment_id, FEATURE)
    unsaved.keep_address(_back(assignment_id))

    def change(change_id: UUID, seen: int, rules: FaxRules) -> None:
        here.settings().change_fax_notification(
            ChangeFaxNotification(reach=reached, change_id=change_id, seen=seen, rules=rules)
        )

    return rules_form.submit(
        FaxRulesForm(),
        reached,
        FEATURE,
        change,
        back=_back(assignment_id),
    )


@blueprint.post("/addresses")
def add_address(assignment_id: UUID) -> ResponseReturnValue:
    """One more."""
    return address_form.add(reach(assignment_id, FEATURE), FEATURE, back=_back(assignment_id))


def _back(assignment_id: UUID) -> str:
    return url_for("fax_notification.show", assignment_id=assignment_id)
