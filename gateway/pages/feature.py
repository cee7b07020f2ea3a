"""A feature's page: the numbers within reach that have contracted it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from contracts.auth import NumbersQuery
from contracts.phone import Feature
from gateway import here, sessions
from gateway.pages.paging import page_number
from gateway.words import slug

blueprint = Blueprint("feature", __name__)
BY_SLUG = {slug(feature): feature for feature in Feature}


@blueprint.get("/services/<name>")
def show(name: str) -> str:
    """Nothing that is not contracted has a page (MENU-3)."""
    feature = BY_SLUG.get(name) or abort(404)
    query = NumbersQuery(session_key=sessions.present_key(), feature=feature, page=page_number())
    numbers = here.auth().numbers_in_reach(query)
    if not numbers.total:
        abort(404)
    return render_template("pages/feature.html", feature=feature, numbers=numbers)
