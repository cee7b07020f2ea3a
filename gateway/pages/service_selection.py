"""サービス選択 (15)."""

from __future__ import annotations

from flask import Blueprint, render_template

from contracts.auth.reach import FeaturesQuery
from gateway import here, sessions

blueprint = Blueprint("service_selection", __name__)


@blueprint.get("/services")
def show() -> str:
    """The features within the login's reach, contracted ones only (MENU-3)."""
    reach = here.auth().features_in_reach(FeaturesQuery(session_key=sessions.present_key()))
    return render_template(
        "pages/service_selection.html", features=[entry for entry in reach.features if entry.numbers]
    )
