"""Where a login waits for otp to say what it demands besides the password (LOGIN-7); the way onward for every other page."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from chassis.wire import RemoteFailure
from contracts.auth.logins import Stage
from contracts.base import Busy, Unavailable
from gateway import errors, guard, second_factor
from gateway.guard import during

blueprint = Blueprint("otp_waiting", __name__)


@blueprint.get("/otp/waiting")
@during(*second_factor.PENDING, Stage.COMPLETE)
def show() -> ResponseReturnValue:
    """Ask how the login stands and go there. While nobody answers, the page tries again by itself.

    The password was accepted and is not asked again. A page with GET may do this: nothing but what otp says counts.
    """
    try:
        stage = second_factor.advance()
    except (Unavailable, RemoteFailure, Busy):
        stage = Stage.SECOND_FACTOR
    if stage is Stage.SECOND_FACTOR:
        return errors.try_again_by_itself()
    return redirect(guard.home(stage), 303)
