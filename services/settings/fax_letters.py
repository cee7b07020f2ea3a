"""What the mails of FAXお知らせメール say: that a fax came, or that there was no room for it; never what is in it (FEAT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chassis.hyphens import hyphenated
from chassis.letters import Letter, Matter, letter, spoken
from contracts.settings.fax_inbox import DocumentFault

FAX, FAX_REFUSED = "fax", "fax_refused"
_WHERE_TO_CHANGE = "お知らせの条件や送信先は、設定サイトの「FAXお知らせメール」で変更できます。"

_WHERE_TO_SEE = "内容は、設定サイトにログインして、FAX受信箱でご覧ください。"
_CANNOT_BE_SEEN = "このFAXは、内容を表示できません。必要な場合は、送信した方に、もう一度送るよう依頼してください。"
_FAULTS = {
    DocumentFault.NOT_A_FAX: "FAXの文書として読み取れない形式のため、表示できません",
    DocumentFault.BROKEN: "文書が壊れているため、表示できません",
    DocumentFault.TOO_MANY_PAGES: "受け取れるページ数を超えているため、表示できません",
    DocumentFault.TOO_LARGE: "ページが大きすぎるため、表示できません",
    DocumentFault.TOO_HARD: "文書の読み取りに時間がかかりすぎるため、表示できません",
}


def fax_letter(site: str, told: Mapping[str, str], _expires_at: datetime) -> Letter:
    """Of one fax that is in the inbox; nothing of the document is in it (FEAT-2). `told` has `number`, `caller` where there
    is one, `at`, `pages`, `link`, and `fault` where it cannot be shown.
    """
    fault = told.get("fault")
    matter = [
        Matter("受信した電話番号", hyphenated(told["number"])),
        Matter("送信元", hyphenated(told.get("caller") or "番号なし")),
        Matter("受信の日時", spoken(datetime.fromisoformat(told["at"]))),
        Matter("ページ数", _FAULTS[DocumentFault(fault)] if fault else f"{told['pages']}ページ"),
        Matter("FAX受信箱", told["link"], is_link=True),
    ]
    return letter(
        site,
        "FAX受信のお知らせ",
        ["お客様の電話番号にFAXが届きました。" + (_CANNOT_BE_SEEN if fault else _WHERE_TO_SEE)],
        matter,
        [_WHERE_TO_CHANGE],
    )


def fax_refused_letter(site: str, told: Mapping[str, str], _expires_at: datetime) -> Letter:
    """Of one fax for which the inbox had no room. `told` is the same."""
    return letter(
        site,
        "FAXを受け取れませんでした",
        [
            "FAX受信箱がいっぱいのため、次のFAXを受け取れませんでした。",
            "受信箱から不要なFAXを削除してから、送信した方に、もう一度送るよう依頼してください。",
        ],
        [
            Matter("送信先の電話番号", hyphenated(told["number"])),
            Matter("送信元", hyphenated(told.get("caller") or "番号なし")),
            Matter("日時", spoken(datetime.fromisoformat(told["at"]))),
            Matter("FAX受信箱", told["link"], is_link=True),
        ],
        [_WHERE_TO_CHANGE],
    )
