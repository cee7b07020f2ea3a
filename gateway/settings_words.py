"""Settings in words: what a page says of them, what the history compares, and what to do about each fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from contracts.phone import Feature
from contracts.settings.api import AnySettings, SettingsChange
from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode
from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import (
    ALL_WEEK,
    DAYS,
    HOURS,
    AddressFault,
    NoticeAddress,
    SettingsFault,
    SettingsRejected,
    TargetFault,
    Windows,
)
from contracts.settings.fault_notification import FaultNotification, NewsKind, ReceivingWindow
from contracts.settings.fax_notification import FaxNotification, WhenFull
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

MODES = {
    ForwardingMode.UNCONDITIONAL: "無条件転送（すぐに転送します）",
    ForwardingMode.NO_ANSWER: "無応答時転送（呼び出しても応答がないとき）",
    ForwardingMode.BUSY: "話中時転送（お話し中のとき）",
    ForwardingMode.NO_ANSWER_OR_BUSY: "無応答時・話中時転送",
}
SELECTIONS = {
    CallerSelection.EVERYONE: "すべての相手からの電話を転送する",
    CallerSelection.FORWARD_LISTED: "登録した相手からの電話だけを転送する",
    CallerSelection.RING_LISTED: "登録した相手からの電話は転送せずに呼び出す",
}

ADDRESS_FAULTS = {
    AddressFault.NOT_AN_ADDRESS: "メールアドレスの形になっていません。@の前後を確かめて、入力し直してください。",
    AddressFault.THERE_ALREADY: "このメールアドレスは登録済みです。別のものを入力してください。",
    AddressFault.TOO_MANY_MAILS: "確認メールを短い時間に多く送りました。15分ほど待ってから、もう一度お試しください。",
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
    SettingsFault.NO_TARGET: "使用する転送先に、電話番号を入力してください。",
    SettingsFault.RING_SECONDS: "呼び出す秒数が、設定できる範囲にありません。",
    SettingsFault.NO_FORWARDED_CALLER: "転送する相手の電話番号を1つ以上入力してください。",
    SettingsFault.TOO_MANY_FORWARDED_CALLERS: "転送する相手の電話番号が多すぎます。使わないものを消してください。",
    SettingsFault.NO_RINGING_CALLER: "呼び出す相手の電話番号を1つ以上入力してください。",
    SettingsFault.TOO_MANY_RINGING_CALLERS: "呼び出す相手の電話番号が多すぎます。使わないものを消してください。",
    SettingsFault.FORWARDING_IS_ON: (
        "この電話番号では、ボイスワープで転送しています。"
        "FAXお知らせメールと同時には使えません。ボイスワープを「転送しない」にしてから、「利用する」にしてください。"
    ),
    SettingsFault.FAX_IS_ON: (
        "この電話番号では、FAXお知らせメールを利用しています。"
        "ボイスワープと同時には使えません。FAXお知らせメールを「利用しない」にしてから、転送してください。"
    ),
}
"""What to do, beside the field that it concerns."""
IN_THE_WAY = {
    Feature.CALL_FORWARDING: FAULTS[SettingsFault.FORWARDING_IS_ON],
    Feature.FAX_NOTIFICATION: FAULTS[SettingsFault.FAX_IS_ON],
}
"""What to do where one of these keeps another from being turned on, before anybody has tried."""
TARGET_FAULTS = {
    TargetFault.NOT_A_NUMBER: "電話番号の形になっていません。市外局番から、0で始まる10桁または11桁で入力してください。",
    TargetFault.EMERGENCY: "緊急通報の番号には転送できません。応答できる方の電話番号を入力してください。",
    TargetFault.SPECIAL: "時報や番号案内などの番号には転送できません。応答できる方の電話番号を入力してください。",
    TargetFault.CHARGED_RANGE: (
        "フリーダイヤルやナビダイヤルなどの番号には転送できません。その窓口の、市外局番から始まる番号を入力してください。"
    ),
    TargetFault.PREFIXED: "はじめの184、186や事業者識別番号（00XY）を除いて、市外局番から入力してください。",
    TargetFault.INTERNATIONAL: "海外の電話番号には転送できません。国内の電話番号を入力してください。",
    TargetFault.ITSELF: "設定している電話番号そのものです。ほかの電話番号を入力してください。",
    TargetFault.LOOP: (
        "その電話番号からの転送で、電話がこの電話番号に戻ってきます。"
        "別の転送先にするか、先に相手の電話番号の転送を止めてください。"
    ),
}

MOVED_ON = (
    "この画面を開いたあとに、設定が変更されました。いまの設定を表示しています。確かめてから、もう一度操作してください。"
)
MOVED_ON_WHILE_TYPING = (
    "この画面を開いたあとに、設定が変更されました。入力した内容は、まだ設定していません。いまの設定を確かめてください。"
)


WHEN_FULL = {
    WhenFull.REFUSE: "新しいFAXを受け取らない",
    WhenFull.DROP_OLDEST: "古いFAXから順に消して、新しいFAXを受け取る",
}


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


def _fax_notification(settings: FaxNotification) -> dict[str, str]:
    return {
        "お知らせ": on_or_off(settings.on),
        "送信先のメールアドレス": _addresses(settings.addresses),
        "受信箱がいっぱいのとき": WHEN_FULL[settings.when_full],
    }


def _fault_notification(settings: FaultNotification) -> dict[str, str]:
    return {
        "お知らせ": on_or_off(settings.on),
        "送信先のメールアドレス": _addresses(settings.addresses),
        "お知らせする内容": _listed(NEWS[one] for one in NewsKind if one in settings.kinds),
        "受信する時間帯": _listed(RECEIVING[one] for one in ReceivingWindow if one in settings.windows),
    }


def _call_forwarding(settings: CallForwarding) -> dict[str, str]:
    slots = {f"転送先{slot}": phone(number) or NONE for slot, number in enumerate(settings.targets, start=1)}
    return {
        "転送": "転送する" if settings.on else "転送しない",
        "転送のしかた": MODES[settings.mode],
        "呼び出す秒数": f"{settings.ring_seconds}秒",
        **slots,
        "使用する転送先": f"転送先{settings.active}",
        "相手による選別": SELECTIONS[settings.selection],
        "転送する相手": _listed(map(phone, settings.forwarded_callers)),
        "呼び出す相手": _listed(map(phone, settings.ringing_callers)),
    }


_DESCRIBED: Mapping[Feature, Callable[[Any], dict[str, str]]] = {
    Feature.CALL_NOTIFICATION: _call_notification,
    Feature.CALL_FORWARDING: _call_forwarding,
    Feature.FAX_NOTIFICATION: _fax_notification,
    Feature.FAULT_NOTIFICATION: _fault_notification,
}
"""A further feature is one more entry."""


def refusals(rejected: SettingsRejected) -> list[str]:
    """All that is wrong, where there are no fields to say it beside."""
    slots = (f"転送先{one.slot}：{TARGET_FAULTS[one.fault]}" for one in rejected.details.targets)
    return [*(FAULTS[fault] for fault in rejected.details.faults), *slots]


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
