"""Changing a password: what the forced, the own and the administrator's form have in common (PWD-5, PWD-9)."""

from __future__ import annotations

from contextlib import suppress

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from chassis.wire import RemoteFailure
from contracts.auth.logins import NoSession, SessionKey
from contracts.auth.passwords import ChangePassword, PasswordRejected, PasswordVoid
from contracts.base import Refusal, Secret, Unavailable
from gateway import guard, here, sessions
from gateway.forms import ChangePasswordForm, change_id, form_secret, once_more
from gateway.words import phone

VOID = "この電話番号のパスワードは無効になっています。電話で仮パスワードを設定してください。"


def change(form: ChangePasswordForm, number: str, *, then: str) -> Response:
    """Ask auth for the change and give the way onward: to the address `then`, or back to the form with its faults."""
    if not form.validate():
        return once_more(form)
    own = number == here.logged_in().number
    here.count_guess(number)
    try:
        token = _ask(number, own=own)
    except (PasswordRejected, PasswordVoid, NoSession) as refused:
        return (guard.sent_twice() if own else None) or _refused(form, number, refused, own=own, then=then)
    response = _done(number, then)
    sessions.keep(response, token)
    return response


def _refused(form: ChangePasswordForm, number: str, refused: Refusal, *, own: bool, then: str) -> Response:
    """The way onward where nothing was changed by this form, nor by one sent together with it that did."""
    if isinstance(refused, NoSession):  # it ended while the password was hashed
        return guard.session_over(refused.details.cause)
    if isinstance(refused, PasswordRejected):
        if not refused.details.present_wrong and not refused.details.faults:
            return _done(number, then)  # nothing is wrong with it: its twin came first and did it
        form.tell(refused)
        return once_more(form)
    if own:
        return _login_is_over()
    form.present.errors = [VOID]
    return once_more(form)


def _ask(number: str, *, own: bool) -> str:
    """Change it, and give the token that the session has from now on. Raises auth's refusals."""
    token = sessions.present_token()
    assert token is not None
    renewed = sessions.renewed_token(token, form_secret())
    present = Secret(request.form["present"])
    here.auth().change_password(
        ChangePassword(
            attempt_id=change_id(number, present),
            session_key=sessions.session_key(token),
            new_session_key=sessions.session_key(renewed),
            present=present,
            new=Secret(request.form["new"]),
            repeated=Secret(request.form["again"]),
            number=None if own else number,
        )
    )
    # Another number's password is not what this session was opened with: it goes on under its own token.
    return renewed if own else token


def _done(number: str, then: str) -> Response:
    flash(f"{phone(number)} のパスワードを変更しました。次回からは新しいパスワードでログインしてください。", "success")
    return redirect(then, 303)


def _login_is_over() -> Response:
    """The present password became void meanwhile: the page says what to do."""
    with suppress(Refusal, Unavailable, RemoteFailure):  # auth ends the sessions of a void password by itself
        here.auth().log_out(SessionKey(session_key=sessions.present_key()))
    response = redirect(url_for("timed_out.show", cause="void"), 303)
    sessions.forget(response)
    return response
