"""Setting all rules of a feature by one form: the same steps whatever the feature (FEAT-1 to FEAT-3, FEAT-5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from uuid import UUID

from flask import flash, redirect
from werkzeug.wrappers import Response
from wtforms import Field

from contracts.base import Message
from contracts.phone import Feature
from contracts.settings.common import Reach, SettingsMovedOn, SettingsRejected
from gateway import settings_words, unsaved
from gateway.forms import once_more, order_id, version_seen
from gateway.typed_rules import typed_rules

R = TypeVar("R", bound=Message)
R_co = TypeVar("R_co", bound=Message, covariant=True)


class RulesForm(Protocol[R_co]):
    """What a form with the rules of a feature has."""

    seen: Field
    """The version in force when the form was shown."""

    def validate(self) -> bool: ...
    def rules(self) -> R_co: ...
    def tell(self, rejected: SettingsRejected) -> None: ...
    def kept(self) -> Mapping[str, object]: ...


def submit(
    form: RulesForm[R],
    reach: Reach,
    feature: Feature,
    change: Callable[[UUID, int, R], object],
    *,
    back: str,
) -> Response:
    """Let `change` set the rules, by the id of the order and the version that was shown, and lead `back` to the page.

    What is in force from now on the page itself says. Where others have set some of it meanwhile nothing is set, and
    what was typed waits to be set over theirs.
    """
    seen = version_seen(form.seen)
    if not form.validate() or seen is None:
        return typed_once_more(form, reach, feature)
    rules = form.rules()
    try:
        change(order_id("rules", reach.assignment_id, seen, rules.model_dump_json()), seen, rules)
    except SettingsRejected as rejected:
        form.tell(rejected)
        return typed_once_more(form, reach, feature)
    except SettingsMovedOn:
        typed = typed_rules(reach, feature, form, seen)
        unsaved.keep_typed(typed, back)
        flash(settings_words.MOVED_ON_WHILE_TYPING if typed.rules else settings_words.MOVED_ON, "info")
        return redirect(back, 303)
    flash("設定しました。", "success")
    return redirect(back, 303)


def typed_once_more(form: RulesForm[R], reach: Reach, feature: Feature) -> Response:
    """The way back to the form, with what was typed; the rest of it is as it is in force.

    It keeps the version that it was filled in over: what others set meanwhile is not overwritten by its second try.
    """
    seen = version_seen(form.seen)
    typed = typed_rules(reach, feature, form, seen)
    for said in typed.left_out:
        flash(said, "info")
    return once_more(form, kept={**typed.rules, **({} if seen is None else {"seen": str(seen)})})
