"""What the mails of the features say, in our own words. A further kind is one more entry in `LETTERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chassis.letters import Letter, Matter, letter, spoken
from contracts.phone import Feature
from contracts.settings.call_notification import CallOutcome
from contracts.settings.network import Withheld

CALL = "call"

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
    caller = told.get("caller") or _WITHHELD[Withheld(told["withheld"])]
    return letter(
        site,
        "着信のお知らせ",
        ["お客様の電話番号に着信がありました。"],
        [
            Matter("着信した電話番号", told["number"]),
            Matter("発信者", caller),
            Matter("着信の日時", spoken(datetime.fromisoformat(told["at"]))),
            Matter("着信の結果", _OUTCOMES[CallOutcome(told["outcome"])]),
        ],
        [_WHERE_TO_CHANGE.format(feature="着信お知らせメール")],
    )


_WHERE_TO_CHANGE = "お知らせの条件や送信先は、設定サイトの「{feature}」で変更できます。"

Write = Callable[[str, Mapping[str, str], datetime], Letter]
"""Of the site's name, what was told when the mail was decided on, and when it is worth nothing any more."""

LETTERS: Mapping[str, Write] = {CALL: call_letter}
FEATURES: Mapping[str, Feature] = {CALL: Feature.CALL_NOTIFICATION}
"""Kinds of mail that are notices of a feature; what becomes of them the world is told."""
