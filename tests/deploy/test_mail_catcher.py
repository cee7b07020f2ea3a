from __future__ import annotations

import mailbox
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).parent
KEPT = 150


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], smtplib.SMTP]]:
    """A process with green threads that catches mail, and a conversation with it."""
    command = [sys.executable, "-W", "ignore", str(HERE / "catcher_process.py")]
    command += [str(tmp_path / "mailbox"), str(KEPT), str(tmp_path / "enough")]
    paths = {"PYTHONPATH": str(HERE.parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=paths) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        try:
            with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=20) as smtp:
                yield process, smtp
        finally:
            process.kill()


def letter(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "site@hikari.example"
    message["To"] = "yamada@example.jp"
    message["Subject"] = f"お知らせ {number}"
    message.set_content(f"{number}通目\n.\n点で始まる行\n")
    return message


def text_of(message: Message) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_two_hundred_mails_arrive_whole_and_the_newest_are_kept(
    catcher: tuple[subprocess.Popen[str], smtplib.SMTP], tmp_path: Path
) -> None:
    process, smtp = catcher
    for number in range(200):
        smtp.send_message(letter(number))
    box = mailbox.Maildir(tmp_path / "mailbox", factory=None)
    bodies = sorted(text_of(message) for message in box)
    assert bodies == sorted(f"{number}通目\n.\n点で始まる行\n" for number in range(200 - KEPT, 200))
    assert {message["Delivered-To"] for message in box} == {"yamada@example.jp"}
    (tmp_path / "enough").touch()
    out, _ = process.communicate(timeout=20)
    assert float(out) < 0.2  # seconds of one: waiting costs nothing
    assert process.returncode == 0


def test_a_mail_that_is_too_large_is_refused(catcher: tuple[subprocess.Popen[str], smtplib.SMTP]) -> None:
    _, smtp = catcher
    with pytest.raises(smtplib.SMTPException):
        smtp.sendmail("site@hikari.example", ["yamada@example.jp"], b"x\r\n" * 1_000_000)
