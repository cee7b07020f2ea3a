"""What stands typed on a feature's page while another of its buttons was pressed (FEAT-1, FEAT-2, FEAT-5).

Rules and addresses are one form, so that each button sends all of it. What its own button did not set comes back as it
was typed, and is said not to be in force.
"""

from __future__ import annotations

from typing import Any

from flask import flash, request, session
from flask_wtf import FlaskForm
from wtforms import Form

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.common import Reach
from gateway import here
from gateway.call_notification_form import CallRulesForm
from gateway.fault_notification_form import FaultRulesForm
from gateway.fax_form import FaxRulesForm
from gateway.forms import version_seen
from gateway.number_lists import is_cut

LONGEST_ADDRESS = 254
"""Characters; no mail address has more (RFC 5321)."""
_UNSAVED = "unsaved"
_FORMS: dict[Feature, Any] = {
    Feature.CALL_NOTIFICATION: CallRulesForm,
    Feature.FAX_NOTIFICATION: FaxRulesForm,
    Feature.FAULT_NOTIFICATION: FaultRulesForm,
}


def showable_address(text: str) -> str:
    """What looks like an address, right or not: whatever else was typed there may be secret."""
    typed = text.strip()
    return typed[:LONGEST_ADDRESS] if "@" in typed else ""


def keep_rules(reach: Reach, feature: Feature, page: str) -> None:
    """The rules that came with one of the buttons at the addresses; only what is not in force as it stands.

    To be called before the addresses change. A form without rules, that of the page which asks back, leaves what waits.
    """
    form = _FORMS[feature]()
    seen = version_seen(form.seen)
    if seen is None:
        return
    view = here.settings().settings(SettingsQuery(reach=reach, feature=feature))
    in_force = _FORMS[feature].showing(view.settings, view.version).kept()
    changed = {name: value for name, value in form.kept().items() if _plain(value) != _plain(in_force[name])}
    cut = is_cut(request.form.get("listed", ""))
    session[_UNSAVED] = {"page": page, "rules": changed, "seen": seen, "cut": cut, "moved": False}


def keep_address(page: str) -> None:
    """The address that came with the button that sets the rules."""
    session[_UNSAVED] = {"page": page, "address": _typed_address()}


def keep_all(reach: Reach, feature: Feature, page: str) -> None:
    """Rules and address that came with the button of another address."""
    keep_rules(reach, feature, page)
    if _waits_for(page):
        session[_UNSAVED] = session[_UNSAVED] | {"address": _typed_address()}


def addresses_changed(page: str) -> None:
    """What waits was typed over the version before. Whatever else was set meanwhile is not overwritten by it."""
    if _waits_for(page):
        session[_UNSAVED] = session[_UNSAVED] | {"moved": True}


def recall(rules: Form, adding: FlaskForm) -> None:
    """Put what waits for this page into its form, once, and say that it is not in force."""
    if not _waits_for(request.path):
        return
    kept = session.pop(_UNSAVED)
    changed = {field.name: kept["rules"][field.name] for field in rules if field.name in kept.get("rules", ())}
    if changed:
        for name, value in changed.items():
            rules[name].data = value
        rules["seen"].data = str(kept["seen"] + kept.get("moved", False))
        labels = "、".join(rules[name].label.text for name in changed)
        flash(f"まだ設定していない変更があります（{labels}）。「設定する」を押すと、設定されます。", "info")
    if kept.get("cut"):
        flash("「選別する電話番号」のうち、電話番号の形でないものは表示していません。", "info")
    if kept.get("address"):
        adding["address"].data = kept["address"]
        flash("入力したメールアドレスは、まだ追加していません。「追加」を押すと、追加されます。", "info")


def _typed_address() -> str:
    return showable_address(request.form.get("address", ""))


def _waits_for(page: str) -> bool:
    return _UNSAVED in session and bool(session[_UNSAVED]["page"] == page)


def _plain(value: Any) -> Any:
    """Boxes in whichever order."""
    return sorted(value) if isinstance(value, list) else value
