"""ワンタイムパスワード利用情報 本登録 (9): where the mailed link leads, in whatever browser it is opened (OTP-2, OTP-3)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, SessionView, Stage
from contracts.base import Secret
from contracts.otp.links import LINK_PATH, LinkState, LinkUsed, LinkVoid, LookAtLink, UseLink
from gateway import guard, here, second_factor, sessions
from gateway.forms import attempt_id
from gateway.guard import open_at_any_stage
from gateway.otp_words import LINKS

blueprint = Blueprint("otp_link", __name__)
PATH = LINK_PATH.replace("{token}", "<token>")
"""Logs and statistics have the path as it stands here, never the token."""
_USED = "link_used"
_THIS_LOGIN, _SAME_NUMBER, _ELSEWHERE = "this", "number", "elsewhere"


@blueprint.get(PATH)
@open_at_any_stage
def show(token: str) -> ResponseReturnValue:
    """Consumes nothing, with GET and HEAD alike: mail scanners ask too. The page posts itself, or has a button."""
    view = here.otp().look_at_link(LookAtLink(token=Secret(token)))
    if view.state is LinkState.VALID:
        return render_template("pages/otp_link.html", token=token, address=view.address)
    said, onward = LINKS[view.state]
    status = 404 if view.state is LinkState.UNKNOWN else 200
    return render_template("pages/otp_link_void.html", state=view.state, said=said, onward_words=onward), status


@blueprint.post(PATH)
@open_at_any_stage
def use(token: str) -> ResponseReturnValue:
    """Register fully. In the browser whose login asked for the link, that login goes on."""
    person = _person()
    try:
        used = here.otp().use_link(UseLink(attempt_id=attempt_id("link"), token=Secret(token)))
    except LinkVoid:
        return redirect(url_for("otp_link.show", token=token), 303)
    if person is not None and person.login_id == used.login_id:
        second_factor.advance()
    session[_USED] = _where(person, used)
    return redirect(url_for("otp_link.done"), 303)


@blueprint.get("/otp/registered")
@open_at_any_stage
def done() -> ResponseReturnValue:
    """Says so once; opened again it gives the way to where this browser's login stands."""
    where = session.get(_USED)
    person = here.visitor() if where is None else _person()
    session.pop(_USED, None)
    if where == _THIS_LOGIN and person is not None and person.stage in {Stage.OTP, Stage.COMPLETE}:
        return render_template("pages/otp_registered.html")
    if where is not None:
        same_number = person is not None and where == _SAME_NUMBER
        return render_template("pages/otp_registered_elsewhere.html", same_number=same_number)
    return redirect(guard.home(person.stage) if person else url_for("login.show"), 303)


def _where(person: SessionView | None, used: LinkUsed) -> str:
    """In whose browser the link was used, as far as the next page's words depend on it."""
    if person is None or person.assignment_id != used.assignment_id:
        return _ELSEWHERE
    return _THIS_LOGIN if person.login_id == used.login_id else _SAME_NUMBER


def _person() -> SessionView | None:
    """Whose browser it is. Raises `Unavailable`: to somebody who is logging in, "log in again" must not be said."""
    token = sessions.present_token()
    try:
        return guard.look_up(token) if token else None
    except NoSession:
        return None
