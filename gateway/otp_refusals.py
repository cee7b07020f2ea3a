"""What otp refuses on any of its pages, and the page that helps then; what only one page can meet is told there."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, flash, redirect, url_for
from werkzeug.wrappers import Response

from chassis.wire import RemoteFailure
from contracts.auth.logins import NoSession, SessionCause
from contracts.base import Refusal, Unavailable
from contracts.otp.challenges import FactorLocked
from contracts.otp.common import FactorMissing, HolderGone, LoginOutdated, OtpNotInUse, OtpNotRegistered, OtpRegistered
from gateway import guard, second_factor, sessions
from gateway.pages import timed_out

OUTDATED = "この画面を開いたあとに、ワンタイムパスワードの利用状況が変わっています。もう一度お確かめください。"
GIVE_IT_FIRST = "この操作には、ワンタイムパスワードの入力が必要です。送信して、入力してください。"


def install(app: Flask) -> None:
    """For the pages of the second factor, whose visitors have a session."""
    app.register_error_handler(FactorLocked, _locked)
    app.register_error_handler(LoginOutdated, _outdated)
    app.register_error_handler(HolderGone, _gone)
    app.register_error_handler(FactorMissing, _missing)
    for otherwise in (OtpNotInUse, OtpNotRegistered, OtpRegistered):
        app.register_error_handler(otherwise, _otherwise)


def _locked(_refused: FactorLocked) -> Response:
    """Auth hears of it now; where it does not answer, it reads it in otp's history, and otp itself refuses till then."""
    with suppress(Refusal, Unavailable, RemoteFailure):
        second_factor.advance()
    return second_factor.over(timed_out.LOCKED_FACTOR)


def _outdated(_refused: LoginOutdated) -> Response:
    """A newer temporary password has ended this login; auth says so unless otp has heard of it earlier."""
    cause: SessionCause | None = SessionCause.TEMPORARY_SET
    try:
        guard.look_up(sessions.present_token() or "")
    except NoSession as ended:
        cause = ended.details.cause
    except (Unavailable, RemoteFailure):
        pass
    return second_factor.over(cause.value if cause else "")


def _gone(_refused: HolderGone) -> Response:
    return second_factor.over(SessionCause.NUMBER_REMOVED.value)


def _missing(_refused: FactorMissing) -> Response:
    """By the menu it is the one-time password that is missing; on the way in, the confirmation pair (OTP-10)."""
    if not second_factor.is_complete():
        return redirect(url_for("otp_pair.show"), 303)
    flash(GIVE_IT_FIRST, "info")
    return redirect(url_for("otp_login.show"), 303)


def _otherwise(_refused: Refusal) -> Response:
    """Another tab, or an operator (OTP-15), was quicker."""
    if not second_factor.is_complete():
        return second_factor.moved_on()
    with suppress(Unavailable, RemoteFailure):  # the menu is a matter of what auth last learnt
        second_factor.advance()
    flash(OUTDATED, "info")
    return redirect(url_for("otp_use.show"), 303)
