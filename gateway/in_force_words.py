"""What a feature does by its settings as they stand, and what it still takes to do something: said after every change."""

from __future__ import annotations

from contracts.settings.api import AnySettings
from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode
from contracts.settings.call_notification import CallerFilter, CallNotification
from contracts.settings.common import ALL_WEEK
from contracts.settings.fault_notification import FaultNotification, NewsKind, ReceivingWindow
from contracts.settings.fax_notification import FaxNotification, WhenFull
from gateway.settings_words import NEWS, OUTCOMES, RECEIVING, windows
from gateway.words import phone

NO_MAIL = "お知らせメールはお送りしません。"
FULL = {
    WhenFull.REFUSE: "受信箱がいっぱいのときは、新しいFAXを受け取りません。",
    WhenFull.DROP_OLDEST: "受信箱がいっぱいのときは、古いFAXから順に消えます。",
}


def in_force(settings: AnySettings, bulk_target: str | None = None) -> str:
    """`bulk_target`: where a group forwards the number just now, which wins over its own forwarding (FEAT-4)."""
    match settings:
        case CallNotification():
            return _call_notification(settings)
        case FaxNotification():
            told = f"FAXが届くと、{len(settings.addresses)}件のメールアドレスにお知らせします。"
            return (told if settings.on else _off(len(settings.addresses))) + FULL[settings.when_full]
        case FaultNotification():
            return _fault_notification(settings)
        case CallForwarding():
            return _call_forwarding(settings, bulk_target)


def _off(addresses: int) -> str:
    if not addresses:
        return f"{NO_MAIL}送信先のメールアドレスを追加してから「利用する」を選ぶと、お送りします。"
    return f"{NO_MAIL}「お知らせの条件」で「利用する」を選ぶと、登録した{addresses}件のメールアドレスにお送りします。"


def _call_notification(settings: CallNotification) -> str:
    if not settings.on:
        return _off(len(settings.addresses))
    chosen = "、".join(words for outcome, words in OUTCOMES.items() if outcome in settings.outcomes)
    calls = "すべての着信" if settings.every_call else chosen
    hours = "" if set(settings.windows) == set(ALL_WEEK) else f"（{windows(settings.windows)}）"
    said = [f"{calls}{hours}を、{len(settings.addresses)}件のメールアドレスにお知らせします。"]
    listed = f"登録した{len(settings.listed)}件の電話番号からの着信"
    if settings.callers is CallerFilter.LISTED:
        also = "と、番号の通知がない着信" if settings.withheld else ""
        said.append(f"お知らせするのは、{listed}{also}だけです。")
    else:
        if settings.callers is CallerFilter.ALL_BUT_LISTED:
            said.append(f"{listed}は、お知らせしません。")
        if not settings.withheld:
            said.append("番号の通知がない着信は、お知らせしません。")
    return "".join(said)


def _fault_notification(settings: FaultNotification) -> str:
    proved = sum(one.verified for one in settings.addresses)
    waiting = len(settings.addresses) - proved
    if not settings.on:
        later = f"確認待ちの{waiting}件には、確認メールのURLが開かれてからお送りします。" if waiting else ""
        return _off(len(settings.addresses)) + later
    if not proved:
        return (
            f"「利用する」になっていますが、確認の終わったメールアドレスがないため、{NO_MAIL}"
            "確認メールのURLが開かれると、お送りします。"
        )
    kinds = "、".join(NEWS[one] for one in NewsKind if one in settings.kinds)
    hours = "、".join(RECEIVING[one] for one in ReceivingWindow if one in settings.windows)
    when = f"（{hours}）" if len(settings.windows) < len(ReceivingWindow) else ""
    left_out = f"確認待ちの{waiting}件には、確認が終わるまでお送りしません。" if waiting else ""
    return f"{kinds}を、{proved}件のメールアドレスにお知らせします{when}。{left_out}"


def _call_forwarding(settings: CallForwarding, bulk_target: str | None) -> str:
    own = _own_forwarding(settings)
    if bulk_target is None:
        return own
    return f"いまは一括転送機能により、{phone(bulk_target)} に転送しています。一括転送を停止したあとは、{own}"


def _own_forwarding(settings: CallForwarding) -> str:
    if not settings.on:
        return "電話は転送しません。"
    seconds = f"{settings.ring_seconds}秒呼び出しても応答がない"
    whose, which = {
        CallerSelection.EVERYONE: ("", ""),
        CallerSelection.FORWARD_LISTED: (f"登録した{len(settings.forwarded_callers)}件の相手からの", ""),
        CallerSelection.RING_LISTED: ("", f"登録した{len(settings.ringing_callers)}件の相手からの電話は転送しません。"),
    }[settings.selection]
    when, how = {
        ForwardingMode.UNCONDITIONAL: ("", "すぐに "),
        ForwardingMode.NO_ANSWER: (seconds, ""),
        ForwardingMode.BUSY: ("お話し中にかかってきた", ""),
        ForwardingMode.NO_ANSWER_OR_BUSY: (f"{seconds}電話と、お話し中にかかってきた", ""),
    }[settings.mode]
    called = f"{whose}{'、' if whose and when else ''}{when}電話"
    return f"{called}を、{how}{phone(settings.target)} に転送します。{which}"
