"""ログイン (2)."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from flask import Blueprint, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from chassis.wire import RemoteFailure
from contracts.auth.logins import InvalidCredentials, LogIn, SessionKey
from contracts.base import Refusal, Secret, Unavailable
from contracts.phone import normalise_number
from gateway import guard, here, sessions
from gateway.forms import LoginForm, once_more, recall
from gateway.guard import front_door

blueprint = Blueprint("login", __name__)

NO = "電話番号またはパスワードが違うか、パスワードが無効になっています。入力した内容を確かめてください。"
"""Vague on purpose: an unknown number, a wrong, void or locked password and a number that may not log in must not be
told apart (LOGIN-3). Whatever was wrong, the answer is the same redirect to the same page."""


@blueprint.get("/login")
@front_door
def show() -> ResponseReturnValue:
    """The form, with what was wrong with it the time before."""
    person = here.visitor()
    if person is not None:
        return redirect(guard.home(person.stage), 303)
    form = LoginForm()
    recall(form)
    return render_template("pages/login.html", form=form)


@blueprint.post("/login")
@front_door
def submit() -> ResponseReturnValue:
    """One guess. The answer to a right one is a new session under a new token."""
    form = LoginForm()
    if not form.validate():
        return once_more(form, "number")
    number = normalise_number(form.number.data or "")
    here.count_guess(number)
    token = sessions.new_token()
    try:
        logged_in = here.auth().log_in(
            LogIn(
                attempt_id=uuid4(),
                number=number,
                password=Secret(request.form["password"]),
                session_key=sessions.session_key(token),
            )
        )
    except InvalidCredentials:
        form.form_errors = [NO]
        return once_more(form, "number")
    _end_former_session()
    session.clear()  # forms opened by whoever sat here before are worth nothing now
    response = make_response(redirect(guard.home(logged_in.stage), 303))
    sessions.keep(response, token)
    return response


def _end_former_session() -> None:
    """One browser, one login. When auth cannot end the former one now, its idle limit will."""
    former = sessions.present_token()
    if former is not None:
        with suppress(Refusal, Unavailable, RemoteFailure):
            here.auth().log_out(SessionKey(session_key=sessions.session_key(former)))
