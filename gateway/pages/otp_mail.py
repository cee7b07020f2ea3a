"""What the scripts of 8 and 11 ask about the mail that the person waits for."""

from __future__ import annotations

from flask import Blueprint, abort, g, jsonify
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, Stage
from contracts.otp.standing import ChallengeView, LinkMail, StandingQuery
from gateway import guard, here, second_factor, sessions
from gateway.guard import open_to_all

blueprint = Blueprint("otp_mail", __name__)
LINK, CODE = "link", "code"
STAGES = (Stage.OTP_REGISTRATION, Stage.OTP, Stage.COMPLETE)


@blueprint.get("/otp/mail/<what>")
@open_to_all
def state(what: str) -> ResponseReturnValue:
    """`on_its_way`, `sent`, `failed`, or null where there is none. A script asks this, so it is no activity (LOGIN-8)."""
    if what not in {LINK, CODE}:
        abort(404)
    mail = _mail(what)
    return jsonify(mail=mail.mail.value if mail else None)


def _mail(what: str) -> LinkMail | ChallengeView | None:
    token = sessions.present_token()
    try:
        g.visitor = guard.look_up(token, activity=False) if token else None
    except NoSession:
        return None
    person = here.visitor()
    if person is None or person.stage not in STAGES:
        return None
    now = here.otp().standing(StandingQuery(login=second_factor.my_login()))
    return now.link if what == LINK else now.challenge
