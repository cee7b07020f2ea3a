"""Faxes in words: sender, size, and what to do about one that cannot be shown."""

from __future__ import annotations

from contracts.phone import masked
from contracts.settings.fax_inbox import DocumentFault, FaxEntry
from gateway.words import JAPAN, phone

FAULTS = {
    DocumentFault.NOT_A_FAX: "FAXの文書として読み取れない形式でした。",
    DocumentFault.BROKEN: "文書が壊れていて、読み取れませんでした。",
    DocumentFault.TOO_MANY_PAGES: "受け取れるページ数を超えていました。",
    DocumentFault.TOO_LARGE: "ページの大きさが、受け取れる範囲を超えていました。",
    DocumentFault.TOO_HARD: "文書の読み取りに時間がかかりすぎるため、取りやめました。",
}
QUARANTINED = "安全のため、この文書は表示もダウンロードもできません。送信した方に、もう一度送るよう依頼してください。"

FULL = "受信箱がいっぱいのため、元に戻せません。ほかのFAXを削除してから、もう一度操作してください。"
GONE = "そのFAXは、受信箱にありません。保存の期間が過ぎたか、削除されています。"
DELETED = "FAXを削除しました。24時間以内は、「削除したFAX」から元に戻せます。"
RESTORED = "FAXを受信箱に戻しました。"

KIB = 1024


def sender(fax: FaxEntry) -> str:
    """Who it came from, as far as that is known."""
    return phone(fax.caller) if fax.caller else "送信元の番号なし"


def size(count: int) -> str:
    """Bytes as people read them: 12KB, 3.4MB."""
    if count < KIB * KIB:
        return f"{max(1, round(count / KIB))}KB"
    return f"{count / KIB / KIB:.1f}".removesuffix(".0") + "MB"


def file_name(fax: FaxEntry, ending: str) -> str:
    """A name that any system takes, and that shows nobody the sender's whole number: `fax-20260401-1805-5678.pdf`."""
    local = fax.received_at.astimezone(JAPAN)
    last = f"-{masked(fax.caller)[-4:]}" if fax.caller else ""
    return f"fax-{local:%Y%m%d-%H%M}{last}.{ending}"
