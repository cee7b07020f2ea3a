"""The mail of the demo, read in the browser."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage

from tests.gateway.browser import text


def test_caught_mail_is_shown_newest_first_and_as_plain_text(site, tmp_path):
    folder = tmp_path / "mail"
    box = mailbox.Maildir(folder, create=True)
    for subject in ("お知らせ 1", "お知らせ 2 <script>alert(1)</script>"):
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "site@settings.example", "hanako@example.jp", subject
        letter.set_content("本文です。\n<b>太字ではありません</b>\n")
        box.add(letter)
    page = site.browser(site.app(HIKARI_DEMO="on", HIKARI_MAILBOX=str(folder))).get("/mailbox")
    subjects = [text(heading) for heading in page.all("h2", class_="letter__subject")]
    assert subjects == ["お知らせ 2 <script>alert(1)</script>", "お知らせ 1"]
    assert "<b>太字ではありません</b>" in page.text
    assert not page.all("b")
