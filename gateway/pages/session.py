"""What the script of the page asks about the session's end (LOGIN-8)."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession
from gateway import guard, sessions
from gateway.guard import open_to_all

blueprint = Blueprint("session", __name__)

JSON = "application/json"


@blueprint.get("/session/remaining")
@open_to_all
def remaining() -> ResponseReturnValue:
    """Seconds to the session's end, 0 when it is over. A script asks this, so it is no activity."""
    return jsonify(seconds_left=_seconds_left(activity=False))


@blueprint.post("/session/stay")
@open_to_all
def stay() -> ResponseReturnValue:
    """A person chose to go on working: that is activity."""
    seconds_left = _seconds_left(activity=True)
    if request.accept_mimetypes.best_match(["text/html", JSON]) == JSON:
        return jsonify(seconds_left=seconds_left)
    token = sessions.present_token()
    if token is None or not seconds_left:
        return guard.session_over(None)
    return redirect(guard.home(guard.look_up(token).stage), 303)


def _seconds_left(*, activity: bool) -> int:
    token = sessions.present_token()
    if token is None:
        return 0
    try:
        return guard.look_up(token, activity=activity).seconds_left
    except NoSession:
        return 0
