"""The mail of the demo, read in the browser."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage

import pytest

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


@pytest.mark.rule("OTP-2")
def test_a_link_to_the_site_can_be_opened_from_the_mailbox_and_no_other(site, tmp_path):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "site@settings.example", "hanako@example.jp", "本登録"
    letter.set_content("URL\nhttp://localhost/otp/links/abc_-9\nhttp://elsewhere.example/otp/links/abc\n")
    mailbox.Maildir(tmp_path / "mail", create=True).add(letter)
    app = site.app(HIKARI_DEMO="on", HIKARI_MAILBOX=str(tmp_path / "mail"), HIKARI_BASE_URL="http://localhost")
    page = site.browser(app).get("/mailbox")
    (letter_text,) = page.all("p", class_="letter__text")
    assert [link.get("href") for link in letter_text.iter("a")] == ["/otp/links/abc_-9"]
    assert "http://elsewhere.example/otp/links/abc" in text(letter_text)
