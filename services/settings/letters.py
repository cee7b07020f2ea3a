"""What the mails of the features say, in our own words. A further kind is one more entry in `LETTERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.hyphens import hyphenated
from chassis.letters import Letter, Matter, letter, spoken
from contracts.phone import Feature
from contracts.settings.call_notification import CallOutcome
from contracts.settings.network import KEPT_EVENT, LineFault, LineRecovered, PlannedWork, Withheld
from services.settings.fax_letters import FAX, FAX_REFUSED, fax_letter, fax_refused_letter

CALL = "call"
NEWS = "news"
ADDRESS_LINK = "address_link"
MOST_NUMBERS = 100
"""That one mail names. The others are counted; the pages tell of each."""

_OUTCOMES = {
    CallOutcome.ANSWERED: "応答しました",
    CallOutcome.UNANSWERED: "応答がありませんでした",
    CallOutcome.BUSY: "話し中でした",
    CallOutcome.FORWARDED: "転送しました",
}
_WITHHELD = {
    Withheld.ANONYMOUS: "非通知（発信者が番号を通知していません）",
    Withheld.PAYPHONE: "公衆電話",
    Withheld.UNAVAILABLE: "表示圏外（番号を通知できない電話からの着信です）",
}


def call_letter(site: str, told: Mapping[str, str], _expires_at: datetime) -> Letter:
    """Of one call. `told` has `number`, `caller` or `withheld`, `outcome` and `at` in ISO 8601."""
    caller = told.get("caller")
    who = hyphenated(caller) if caller else _WITHHELD[Withheld(told["withheld"])]
    return letter(
        site,
        "着信のお知らせ",
        ["お客様の電話番号に着信がありました。"],
        [
            Matter("着信した電話番号", hyphenated(told["number"])),
            Matter("発信者", who),
            Matter("着信の日時", spoken(datetime.fromisoformat(told["at"]))),
            Matter("着信の結果", _OUTCOMES[CallOutcome(told["outcome"])]),
        ],
        [_WHERE_TO_CHANGE.format(feature="着信お知らせメール")],
    )


def news_letter(site: str, told: Mapping[str, str], _expires_at: datetime) -> Letter:
    """Of a fault, a recovery or planned work. `told` has `number`, a line each where there are several, and the `event`."""
    event = KEPT_EVENT.validate_json(told["event"])
    title, opening, facts = _NEWS[event.type](event.data)
    matters = [_concerned(told["number"].splitlines()), *(Matter(label, value) for label, value in facts if value)]
    return letter(site, title, [opening], matters, [_WHERE_TO_CHANGE.format(feature="故障・回復通知機能")])


def _concerned(numbers: Sequence[str]) -> Matter:
    label = "対象の電話番号" if len(numbers) == 1 else f"対象の電話番号（{len(numbers)}件）"
    more = [f"ほか{len(numbers) - MOST_NUMBERS}件"] if len(numbers) > MOST_NUMBERS else []
    return Matter(label, "\n".join([*map(hyphenated, numbers[:MOST_NUMBERS]), *more]))


def address_link_letter(site: str, told: Mapping[str, str], expires_at: datetime) -> Letter:
    """To an address that is to be proved. `told` has `number` (masked), and `link`, the whole URL."""
    return letter(
        site,
        "メールアドレスの確認のお願い",
        [
            f"お客様の電話番号（{told['number']}）の故障・回復通知の送信先として、このメールアドレスが登録されました。",
            "次のURLを開いて、メールアドレスの確認を完了してください。確認が終わるまで、お知らせは届きません。",
        ],
        [Matter("メールアドレス確認URL", told["link"], is_link=True)],
        [
            f"このURLの有効期限は、{spoken(expires_at)}です。期限を過ぎた場合は、設定サイトから確認メールを送り直してください。",
            "お心当たりのない場合は、URLを開かずに、このメールを削除してください。",
        ],
    )


Facts = tuple[str, str, list[tuple[str, str]]]
"""Title, opening, and what there is to tell by its label; what is empty is left out."""


def _fault(told: LineFault) -> Facts:
    return (
        "故障発生のお知らせ",
        "お客様の回線で故障が発生しました。ご迷惑をおかけし、申し訳ありません。",
        [
            ("発生日時", spoken(told.occurred_at)),
            ("ご利用になれない内容", told.extent),
            ("原因", told.cause),
            ("復旧の状況", told.state),
            ("復旧の見込み", spoken(told.expected_recovery) if told.expected_recovery else ""),
            ("受付番号", told.fault),
        ],
    )


def _recovery(told: LineRecovered) -> Facts:
    return (
        "故障回復のお知らせ",
        "お客様の回線の故障が回復しました。ご迷惑をおかけし、申し訳ありませんでした。",
        [
            ("発生日時", spoken(told.occurred_at) if told.occurred_at else ""),
            ("回復日時", spoken(told.recovered_at)),
            ("ご利用になれなかった内容", told.extent),
            ("原因", told.cause),
            ("受付番号", told.fault),
        ],
    )


def _planned_work(told: PlannedWork) -> Facts:
    return (
        "工事のお知らせ",
        "お客様の回線に関わる工事を予定しています。工事の間、電話をご利用になれないことがあります。",
        [
            ("工事の期間", f"{spoken(told.begins_at)}から{spoken(told.ends_at)}まで"),
            ("ご利用になれない内容", told.extent),
            ("理由", told.cause),
            ("受付番号", told.fault),
        ],
    )


_NEWS: Mapping[str, Callable[[Any], Facts]] = {
    "LineFault": _fault,
    "LineRecovered": _recovery,
    "PlannedWork": _planned_work,
}


_WHERE_TO_CHANGE = "お知らせの条件や送信先は、設定サイトの「{feature}」で変更できます。"

Write = Callable[[str, Mapping[str, str], datetime], Letter]
"""Of the site's name, what was told when the mail was decided on, and when it is worth nothing any more."""

LETTERS: Mapping[str, Write] = {
    CALL: call_letter,
    FAX: fax_letter,
    FAX_REFUSED: fax_refused_letter,
    NEWS: news_letter,
    ADDRESS_LINK: address_link_letter,
}
FEATURES: Mapping[str, Feature] = {
    CALL: Feature.CALL_NOTIFICATION,
    FAX: Feature.FAX_NOTIFICATION,
    FAX_REFUSED: Feature.FAX_NOTIFICATION,
    NEWS: Feature.FAULT_NOTIFICATION,
}
"""Kinds of mail that are notices of a feature; what becomes of them the world is told."""
