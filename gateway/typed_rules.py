"""Which rules of a feature's form somebody has typed, whatever others have set since it was shown (FEAT-1 to FEAT-3, FEAT-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wtforms import Field, TextAreaField

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.common import Reach
from gateway import here, number_lists
from gateway.earlier_settings import as_of


@dataclass(frozen=True)
class TypedRules:
    """What is to be shown again of a form that was not set."""

    rules: dict[str, Any]
    """By field; only what is neither as the form had shown it nor as it is in force."""
    left_out: list[str]
    """To be said where some of it is not shown again."""
    version: int
    """The one in force."""


def typed_rules(reach: Reach, feature: Feature, form: Any, seen: int | None) -> TypedRules:
    """By the version that the form was filled in over, so that what nobody has touched does not come back as typed."""
    view = here.settings().settings(SettingsQuery(reach=reach, feature=feature))
    in_force = type(form).showing(view.settings, view.version)
    shown = in_force
    if seen is not None and seen != view.version:
        shown = type(form).showing(as_of(reach, feature, seen) or view.settings, seen)
    rules = {
        name: value
        for name, value in form.kept().items()
        if _plain(form[name]) not in (_plain(shown[name]), _plain(in_force[name]))
    }
    lists = [form[name] for name in rules if isinstance(form[name], TextAreaField)]
    left_out = [said for field in lists for said in number_lists.left_out(field.label.text, field.data or "")]
    return TypedRules(rules, left_out, view.version)


def _plain(field: Field) -> Any:
    """Boxes in whichever order, and the entries of a list however they are divided."""
    if isinstance(field, TextAreaField):
        return number_lists.entries(field.data or "")
    return sorted(field.data) if isinstance(field.data, list) else field.data or ""
