"""Settings in words: what a page says of them, what the history compares, and what to do about each fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from contracts.phone import Feature
from contracts.settings.api import AnySettings, SettingsChange
from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import ALL_WEEK, DAYS, HOURS, AddressFault, NoticeAddress, SettingsFault, Windows
from contracts.settings.fault_notification import FaultNotification, NewsKind, ReceivingWindow
from gateway.words import phone

WEEKDAYS = ("月", "火", "水", "木", "金", "土", "日")
NONE = "なし"

OUTCOMES = {
    CallOutcome.ANSWERED: "応答した着信",
    CallOutcome.UNANSWERED: "応答がなかった着信",
    CallOutcome.BUSY: "話し中の着信",
    CallOutcome.FORWARDED: "転送した着信",
}
CALLERS = {
    CallerFilter.ALL: "すべての相手からの着信",
    CallerFilter.LISTED: "登録した電話番号からの着信だけ",
    CallerFilter.ALL_BUT_LISTED: "登録した電話番号以外からの着信",
}
NEWS = {
    NewsKind.FAULT: "故障の発生",
    NewsKind.RECOVERY: "故障の回復",
    NewsKind.PLANNED_WORK: "工事の予定",
}
RECEIVING = {
    ReceivingWindow.DAY: "8時から19時まで",
    ReceivingWindow.EVENING: "19時から23時まで",
    ReceivingWindow.NIGHT: "23時から翌朝8時まで",
}

ADDRESS_FAULTS = {
    AddressFault.NOT_AN_ADDRESS: "メールアドレスの形になっていません。@の前後を確かめて、入力し直してください。",
    AddressFault.THERE_ALREADY: "このメールアドレスは登録済みです。別のものを入力してください。",
    AddressFault.TOO_MANY: "登録できる数を超えています。使わないメールアドレスを削除してから、追加してください。",
}
FAULTS = {
    SettingsFault.NO_ADDRESS: "送信先がありません。メールアドレスを追加してから、「利用する」にしてください。",
    SettingsFault.NO_CALLS: "お知らせする着信を1つ以上選んでください。",
    SettingsFault.NO_WINDOW: "お知らせする時間帯を1つ以上選んでください。",
    SettingsFault.NO_LISTED_NUMBER: "対象の電話番号を1つ以上入力してください。",
    SettingsFault.TOO_MANY_LISTED_NUMBERS: "対象の電話番号が多すぎます。使わないものを消してください。",
    SettingsFault.NO_KIND: "お知らせする内容を1つ以上選んでください。",
    SettingsFault.TOO_MANY_ADDRESSES: "メールアドレスが多すぎます。使わないものを削除してください。",
}
"""What to do, beside the field that it concerns."""

MOVED_ON = (
    "この画面を開いたあとに、設定が変更されました。いまの設定を表示しています。確かめてから、もう一度操作してください。"
)


def on_or_off(on: bool) -> str:
    """As the pages say it."""
    return "利用する" if on else "利用しない"


def windows(chosen: Windows) -> str:
    """月～金 9時～18時; days with the same hours are put together."""
    if set(chosen) == set(ALL_WEEK):
        return "いつでも"
    hours: dict[int, list[str]] = {}
    for one in chosen:
        whole = (one.from_hour, one.until_hour) == (0, HOURS)
        hours.setdefault(one.day, []).append("終日" if whole else f"{one.from_hour}時～{one.until_hour}時")
    groups: list[tuple[list[int], str]] = []
    for day in range(DAYS):
        said = "・".join(hours.get(day, ()))
        if groups and groups[-1][1] == said:
            groups[-1][0].append(day)
        else:
            groups.append(([day], said))
    return "、".join(f"{_days(days)} {said}" for days, said in groups if said) or NONE


def _days(days: list[int]) -> str:
    first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
    return first if len(days) == 1 else f"{first}～{last}"


def _listed(words: Iterable[str]) -> str:
    return "、".join(words) or NONE


def _addresses(addresses: tuple[NoticeAddress, ...]) -> str:
    return _listed(one.address.reveal() + ("" if one.verified else "（確認待ち）") for one in addresses)


def _call_notification(settings: CallNotification) -> dict[str, str]:
    calls = "すべての着信" if settings.every_call else _listed(OUTCOMES[one] for one in sorted(settings.outcomes))
    return {
        "お知らせ": on_or_off(settings.on),
        "送信先のメールアドレス": _addresses(settings.addresses),
        "お知らせする着信": calls,
        "相手による選別": CALLERS[settings.callers],
        "選別する電話番号": _listed(map(phone, settings.listed)),
        "番号の通知がない着信": "お知らせする" if settings.withheld else "お知らせしない",
        "お知らせする時間帯": windows(settings.windows),
    }


def _fault_notification(settings: FaultNotification) -> dict[str, str]:
    return {
        "お知らせ": on_or_off(settings.on),
        "送信先のメールアドレス": _addresses(settings.addresses),
        "お知らせする内容": _listed(NEWS[one] for one in NewsKind if one in settings.kinds),
        "受信する時間帯": _listed(RECEIVING[one] for one in ReceivingWindow if one in settings.windows),
    }


_DESCRIBED: Mapping[Feature, Callable[[Any], dict[str, str]]] = {
    Feature.CALL_NOTIFICATION: _call_notification,
    Feature.FAULT_NOTIFICATION: _fault_notification,
}
"""A further feature is one more entry."""


def described(settings: AnySettings) -> dict[str, str]:
    """Each setting by its label, in words."""
    return _DESCRIBED[settings.feature](settings)


def differences(old: AnySettings, new: AnySettings) -> list[tuple[str, str, str]]:
    """(label, before, after) of what is not the same."""
    before, after = described(old), described(new)
    return [(label, before[label], after[label]) for label in after if before[label] != after[label]]


def changed(change: SettingsChange) -> list[tuple[str, str, str]]:
    """What a change has changed."""
    return differences(change.old, change.new)
