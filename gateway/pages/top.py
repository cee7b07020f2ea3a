"""The first page (1)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import Stage
from gateway import guard, here
from gateway.guard import front_door, open_at_any_stage

blueprint = Blueprint("top", __name__)


@blueprint.get("/")
@open_at_any_stage
def show() -> ResponseReturnValue:
    """What the site is for, and the way in; whoever is in the middle of a login is led back to it (LOGIN-7)."""
    person = here.visitor()
    if person is not None and person.stage is not Stage.COMPLETE:
        return redirect(guard.home(person.stage), 303)
    return render_template("pages/top.html")


@blueprint.get("/.well-known/change-password")
@front_door
def change_password() -> ResponseReturnValue:
    """Where password managers look for the page that changes a password."""
    return redirect(url_for("password.show"), 303)
