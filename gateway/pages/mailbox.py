"""The mail that the embedded mode has caught, to read in the browser. Demo only."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from gateway.config import GatewayConfig

NEWEST = 100
"""Letters on the page at most."""


@dataclass(frozen=True)
class Letter:
    """One caught mail, as text."""

    key: str
    sender: str
    recipient: str
    subject: str
    date: str
    text: str

    def parts(self, site: str) -> Iterator[tuple[str, str | None]]:
        """The text piece by piece; with an address of the site's own, where it leads on the site."""
        end = 0
        for found in re.finditer(re.escape(site) + r"(/[!-~]*)", self.text):
            yield self.text[end : found.start()], None
            yield found[0], found[1]
            end = found.end()
        yield self.text[end:], None


def letters(folder: Path) -> list[Letter]:
    """What the Maildir holds, newest first."""
    if not folder.is_dir():
        return []
    caught = mailbox.Maildir(folder, create=True)
    newest = sorted(caught.keys(), reverse=True)[:NEWEST]
    return [_read(key, caught.get_bytes(key)) for key in newest]


def _read(key: str, raw: bytes) -> Letter:
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    return Letter(
        key=key,
        sender=str(message["from"] or ""),
        recipient=str(message["to"] or message["x-rcptto"] or ""),
        subject=str(message["subject"] or "（件名なし）"),
        date=str(message["date"] or ""),
        text=body.get_content() if body else "",
    )


def blueprint(config: GatewayConfig) -> Blueprint:
    """The mailbox's page; without a folder it holds nothing."""
    pages = Blueprint("mailbox", __name__)

    @pages.get("/mailbox")
    def show() -> str | Response:
        if config.mailbox is None:
            abort(404)
        return render_template("pages/mailbox.html", letters=letters(config.mailbox), site=config.base_url)

    return pages
