"""認証単位の選択 (20): what the three units mean, and which one the line has."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from gateway import frame, here

blueprint = Blueprint("unit", __name__)


@blueprint.get("/unit")
def show() -> str:
    """Not for a user under an administrator (UNIT-7)."""
    if frame.unit_is_out_of_reach(here.logged_in()):
        abort(403)
    return render_template("pages/unit.html")
