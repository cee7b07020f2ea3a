"""What the mails of FAXお知らせメール say: that a fax came, or that there was no room for it; never what is in it (FEAT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chassis.letters import Letter, Matter, letter, spoken

FAX, FAX_REFUSED = "fax", "fax_refused"
_WHERE_TO_CHANGE = "お知らせの条件や送信先は、設定サイトの「FAXお知らせメール」で変更できます。"


def fax_letter(site: str, told: Mapping[str, str], _expires_at: datetime) -> Letter:
    """Of one fax that is in the inbox; nothing of the document is in it (FEAT-2). `told` has `number`, `caller` where there
    is one, `at`, `pages` (0 where it cannot be shown) and `link`.
    """
    shown = told["pages"] != "0"
    matter = [
        Matter("受信した電話番号", told["number"]),
        Matter("送信元", told.get("caller") or "番号なし"),
        Matter("受信の日時", spoken(datetime.fromisoformat(told["at"]))),
        Matter("ページ数", f"{told['pages']}ページ" if shown else "文書が壊れているため、表示できません"),
        Matter("FAX受信箱", told["link"], is_link=True),
    ]
    return letter(
        site,
        "FAX受信のお知らせ",
        ["お客様の電話番号にFAXが届きました。内容は、設定サイトにログインして、FAX受信箱でご覧ください。"],
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
            Matter("送信先の電話番号", told["number"]),
            Matter("送信元", told.get("caller") or "番号なし"),
            Matter("日時", spoken(datetime.fromisoformat(told["at"]))),
            Matter("FAX受信箱", told["link"], is_link=True),
        ],
        [_WHERE_TO_CHANGE],
    )
