"""Who may open which page: the stage of the login decides, whatever address was typed (LOGIN-5, LOGIN-7).

Closed unless opened: a view without a mark is for completed logins only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from flask import current_app, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from chassis.wire import RemoteFailure
from contracts.auth.logins import NoSession, SessionCause, SessionQuery, SessionView, Stage
from contracts.base import Refusal, Unavailable
from gateway import here, sessions
from gateway.forms import form_secret

HOME = {
    Stage.CHANGE_TEMPORARY: "forced_change.show",
    Stage.CHANGE_EXPIRED: "forced_change.show",
    Stage.SECOND_FACTOR: "otp_waiting.show",
    Stage.OTP_CHOICE: "otp_choice.show",
    Stage.OTP_REGISTRATION: "otp_registration.show",
    Stage.OTP: "otp_login.show",
    Stage.COMPLETE: "service_selection.show",
}
"""Where a login of each stage belongs."""

OPEN_BLUEPRINTS = "HIKARI_OPEN_BLUEPRINTS"
"""Configuration: blueprints that see to it themselves whom they answer."""
LOGIN_FORM = "login.submit"
AUTOMATIC = "automatic"
"""In the address of a page that nobody asked for."""


class Lookup(Enum):
    """What a view wants to know about the visitor."""

    NOTHING = auto()
    """Nobody is asked: the view works although auth is down, or sees to it itself."""
    IF_POSSIBLE = auto()
    """A session is shown where there is one; a stranger, or a silent auth, is no obstacle."""
    FOR_CERTAIN = auto()
    """The same, but a silent auth is an obstacle: the view answers those whose login is over in another way."""
    REQUIRED = auto()
    """Only people whose login is at one of the view's stages come in."""


Said = Callable[[SessionView], Iterable[str]]
"""What a form has done, in sentences, told of the login as it is then."""


def _password_was_changed(_person: SessionView) -> Iterable[str]:
    return ("パスワードを変更しました。次回からは新しいパスワードでログインしてください。",)


@dataclass(frozen=True)
class Admission:
    """To whom a view is open.

    `renewed` names the endpoint to go to when a form that renews the session is sent twice; `said` is what is told there.
    """

    lookup: Lookup = Lookup.REQUIRED
    stages: frozenset[Stage] = frozenset({Stage.COMPLETE})
    any_stage: bool = False
    renewed: str | None = None
    said: Said = _password_was_changed


View = TypeVar("View", bound=Callable[..., object])
_COMPLETED = Admission()
_ANYONE = Admission(Lookup.IF_POSSIBLE, any_stage=True)


def _marked(view: View, admission: Admission) -> View:
    view.__dict__["admission"] = admission
    return view


def open_to_all(view: View) -> View:
    """No session is looked up."""
    return _marked(view, Admission(Lookup.NOTHING))


def open_at_any_stage(view: View) -> View:
    """Help and its like: the frame shows who is logged in, and nobody is sent away."""
    return _marked(view, _ANYONE)


def open_after_the_login(view: View) -> View:
    """Also for those whose login has ended; who cannot be looked up has not ended it, and is told of the outage."""
    return _marked(view, Admission(Lookup.FOR_CERTAIN, any_stage=True))


def front_door(view: View) -> View:
    """The pages before the login; whoever has begun to log in is led to where the login stands."""
    return _marked(view, Admission(Lookup.IF_POSSIBLE))


def during(*stages: Stage, renewed: str | None = None, said: Said = _password_was_changed) -> Callable[[View], View]:
    """Open to logins at one of these stages."""
    return lambda view: _marked(view, Admission(stages=frozenset(stages), renewed=renewed, said=said))


def home(stage: Stage) -> str:
    """The address of the page where a login of this stage belongs."""
    return url_for(HOME[stage])


def admit() -> AnyResponse | None:
    """Before every page: look the session up once; give the way elsewhere unless the page is open to this visitor."""
    admission = _admission()
    if admission is None or admission.lookup is Lookup.NOTHING:
        return None
    token = sessions.present_token()
    try:
        # A page that loads itself again is no activity (LOGIN-8).
        g.visitor = look_up(token, activity=AUTOMATIC not in request.args) if token else None
    except NoSession as ended:
        if admission.lookup is Lookup.REQUIRED:
            return sent_twice() or session_over(ended.details.cause)
    except (Unavailable, RemoteFailure, Refusal):
        if admission.lookup is not Lookup.IF_POSSIBLE:
            raise
    return _way_elsewhere(admission, here.visitor())


def _way_elsewhere(admission: Admission, person: SessionView | None) -> AnyResponse | None:
    if person is None:
        return redirect(url_for("login.show"), 303) if admission.lookup is Lookup.REQUIRED else None
    if admission.any_stage or person.stage in admission.stages:
        return None
    return redirect(home(person.stage), 303)


def look_up(token: str, *, activity: bool = True) -> SessionView:
    """Ask auth who is behind the token. Raises `NoSession`."""
    return here.auth().session(SessionQuery(session_key=sessions.session_key(token), activity=activity))


def session_over(cause: SessionCause | None) -> AnyResponse:
    """The way to the page that says why the login ended."""
    response = redirect(url_for("timed_out.show", cause=cause.value if cause else None), 303)
    sessions.forget(response)
    return response


def sent_twice() -> AnyResponse | None:
    """The way onward for a form whose twin was accepted while this one was on its way (a double click).

    The browser never took up the twin's answer, so it still has the former token.
    """
    admission = _admission()
    token = sessions.present_token()
    if admission is None or admission.renewed is None or token is None or request.method != "POST":
        return None
    renewed = sessions.renewed_token(token, form_secret())
    try:
        person = look_up(renewed)
    except NoSession:
        return None
    for sentence in admission.said(person):
        flash(sentence, "success")
    response = redirect(url_for(admission.renewed), 303)
    sessions.keep(response, renewed)
    return response


def _admission() -> Admission | None:
    """The mark of the view that was asked for; None where it guards itself. The 404 page is for anyone."""
    if request.blueprint in current_app.config[OPEN_BLUEPRINTS]:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "admission", _COMPLETED) if view else _ANYONE
