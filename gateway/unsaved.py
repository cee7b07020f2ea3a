"""What stands typed on a feature's page and was not set, by another of its buttons or by a conflict (FEAT-1 to FEAT-3, FEAT-5).

Rules and addresses are one form, so that each button sends all of it. What its own button did not set comes back as it
was typed, and is said not to be in force.
"""

from __future__ import annotations

from typing import Any

from flask import flash, g, request, session
from flask_wtf import FlaskForm
from wtforms import Form

from contracts.phone import Feature
from contracts.settings.common import Reach
from gateway.call_notification_form import CallRulesForm
from gateway.fault_notification_form import FaultRulesForm
from gateway.fax_form import FaxRulesForm
from gateway.forms import version_seen
from gateway.sealing import seal, unseal
from gateway.typed_rules import TypedRules, typed_rules

LONGEST_ADDRESS = 254
"""Characters; no mail address has more (RFC 5321)."""
_UNSAVED = "typed"
"""Not `unsaved`, as cookies of a gateway that sealed nothing still have it."""
_FORMS: dict[Feature, Any] = {
    Feature.CALL_NOTIFICATION: CallRulesForm,
    Feature.FAX_NOTIFICATION: FaxRulesForm,
    Feature.FAULT_NOTIFICATION: FaultRulesForm,
}


def keep_rules(reach: Reach, feature: Feature, page: str) -> None:
    """The rules that came with one of the buttons at the addresses; only those that were typed.

    To be called before the addresses change. A form without rules, that of the page which asks back, leaves what waits.
    """
    form = _FORMS[feature]()
    seen = version_seen(form.seen)
    if seen is not None:
        typed = typed_rules(reach, feature, form, seen)
        session[_UNSAVED] = {"page": page, "rules": seal(typed.rules), "seen": seen, "left_out": typed.left_out}


def keep_typed(typed: TypedRules, page: str) -> None:
    """The rules that came with their own button, and were not set because others had set some. From now on over theirs."""
    kept = session[_UNSAVED] if _waits_for(page) else {"page": page}
    session[_UNSAVED] = kept | {"rules": seal(typed.rules), "seen": typed.version, "left_out": typed.left_out}


def keep_address(page: str) -> None:
    """The address that came with the button that sets the rules."""
    session[_UNSAVED] = {"page": page, "address": _typed_address()}


def keep_all(reach: Reach, feature: Feature, page: str) -> None:
    """Rules and address that came with the button of another address."""
    keep_rules(reach, feature, page)
    if _waits_for(page):
        session[_UNSAVED] = session[_UNSAVED] | {"address": _typed_address()}


def addresses_changed(page: str, version: int | None) -> None:
    """What waits was typed over the version before this one, which the addresses have made; None where they made none.

    Where it is not the next one, others have set something in between, which is not to be overwritten.
    """
    if _waits_for(page) and version is not None and session[_UNSAVED].get("seen") == version - 1:
        session[_UNSAVED] = session[_UNSAVED] | {"seen": version}


def recall(rules: Form, adding: FlaskForm | None = None) -> None:
    """Put what waits for this page into its form, once, and say that it is not in force."""
    if not _waits_for(request.path):
        return
    kept = session.pop(_UNSAVED)
    typed = unseal(kept.get("rules")) or {}
    changed = {field.name: typed[field.name] for field in rules if field.name in typed}
    if changed:
        for name, value in changed.items():
            rules[name].data = value
        rules["seen"].data = str(kept["seen"])
        g.brought_back = True
        labels = "、".join(rules[name].label.text for name in changed)
        flash(f"まだ設定していない変更があります（{labels}）。「設定する」を押すと、設定されます。", "info")
    for said in kept.get("left_out", ()):
        flash(said, "info")
    address = unseal(kept.get("address"))
    if adding is not None and address:
        adding["address"].data = address
        g.brought_back = True
        flash("入力したメールアドレスは、まだ追加していません。「追加」を押すと、追加されます。", "info")


def _typed_address() -> str:
    """Sealed, as all that was typed."""
    return seal(request.form.get("address", "").strip()[:LONGEST_ADDRESS])


def _waits_for(page: str) -> bool:
    return _UNSAVED in session and bool(session[_UNSAVED]["page"] == page)
