"""Error pages: what happened, in words, and what to do next; never a stack trace."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from chassis.wire import RemoteFailure
from contracts.auth.logins import NoSession, Stage
from contracts.auth.reach import NotInReach
from contracts.base import Busy, Refusal, Unavailable, UnknownRefusal
from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.settings.common import NotContracted
from gateway import guard, here, sessions
from gateway.origins import ORIGIN
from gateway.throttle import TooManyAttempts, waiting_time

log = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Seconds after which asking a service that did not answer is worth a try."""


@dataclass(frozen=True)
class Page:
    """The words of one error page."""

    title: str
    sentences: tuple[str, ...]


PAGES = {
    400: Page("入力を受け取れませんでした", ("ブラウザから届いた内容を読み取れませんでした。", "前の画面を開き直して、もう一度お試しください。")),
    403: Page("この画面は開けません", ("ログイン中の電話番号では、この画面をご利用になれません。",)),
    404: Page("ページが見つかりません", ("アドレスが間違っているか、ページがなくなっています。", "次のリンクから進んでください。")),
    405: Page("この操作はできません", ("アドレスを直接開いたか、操作の順番が変わっています。", "次のリンクから操作をやり直してください。")),
    413: Page("送られた内容が大きすぎます", ("受け取れる大きさを超えています。", "入力した内容を減らして、もう一度お試しください。")),
    421: Page("このアドレスではご利用になれません", ("このサイトのものではないアドレスで開かれました。", "お手元の案内にあるアドレスを、ブラウザに入力し直してください。")),
    500: Page("申し訳ありません。エラーが起きました", ("お客様の操作が原因ではありません。", "しばらくしてから、もう一度お試しください。")),
    503: Page("ただいまつながりにくくなっています", ("しばらく待ってから、もう一度お試しください。",)),
}  # fmt: skip

STALE = Page(
    "画面を開き直してください",
    (
        "この画面を開いたあとに、ログインの状態が変わったか、Cookieが消えています。",
        "入力した内容は送られていません。次のリンクから画面を開き直して、もう一度操作してください。",
        "同じ表示が続くときは、ブラウザでこのサイトのCookieを許可してください。",
    ),
)

SOMEBODY_ELSE = Page(
    "別の電話番号でログインしています",
    (
        "このブラウザでは、別の電話番号でのログインが続いています。",
        "入力した電話番号でログインするには、先に「ログアウト」を押してください。",
    ),
)

NOT_CONTRACTED = Page(
    "この電話番号では、ご利用になれません",
    (
        "付加サービスの契約が変わったか、このログインで扱える電話番号ではありません。何も変更していません。",
        "「サービス選択」から、もう一度お選びください。",
    ),
)

WAITING = Page(
    "ログインの手続きを続けるまで、お待ちください",
    (
        "ただいまつながりにくくなっています。パスワードは確認できています。もう一度入力する必要はありません。",
        f"この画面は約{RETRY_AFTER}秒ごとに自動で確かめ、つながると次の画面に進みます。",
    ),
)


def page(
    status: int, words: Page | None = None, *, retry_after: int | None = None, by_itself: str | None = None
) -> Response:
    """One error page. After `retry_after` seconds it goes to the address `by_itself`, where there is one."""
    shown = words or PAGES[status if status in PAGES else 500]
    origin = request.environ.get(ORIGIN)
    response = make_response(
        render_template(
            "errors/error.html",
            words=shown,
            again=f"{retry_after}; url={by_itself}" if by_itself else None,
            sent=request.method == "POST" and status == 503,  # noqa: PLR2004  the status is its own name
            reopen=_own_address() if status == 503 and not by_itself else None,  # noqa: PLR2004
            correlation_id=origin.correlation_id if origin and status >= 500 else None,  # noqa: PLR2004
        ),
        status,
    )
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _own_address() -> str | None:
    """Where the page that was asked for can be asked for again; None where it takes more than an address."""
    asked = current_app.url_map.bind("").test(request.path, method="GET") if request.url_rule else False
    return request.full_path.rstrip("?") if asked else None


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004  a redirect that werkzeug raises
        return error.get_response()
    response = page(status)
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _stale(_error: Exception) -> AnyResponse:
    """A login form sent again after it was accepted leads to where that login stands; any other is explained.

    One for another number than the one that is logged in by now must not lead to that person's pages.
    """
    token = sessions.present_token()
    with suppress(Refusal, Unavailable, RemoteFailure):
        g.visitor = guard.look_up(token) if token else None
    person = here.visitor()
    if person is not None and request.endpoint == guard.LOGIN_FORM:
        return redirect(guard.home(person.stage), 303) if _logs_in(person.number) else page(403, SOMEBODY_ELSE)
    return page(403, STALE)


def _logs_in(number: str) -> bool:
    with suppress(NotAPhoneNumber):
        return normalise_number(request.form.get("number", "")) == number
    return False


def _too_many(error: TooManyAttempts) -> Response:
    wait = waiting_time(error.retry_after)
    sentences = (f"短い時間に多くの操作がありました。約{wait}待ってから、もう一度お試しください。",)
    return page(429, Page("しばらくお待ちください", sentences), retry_after=error.retry_after)


def _silent(error: Exception) -> Response:
    log.warning("a service did not answer: %s", error)
    return page(503, retry_after=RETRY_AFTER)


def try_again_by_itself() -> Response:
    """For a page that has nothing but to wait for a service: it says so, and asks again every few seconds."""
    address = f"{request.path}?{guard.AUTOMATIC}=1"
    return page(503, WAITING, retry_after=RETRY_AFTER, by_itself=address)


def _busy(error: Busy) -> Response:
    return page(503, retry_after=max(1, error.details.retry_after))


def _out_of_reach(_error: NotInReach) -> Response:
    return page(403)


def _not_contracted(_error: NotContracted) -> Response:
    """Out of reach, withdrawn meanwhile, or another holder's by now (MENU-3); which of them is nobody else's business."""
    return page(404, NOT_CONTRACTED)


def _over(error: NoSession) -> AnyResponse:
    """The session ended between the guard's question and the view's."""
    return guard.sent_twice() or guard.session_over(error.details.cause)


def _broken(error: Exception) -> Response:
    log.error("the page broke", exc_info=error)
    return page(500)


def install(app: Flask) -> None:
    """Every way in which a request can fail has its page."""
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(TooManyAttempts, _too_many)
    app.register_error_handler(Busy, _busy)
    for silent in (Unavailable, RemoteFailure, UnknownRefusal):
        app.register_error_handler(silent, _silent)
    app.register_error_handler(NotInReach, _out_of_reach)
    app.register_error_handler(NoSession, _over)
    app.register_error_handler(NotContracted, _not_contracted)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def links() -> tuple[tuple[str, str], ...]:
    """Where to go on from an error page: (endpoint, label)."""
    person = here.visitor()
    if person is None:
        return (("login.show", "ログイン画面へ"), ("top.show", "トップページへ"))
    if person.stage is Stage.COMPLETE:
        return (("service_selection.show", "サービス選択へ"),)
    return ((guard.HOME[person.stage], "手続きの続きへ"),)
