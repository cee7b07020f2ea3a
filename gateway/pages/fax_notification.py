"""FAXお知らせメール of one number: addresses one by one, on or off, and the way to the inbox (FEAT-2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.common import SettingsMovedOn, SettingsRejected
from contracts.settings.fax_inbox import InboxQuery
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification
from gateway import address_form, fax_words, here, settings_words
from gateway.address_form import AddressForm
from gateway.fax_form import FaxRulesForm
from gateway.forms import once_more, order_id, recall, version_seen
from gateway.reach import reach

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
    return render_template(
        "pages/fax_notification.html",
        form=form,
        adding=adding,
        view=view,
        inbox=inbox,
        number=reached.number,
        feature=FEATURE,
        assignment_id=assignment_id,
        summary=settings_words.described(view.settings),
        ADDRESS_ID=address_form.ADDRESS_ID,
        fax_size=fax_words.size,
    )


@blueprint.post("")
def submit(assignment_id: UUID) -> ResponseReturnValue:
    """Both rules together."""
    reached, back = reach(assignment_id, FEATURE), _back(assignment_id)
    form = FaxRulesForm()
    seen = version_seen(form.seen)
    if not form.validate() or seen is None:
        return once_more(form, kept=form.kept())
    rules = form.rules()
    change_id = order_id("rules", assignment_id, seen, rules.model_dump_json())
    try:
        here.settings().change_fax_notification(
            ChangeFaxNotification(reach=reached, change_id=change_id, seen=seen, rules=rules)
        )
    except SettingsRejected as rejected:
        form.tell(rejected)
        return once_more(form, kept=form.kept())
    except SettingsMovedOn:
        flash(settings_words.MOVED_ON, "info")
        return redirect(back, 303)
    told = "お知らせメールをお送りします。" if rules.on else "お知らせメールはお送りしません。"
    flash(f"設定しました。{told}", "success")
    return redirect(back, 303)


@blueprint.post("/addresses")
def add_address(assignment_id: UUID) -> ResponseReturnValue:
    """One more."""
    return address_form.add(reach(assignment_id, FEATURE), FEATURE, back=_back(assignment_id))


@blueprint.post("/addresses/remove")
def remove_address(assignment_id: UUID) -> ResponseReturnValue:
    """One less."""
    return address_form.remove(reach(assignment_id, FEATURE), FEATURE, back=_back(assignment_id))


def _back(assignment_id: UUID) -> str:
    return url_for("fax_notification.show", assignment_id=assignment_id)
