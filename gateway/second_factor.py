"""What the pages of the second factor have in common: who asks otp, how things stand, and the way onward (LOGIN-7)."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from chassis.wire import RemoteFailure
from contracts.auth.logins import AdvanceLogin, NoSession, SessionKey, SessionView, Stage
from contracts.base import Refusal, Unavailable
from contracts.otp.challenges import FactorLocked, TooManySends
from contracts.otp.common import Login
from contracts.otp.standing import Standing, StandingQuery
from gateway import guard, here, sessions
from gateway.forms import attempt_id, form_secret
from gateway.throttle import waiting_time

PENDING = (Stage.SECOND_FACTOR, Stage.OTP_CHOICE, Stage.OTP_REGISTRATION, Stage.OTP)
"""The password is done with, the login is not complete."""
COMPLETED = guard.HOME[Stage.COMPLETE]


def my_login() -> Login:
    """The login in whose name otp is asked, as auth has told it."""
    person = here.logged_in()
    return Login(
        assignment_id=person.assignment_id,
        number=person.number,
        contract_number=person.contract_number,
        login_id=person.login_id,
        generation=person.generation,
        role=person.role,
    )


def standing() -> Standing:
    """How far this login has come. Raises `FactorLocked` where too much was guessed wrongly (OTP-9)."""
    told = here.otp().standing(StandingQuery(login=my_login()))
    if told.locked is not None:
        raise FactorLocked(factor=told.locked, mismatches=told.mismatches)
    return told


def is_complete() -> bool:
    """Whether the person came by the menu, rather than on the way in."""
    return here.logged_in().stage is Stage.COMPLETE


def my_attempt(*typed: str) -> UUID:
    """The id of what this form asks of otp; another for each login."""
    return attempt_id(str(here.logged_in().login_id), *typed)


def advance() -> Stage:
    """Have auth look where the login stands now. The session keeps its token.

    Raises `NoSession`, also where auth learns of a lock by it (OTP-9).
    """
    return here.auth().advance_login(AdvanceLogin(session_key=sessions.present_key())).stage


def go_on() -> Response:
    """The way to where the login stands after a step; one that completes it has a new token from now on.

    A view that ends like this is marked `renewed=COMPLETED`, so that a double click arrives there too.
    """
    if is_complete():
        return redirect(guard.home(advance()), 303)
    token = sessions.present_token()
    assert token is not None
    renewed = sessions.renewed_token(token, form_secret())
    step = AdvanceLogin(session_key=sessions.session_key(token), new_session_key=sessions.session_key(renewed))
    stage = here.auth().advance_login(step).stage
    response = redirect(guard.home(stage), 303)
    if stage is Stage.COMPLETE:
        sessions.keep(response, _token_in_force(token, renewed))
    return response


def _token_in_force(token: str, renewed: str) -> str:
    """The new one, unless another tab completed the login in between, under the old."""
    try:
        guard.look_up(renewed)
    except NoSession:
        return token
    return renewed


def moved_on() -> Response:
    """The way for a page that does not fit how things stand: auth looks anew, and the home of the stage comes next."""
    return redirect(url_for("otp_waiting.show"), 303)


def nothing(_person: SessionView) -> tuple[str, ...]:
    """What is said where a step that was sent twice has completed the login: the page that follows says enough."""
    return ()


def log_in_again(cause: str) -> Response:
    """End a login that is not complete, and go to the page that says why."""
    with suppress(Refusal, Unavailable, RemoteFailure):  # its idle limit ends it otherwise
        here.auth().log_out(SessionKey(session_key=sessions.present_key()))
    return over(cause)


def over(cause: str) -> Response:
    """The way to the page that says why the login has ended."""
    response = redirect(url_for("timed_out.show", cause=cause), 303)
    sessions.forget(response)
    return response


def tell_to_wait(refused: TooManySends) -> None:
    """On the next page (OTP-8)."""
    wait = waiting_time(refused.details.retry_after)
    flash(f"短い時間に何度も送信したため、いまは送信できません。約{wait}待ってから、もう一度お試しください。", "error")
