"""ログアウト, and the page after it (30)."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, SessionKey
from gateway import guard, here, sessions
from gateway.guard import open_to_all

blueprint = Blueprint("logout", __name__)


@blueprint.post("/logout")
@open_to_all
def now() -> ResponseReturnValue:
    """End the session (LOGIN-11), at any stage of the login; a session that is over already is no fault.

    When auth does not answer, the page says so and the cookie stays: "logged out" must not be said of a live session.
    """
    token = sessions.present_token()
    if token is not None:
        with suppress(NoSession):
            here.auth().log_out(SessionKey(session_key=sessions.session_key(token)))
    session.clear()
    response = make_response(redirect(url_for("logout.done"), 303))
    sessions.forget(response)
    return response


@blueprint.get("/logged-out")
@open_to_all
def done() -> ResponseReturnValue:
    """Says to close the browser (LOGIN-11); not of a login that goes on, whoever opened this address."""
    token = sessions.present_token()
    if token is not None:
        with suppress(NoSession):
            return redirect(guard.home(guard.look_up(token, activity=False).stage), 303)
    return render_template("pages/logged_out.html")
