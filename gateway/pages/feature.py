"""A feature's page: the numbers within reach that have contracted it, each with the way to its settings."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.reach import NumbersQuery
from contracts.phone import Feature
from contracts.settings.common import NotContracted
from gateway import here, sessions
from gateway.forms import NumberSearchForm
from gateway.pages.paging import page_number
from gateway.words import slug

blueprint = Blueprint("feature", __name__)
BY_SLUG = {slug(feature): feature for feature in Feature}


def settings_page(feature: Feature) -> str | None:
    """The endpoint at which a number's settings are shown; None for a feature that has no such page."""
    endpoint = f"{feature.value}.show"
    return endpoint if endpoint in current_app.view_functions else None


@blueprint.get("/services/<name>")
def show(name: str) -> ResponseReturnValue:
    """Nothing that is not contracted has a page (MENU-3). A list of one number would only be in the way; a long one is searched."""
    feature = BY_SLUG.get(name) or abort(404)
    form = NumberSearchForm(request.args)
    form.validate()
    search = "" if form.errors else form.canonical
    query = NumbersQuery(session_key=sessions.present_key(), feature=feature, search=search, page=page_number())
    numbers = here.auth().numbers_in_reach(query)
    if not numbers.large_line:
        form, search = NumberSearchForm(), ""
    if not numbers.total and not search:
        raise NotContracted
    page = settings_page(feature)
    if page and numbers.total == 1 and not search:
        return redirect(url_for(page, assignment_id=numbers.numbers[0].assignment_id), 303)
    return render_template("pages/feature.html", feature=feature, form=form, numbers=numbers, search=search, page=page)
