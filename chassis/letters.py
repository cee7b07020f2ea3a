"""The form of a letter: greeting, what it is about, what it brings, what to know, and who sends it.

Each in plain text and as simple HTML of the same content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from typing import NamedTuple

JAPAN = timezone(timedelta(hours=9), "JST")


class Letter(NamedTuple):
    """A mail's subject and content; `html` is a whole document."""

    subject: str
    text: str
    html: str


class Matter(NamedTuple):
    """One thing that a letter brings, by its label; `value` may have several lines."""

    label: str
    value: str
    is_link: bool = False


def letter(site: str, title: str, opening: Sequence[str], matters: Sequence[Matter], closing: Sequence[str]) -> Letter:
    """A letter in the name of the site."""
    thanks = f"{site}をご利用いただき、ありがとうございます。"
    footer = "このメールは送信専用のアドレスからお送りしています。ご返信いただいても、お答えできません。"
    brought = [f"■ {one.label}\n{one.value}" for one in matters]
    text = "\n\n".join([thanks, *opening, *brought, *closing, f"--------\n{footer}\n{site}"])
    parts = [
        *(_paragraph(one) for one in (thanks, *opening)),
        *(f"<p>{escape(one.label)}<br><strong>{_shown(one)}</strong></p>" for one in matters),
        *(_paragraph(one) for one in closing),
        f"<hr>{_paragraph(footer)}{_paragraph(site)}",
    ]
    html = (
        f'<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        "<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )
    return Letter(f"【{site}】{title}", text + "\n", html)


def spoken(moment: datetime, *, seconds: bool = False) -> str:
    """A moment by the clock in Japan: 2026年4月1日 18時05分."""
    local = moment.astimezone(JAPAN)
    clock = f"{local.hour}時{local.minute:02}分" + (f"{local.second:02}秒" if seconds else "")
    return f"{local.year}年{local.month}月{local.day}日 {clock}"


def _shown(matter: Matter) -> str:
    value = "<br>".join(map(escape, matter.value.splitlines()))
    return f'<a href="{value}">{value}</a>' if matter.is_link else value


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
