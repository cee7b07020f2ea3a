"""What the mails say, in our own words. All of it is here; each in plain text and as simple HTML of the same content."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html import escape
from typing import NamedTuple

JAPAN = timezone(timedelta(hours=9), "JST")


class Letter(NamedTuple):
    """A mail's subject and content; `html` is a whole document."""

    subject: str
    text: str
    html: str


def link_letter(site: str, number: str, link: str, expires_at: datetime) -> Letter:
    """To the address that was provisionally registered (OTP-2). `number` is masked, `link` the whole URL."""
    return _letter(
        site,
        "メールアドレスの本登録のお願い",
        [
            (
                f"お客様の電話番号（{number}）のワンタイムパスワード受信用メールアドレスとして、"
                "このメールアドレスが仮登録されました。"
            ),
            "次のURLを開いて、本登録を完了してください。",
        ],
        ("メールアドレスの本登録お手続きURL", link),
        [
            (
                f"このURLの有効期限は、{_spoken(expires_at)}（仮登録から24時間）です。"
                "期限を過ぎた場合は、もう一度設定サイトにログインして、登録をやり直してください。"
            ),
            "お心当たりのない場合は、URLを開かずに、このメールを削除してください。",
        ],
        is_link=True,
    )


def code_letter(site: str, number: str, code: str, expires_at: datetime) -> Letter:
    """To the registered address at each login (OTP-6). The code is not in the subject: locked screens show that."""
    return _letter(
        site,
        "ワンタイムパスワードのお知らせ",
        [
            f"お客様の電話番号（{number}）で設定サイトにログインするためのワンタイムパスワードをお知らせします。",
            "ワンタイムパスワード入力画面に、次の6桁の数字を入力してください。",
        ],
        ("ワンタイムパスワード", code),
        [
            f"このワンタイムパスワードは、{_spoken(expires_at, seconds=True)}（発行から300秒）まで、1回だけ利用できます。",
            "ワンタイムパスワードは、ほかの人に教えないでください。当社からお尋ねすることはありません。",
            (
                "お心当たりのない場合は、第三者がお客様のパスワードを知っているおそれがあります。"
                "設定サイトのパスワードを変更してください。"
            ),
        ],
        is_link=False,
    )


def _letter(
    site: str, title: str, opening: list[str], matter: tuple[str, str], closing: list[str], *, is_link: bool
) -> Letter:
    thanks = f"{site}をご利用いただき、ありがとうございます。"
    footer = "このメールは送信専用のアドレスからお送りしています。ご返信いただいても、お答えできません。"
    label, value = matter
    text = "\n\n".join([thanks, *opening, f"■ {label}\n{value}", *closing, f"--------\n{footer}\n{site}"])
    shown = f'<a href="{escape(value)}">{escape(value)}</a>' if is_link else escape(value)
    parts = [
        *(_paragraph(one) for one in (thanks, *opening)),
        f"<p>{escape(label)}<br><strong>{shown}</strong></p>",
        *(_paragraph(one) for one in closing),
        f"<hr>{_paragraph(footer)}{_paragraph(site)}",
    ]
    html = (
        f'<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        "<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )
    return Letter(f"【{site}】{title}", text + "\n", html)


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _spoken(moment: datetime, *, seconds: bool = False) -> str:
    local = moment.astimezone(JAPAN)
    clock = f"{local.hour}時{local.minute:02}分" + (f"{local.second:02}秒" if seconds else "")
    return f"{local.year}年{local.month}月{local.day}日 {clock}"
