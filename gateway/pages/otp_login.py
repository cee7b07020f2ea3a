"""ワンタイムパスワード 送信確認画面 (10) and 入力画面 (11): the last step of a login, and of a change by the menu (OTP-6)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from contracts.auth.logins import Stage
from contracts.base import Secret
from contracts.otp.challenges import (
    AnswerChallenge,
    ChallengeCause,
    ChallengeOver,
    OtpMismatch,
    RequestChallenge,
    TooManySends,
)
from gateway import here, second_factor
from gateway.forms import once_more, recall
from gateway.guard import during
from gateway.otp_forms import CodeForm, as_code
from gateway.otp_words import OVER, clock_time, minutes_and_seconds
from gateway.pages.timed_out import GIVEN_UP, OTP_LATE
from gateway.second_factor import COMPLETED, is_complete, moved_on, my_attempt, my_login, standing

blueprint = Blueprint("otp_login", __name__, url_prefix="/otp")
STAGES = (Stage.OTP, Stage.COMPLETE)


@blueprint.get("/send")
@during(*STAGES)
def show() -> ResponseReturnValue:
    """Where it would go, and the button."""
    now = standing()
    return render_template("pages/otp_send.html", now=now) if now.registered else _elsewhere()


@blueprint.post("/send")
@during(*STAGES)
def send() -> ResponseReturnValue:
    """ワンタイムパスワードを送信. The same form sent twice sends one mail; an older one-time password is void."""
    try:
        here.otp().request_challenge(RequestChallenge(challenge_id=my_attempt("send"), login=my_login()))
    except TooManySends as refused:
        second_factor.tell_to_wait(refused)
        return redirect(url_for("otp_login.show"), 303)
    return redirect(url_for("otp_login.enter"), 303)


@blueprint.get("/code")
@during(*STAGES)
def enter() -> ResponseReturnValue:
    """The field, how long there is, and what has become of the mail."""
    now = standing()
    if not now.registered:
        return _elsewhere()
    if now.challenge is None:
        return redirect(url_for("otp_login.show"), 303)
    form = CodeForm()
    recall(form)
    return render_template(
        "pages/otp_code.html",
        form=form,
        now=now,
        challenge=now.challenge,
        until=clock_time(now.challenge.expires_at),
        left=minutes_and_seconds(now.challenge.seconds_left),
    )


@blueprint.post("/code")
@during(*STAGES, renewed=COMPLETED, said=second_factor.nothing)
def submit() -> ResponseReturnValue:
    """次へ: the right one completes the login; five wrong ones lead back to the page that sends another (OTP-7)."""
    form = CodeForm()
    if not form.validate():
        return once_more(form)
    here.count_guess(here.logged_in().number)
    code = as_code(request.form["code"])
    try:
        here.otp().answer_challenge(
            AnswerChallenge(attempt_id=my_attempt("code", code), login=my_login(), code=Secret(code))
        )
    except OtpMismatch as refused:
        return _wrong(form, refused.details.tries_left)
    except ChallengeOver as refused:
        return _over(refused.details.cause)
    if is_complete():
        flash("ワンタイムパスワードを確認しました。", "success")
    return second_factor.go_on()


@blueprint.post("/log-in-again")
@during(*STAGES)
def start_over() -> ResponseReturnValue:
    """ログイン画面へ: this login is given up where it was not complete (OTP-6)."""
    return moved_on() if is_complete() else second_factor.log_in_again(GIVEN_UP)


def _wrong(form: CodeForm, tries_left: int) -> Response:
    if not tries_left:
        return _over(ChallengeCause.MISMATCHES)
    form.code.errors = [f"ワンタイムパスワードが違います。あと{tries_left}回間違えると無効になります。"]
    return once_more(form)


def _over(cause: ChallengeCause) -> Response:
    """Too late: log in again. Anything else: send another. In a complete login there is nothing to begin anew."""
    if cause is ChallengeCause.USED:
        return moved_on()
    if cause is ChallengeCause.EXPIRED and not is_complete():
        return second_factor.log_in_again(OTP_LATE)
    flash(OVER[cause], "error")
    return redirect(url_for("otp_login.show"), 303)


def _elsewhere() -> Response:
    """There is nothing to send to (OTP-14)."""
    return redirect(url_for("otp_use.show"), 303) if is_complete() else moved_on()
