"""認証単位の選択 (20) and 認証単位変更 (21, 22): from any unit to either other one (UNIT-0..7)."""

from __future__ import annotations

from flask import Blueprint, abort, flash, get_flashed_messages, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import SessionView, Stage
from contracts.auth.units import (
    AlreadyThatUnit,
    ChangeUnit,
    UnitChangeBlocked,
    UnitChangeForm,
    UnitChangeQuery,
    UnitChangeRefused,
)
from contracts.phone import AuthUnit
from gateway import frame, here, sessions, unit_form, unit_words
from gateway.forms import form_secret, once_more, recall
from gateway.guard import during, open_at_any_stage

blueprint = Blueprint("unit", __name__, url_prefix="/unit")
DONE = "unit.done"
BEFORE = "before"
"""The form says from which unit it was opened."""
_BY_SLUG = {slug: unit for unit, slug in unit_words.SLUGS.items()}


@blueprint.get("")
def show() -> str:
    """What the three mean, and buttons for the two that the line does not have (UNIT-0)."""
    person = _allowed()
    others = {unit: slug for unit, slug in unit_words.SLUGS.items() if unit is not person.unit}
    return render_template("pages/unit.html", others=others)


@blueprint.get("/<slug>")
def change(slug: str) -> ResponseReturnValue:
    """The passwords that are asked: the own one, or from 電話番号単位 those of all numbers."""
    person, to = _allowed(), _unit(slug)
    asked = _asked()
    if to is asked.unit:
        return redirect(url_for("unit.show"), 303)
    if asked.each_number and (asked.blocked or not asked.numbers):
        return render_template("pages/unit_not_now.html", to=to, asked=asked)
    numbers = [one.number for one in asked.numbers if not one.exempt] if asked.each_number else [person.number]
    form = unit_form.form_for(numbers, alone=not asked.each_number)
    recall(form)
    return render_template(
        "pages/unit_change.html",
        form=form,
        to=to,
        slug=slug,
        asked=asked,
        BEFORE=BEFORE,
        FIELD=unit_form.FIELD,
    )


def _said(person: SessionView) -> list[str]:
    """What a form that was sent twice has done, told of the login as it is since."""
    assert person.unit is not None
    return unit_words.sentences(_before(), person.unit, number=person.number, contract_number=person.contract_number)


@blueprint.post("/<slug>")
@during(Stage.COMPLETE, renewed=DONE, said=_said)
def submit(slug: str) -> ResponseReturnValue:
    """Ask auth for the change; it says which passwords are needed and right."""
    person, to = _allowed(), _unit(slug)
    if _before() is not person.unit:
        return _opened_before_a_change(person, to)
    numbers = unit_form.numbers_typed()
    if len(numbers) > unit_form.MOST_FIELDS:
        abort(400)
    alone = person.unit is not AuthUnit.NUMBER
    form = unit_form.form_for(numbers, alone=alone)
    if not form.validate():
        return once_more(form)
    here.count_guess(person.number)  # once a form, in which each number is guessed at once at most
    try:
        return _change(person, to, numbers)
    except UnitChangeRefused as refused:
        unit_form.tell(form, refused, alone=alone)
        return once_more(form)
    except (UnitChangeBlocked, AlreadyThatUnit):
        return redirect(url_for("unit.change", slug=slug), 303)


@blueprint.get("/done")
@open_at_any_stage
def done() -> ResponseReturnValue:
    """Says so once, also to who is logged out by it (UNIT-3); opened again later it gives the way to the choice."""
    messages = get_flashed_messages(category_filter=["success"])
    if not messages:
        return redirect(url_for("unit.show"), 303)
    return render_template("pages/unit_done.html", messages=messages)


def _change(person: SessionView, to: AuthUnit, numbers: list[str]) -> ResponseReturnValue:
    """Change it, and give the way to the page that says with which number to log in. Raises auth's refusals."""
    token = sessions.present_token()
    assert token is not None
    renewed = sessions.renewed_token(token, form_secret())
    changed = here.auth().change_unit(
        ChangeUnit(
            session_key=sessions.session_key(token),
            new_session_key=sessions.session_key(renewed),
            to=to,
            passwords=unit_form.passwords_typed(numbers),
        )
    )
    response = redirect(url_for(DONE), 303)
    said = unit_words.sentences(person.unit, changed.unit, number=person.number, contract_number=person.contract_number)
    if changed.session_goes_on:
        sessions.keep(response, renewed)
    else:
        said.append("追加番号ではログインできなくなったため、ログアウトしました。")
        sessions.forget(response)
    for sentence in said:
        flash(sentence, "success")
    return response


def _opened_before_a_change(person: SessionView, to: AuthUnit) -> ResponseReturnValue:
    """A form from before the unit was changed: its twin did what it asks, or the choice is to be made anew."""
    if person.unit is to:
        for sentence in _said(person):
            flash(sentence, "success")
        return redirect(url_for(DONE), 303)
    flash("この画面を開いたあとに、認証単位が変わっています。もう一度選んでください。", "info")
    return redirect(url_for("unit.show"), 303)


def _allowed() -> SessionView:
    """Not for a user under an administrator (UNIT-7)."""
    person = here.logged_in()
    if frame.unit_is_out_of_reach(person):
        abort(403)
    return person


def _unit(slug: str) -> AuthUnit:
    return _BY_SLUG.get(slug) or abort(404)


def _before() -> AuthUnit | None:
    return _BY_SLUG.get(request.form.get(BEFORE, ""))


def _asked() -> UnitChangeForm:
    return here.auth().unit_change_form(
        UnitChangeQuery(session_key=sessions.present_key(), most_numbers=unit_form.MOST_FIELDS)
    )
