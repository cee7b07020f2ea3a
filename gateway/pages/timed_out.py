"""The page on which a login ends that nobody ended by ログアウト (LOGIN-8, LOGIN-9)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, SessionCause
from gateway import guard, sessions
from gateway.guard import open_to_all

blueprint = Blueprint("timed_out", __name__)


@dataclass(frozen=True)
class Ending:
    """Why, and what to do. `dial` is true where only a new temporary password helps."""

    title: str
    reason: str
    dial: bool = False


LOCKED_FACTOR = "factor"
"""OTP-9"""
OTP_LATE = "otp-late"
"""OTP-6"""
GIVEN_UP = "given-up"
"""By ログイン画面へ, which stands there also before the time is over."""
IDLE = Ending("自動的にログアウトしました", "しばらく操作がなかったため、安全のために自動的にログアウトしました。")
ENDINGS = {
    SessionCause.IDLE.value: IDLE,
    SessionCause.ABSOLUTE.value: Ending(
        "自動的にログアウトしました", "ログインから長い時間がたったため、安全のために自動的にログアウトしました。"
    ),
    SessionCause.SUPERSEDED.value: Ending("ログアウトしました", "新しくログインしたため、前のログインを終了しました。"),
    SessionCause.LOCKED.value: Ending(
        "ログアウトしました",
        "パスワード、またはワンタイムパスワードなどの間違いが続いたため、パスワードが無効になりました。",
        dial=True,
    ),
    SessionCause.TEMPORARY_SET.value: Ending(
        "ログアウトしました", "この電話番号に新しい仮パスワードが設定されました。仮パスワードでログインしてください。"
    ),
    SessionCause.PASSWORD_SET.value: Ending(
        "ログアウトしました", "この電話番号のパスワードが変更されました。新しいパスワードでログインしてください。"
    ),
    SessionCause.UNIT_CHANGED.value: Ending(
        "ログアウトしました",
        "この回線の認証単位が変更されました。変更後の認証単位に合う電話番号でログインしてください。",
    ),
    SessionCause.NUMBER_REMOVED.value: Ending(
        "ログアウトしました", "この電話番号では、サイトで設定するサービスをご利用になれなくなりました。"
    ),
    SessionCause.OPERATOR.value: Ending("ログアウトしました", "当社の担当者がログインを終了しました。"),
    SessionCause.LOGOUT.value: Ending("ログアウトしました", "別の画面でログアウトの操作がありました。"),
    LOCKED_FACTOR: Ending(
        "パスワードが無効になりました",
        "ワンタイムパスワード、または確認用ID・確認用パスワードの間違いが10回続いたため、パスワードが無効になりました。",
        dial=True,
    ),
    OTP_LATE: Ending(
        "もう一度ログインしてください",
        "ワンタイムパスワードの有効時間（300秒）のうちに入力が終わらなかったため、ログインの手続きを終わりました。",
    ),
    GIVEN_UP: Ending("もう一度ログインしてください", "ログインの手続きを終わりました。"),
    "void": Ending(
        "ログアウトしました",
        "お使いのパスワードが無効になったため、変更できませんでした。",
        dial=True,
    ),
}
UNTOLD = Ending("ログインが終わっています", "ログインの有効な時間が過ぎたか、別の場所で終了しています。")


@blueprint.get("/timed-out")
@open_to_all
def show() -> ResponseReturnValue:
    """Also where a page without scripts goes by itself at the end of its time.

    Such a page cannot know that another tab went on working: then the login lives, and this page says that. It is
    no activity of a person, so a forgotten tab keeps nothing alive.
    """
    token = sessions.present_token()
    if token is not None:
        try:
            person = guard.look_up(token, activity=False)
        except NoSession as ended:
            ending = ENDINGS.get(ended.details.cause.value if ended.details.cause else "", IDLE)
        else:
            return render_template("pages/still_logged_in.html", onward_to=url_for(guard.HOME[person.stage]))
    else:
        ending = ENDINGS.get(request.args.get("cause", ""), UNTOLD)
    response = make_response(render_template("pages/timed_out.html", ending=ending))
    if token is not None:
        sessions.forget(response)
    return response
