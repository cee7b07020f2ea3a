"""Mail, over a real conversation with a mail server that is up, down, slow, or refuses."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest
from pydantic import ValidationError

from chassis.mail_server import MailServer
from contracts.otp.common import MailState
from services.otp.application import Otp
from services.otp.config import OtpConfig
from tests.services.otp.conftest import MovableClock
from tests.services.otp.mail_server import Postbox
from tests.services.otp.people import ADDRESS, CODE, NEW_ADDRESS, Person


@pytest.fixture
def waiting(person: Person) -> Person:
    """With a link that is on its way."""
    person.choose()
    person.register()
    return person


def rows(otp: Otp) -> list[tuple[str, str | None, bool]]:
    found = otp.store.rows("SELECT state, reason, content FROM outbox ORDER BY written_at, kind")
    return [(row["state"], row["reason"], row["content"] is None) for row in found]


def link_state(person: Person) -> MailState:
    link = person.standing().link
    assert link is not None
    return link.mail


@pytest.mark.rule("OTP-2", "OTP-3")
def test_the_link_mail_says_in_japanese_what_to_do_in_text_and_in_html(waiting: Person) -> None:
    waiting.otp.send_mail()
    (mail,) = waiting.postbox.mails
    assert mail.message["Subject"] == "【ひかり電話設定サイト】メールアドレスの本登録のお願い"
    for text in (mail.text(), mail.text("html")):
        assert "メールアドレスの本登録お手続きURL" in text
        assert "2026年4月2日 18時00分（仮登録から24時間）" in text
        assert "******1111" in text
        assert "0300001111" not in text
        assert re.search(r"https://settings\.example/otp/links/[\w-]{43}\b", text)


@pytest.mark.rule("OTP-6")
def test_the_code_is_in_the_body_and_not_in_the_subject(person: Person) -> None:
    person.settle()
    mail = person.postbox.mails[-1]
    code = person.newest_mail(CODE)[1]
    assert mail.message["Subject"] == "【ひかり電話設定サイト】ワンタイムパスワードのお知らせ"
    assert code in mail.text("html")
    assert "2026年4月1日 18時05分00秒（発行から300秒）" in mail.text()


@pytest.mark.rule("OTP-2")
def test_headers_are_those_of_a_mail_that_a_machine_sends_and_everything_is_ascii(waiting: Person) -> None:
    waiting.otp.send_mail()
    (mail,) = waiting.postbox.mails
    assert mail.content.isascii()
    assert re.search(rb"^Subject: =\?utf-8\?", mail.content, re.MULTILINE)
    raw = message_from_bytes(mail.content)
    assert re.fullmatch(r"<[0-9a-f]{32}@hikari\.example>", raw["Message-ID"])
    assert raw["Auto-Submitted"] == "auto-generated"
    assert raw["Content-Language"] == "ja"
    assert raw["To"] == ADDRESS
    assert mail.message["From"].addresses[0].addr_spec == "noreply@hikari.example"
    assert mail.message["From"].addresses[0].display_name == "ひかり電話設定サイト"
    assert parsedate_to_datetime(raw["Date"]) == datetime.fromisoformat("2026-04-01T09:00:00+00:00")
    assert raw.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in raw.get_payload()] == ["text/plain", "text/html"]  # type: ignore[union-attr]
    assert max(map(len, mail.content.splitlines())) <= 78


@pytest.mark.rule("OTP-2", "OTP-6")
def test_mail_waits_for_a_server_that_is_down_with_growing_pauses_and_goes_out_when_it_is_back(
    waiting: Person, postbox: Postbox, clock: MovableClock
) -> None:
    postbox.stop()
    for pause in (2, 4, 8, 16, 32, 60, 60):
        assert waiting.otp.send_mail() is False
        assert link_state(waiting) is MailState.ON_ITS_WAY
        clock.forward(seconds=pause - 1)
        row = waiting.otp.store.row("SELECT tries FROM outbox")
        waiting.otp.send_mail()
        assert waiting.otp.store.row("SELECT tries FROM outbox") == row, "not before its time"
        clock.forward(seconds=1)
    back = Postbox()
    back.port = postbox.port
    back.start()
    try:
        waiting.otp.send_mail()
    finally:
        back.stop()
    assert [mail.recipient for mail in back.mails] == [ADDRESS]
    assert link_state(waiting) is MailState.SENT


@pytest.mark.rule("OTP-6")
def test_mail_survives_the_process_that_was_to_send_it(waiting: Person, new_otp: Callable[..., Otp]) -> None:
    waiting.otp.close()
    new_otp().send_mail()
    assert [mail.recipient for mail in waiting.postbox.mails] == [ADDRESS]


@pytest.mark.rule("OTP-6")
def test_who_dies_between_sending_and_noting_it_leaves_the_same_mail_to_the_next(
    waiting: Person, new_otp: Callable[..., Otp], clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(waiting.otp.outbox, "_conclude", die)
    with pytest.raises(Killed):
        waiting.otp.send_mail()
    other = new_otp()
    other.send_mail()
    assert len(waiting.postbox.mails) == 1, "for a minute it belongs to whoever took it"
    clock.forward(seconds=60)
    other.send_mail()
    first, second = waiting.postbox.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.content == second.content
    assert rows(other) == [("sent", None, True)]


@pytest.mark.rule("OTP-6")
def test_a_server_that_does_not_answer_in_time_costs_one_try_and_no_more(
    waiting: Person, new_otp: Callable[..., Otp], clock: MovableClock
) -> None:
    hurried = new_otp(mail_seconds=0.05)
    waiting.postbox.hold = 0.5
    assert hurried.send_mail() is False
    assert rows(hurried) == [("on_its_way", "SMTPServerDisconnected", False)]
    waiting.postbox.hold = 0
    clock.forward(seconds=2)
    waiting.otp.send_mail()
    assert link_state(waiting) is MailState.SENT


@pytest.mark.rule("OTP-6")
def test_a_server_that_takes_connections_and_says_nothing_is_given_up_in_time(
    waiting: Person, new_otp: Callable[..., Otp]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        otp = new_otp(mail_seconds=0.05, smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        assert otp.send_mail() is False
    assert [(state, wiped) for state, _, wiped in rows(otp)] == [("on_its_way", False)]


@pytest.mark.rule("OTP-2")
def test_a_refused_recipient_is_recorded_as_failed_and_the_others_get_theirs(
    waiting: Person, otp: Otp, postbox: Postbox
) -> None:
    other = Person(otp, postbox, number="0300002222")
    other.choose()
    other.register(NEW_ADDRESS)
    postbox.answers_rcpt = lambda recipient: "550 no such user here" if recipient == ADDRESS else "250 OK"
    otp.send_mail()
    assert link_state(waiting) is MailState.FAILED
    assert link_state(other) is MailState.SENT
    assert sorted(rows(otp)) == sorted([("failed", "refused with 550", True), ("sent", None, True)])
    assert postbox.conversations == 1
    waiting.register(NEW_ADDRESS)
    otp.send_mail()
    assert link_state(waiting) is MailState.SENT


@pytest.mark.rule("OTP-2")
@pytest.mark.parametrize(
    ("step", "answer", "state"),
    [
        ("answers_rcpt", "450 greylisted, come again", MailState.ON_ITS_WAY),
        ("answers_data", "451 not now", MailState.ON_ITS_WAY),
        ("answers_data", "554 looks like spam", MailState.FAILED),
    ],
)
def test_what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not(
    waiting: Person, clock: MovableClock, step: str, answer: str, state: MailState
) -> None:
    setattr(waiting.postbox, step, lambda _recipient: answer)
    waiting.otp.send_mail()
    assert link_state(waiting) is state
    setattr(waiting.postbox, step, lambda _recipient: "250 OK")
    clock.forward(seconds=2)
    waiting.otp.send_mail()
    assert len(waiting.postbox.mails) == (state is MailState.ON_ITS_WAY)


@pytest.mark.rule("OTP-6")
def test_a_code_that_is_too_old_or_taken_back_does_not_go_out_any_more(person: Person, clock: MovableClock) -> None:
    person.settle()
    person.log_in()
    sent = len(person.postbox.mails)
    person.request()
    person.request()
    person.otp.send_mail()
    assert len(person.postbox.mails) == sent + 1, "the first was superseded before it went out"
    person.request()
    clock.forward(seconds=300)
    person.otp.send_mail()
    assert len(person.postbox.mails) == sent + 1
    assert {row["reason"] for row in person.otp.store.rows("SELECT reason FROM outbox WHERE state = 'failed'")} == {
        "withdrawn",
        "too late",
    }
    assert person.otp.store.rows("SELECT 1 AS kept FROM outbox WHERE content IS NOT NULL") == []


@pytest.mark.rule("OTP-6")
def test_two_processes_send_each_mail_once(waiting: Person, new_otp: Callable[..., Otp]) -> None:
    other = new_otp()
    hand_over = MailServer.conversation
    seen: list[int] = []

    def meanwhile(server: MailServer, greeting: str, seconds: float) -> object:
        if not seen:
            seen.append(1)
            other.send_mail()
        return hand_over(server, greeting, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MailServer, "conversation", meanwhile)
        waiting.otp.send_mail()
    assert len(waiting.postbox.mails) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # here on purpose
def test_the_mail_server_is_logged_in_to_where_a_user_is_named(person: Person, new_otp: Callable[..., Otp]) -> None:
    person.postbox.wants_login = True
    person.choose()
    person.register()
    person.otp.send_mail()
    assert person.postbox.mails == []
    address = f"127.0.0.1:{person.postbox.port}"
    person.otp.store.execute("UPDATE outbox SET due_at = 0", {})
    new_otp(smtp_url=f"smtp://hikari:wrong@{address}").send_mail()
    assert person.postbox.mails == []
    assert link_state(person) is MailState.ON_ITS_WAY
    person.otp.store.execute("UPDATE outbox SET due_at = 0", {})
    new_otp(smtp_url=f"smtp://hikari:right%2Fword@{address}").send_mail()
    assert len(person.postbox.mails) == 1
    assert person.postbox.logins[-1] == "hikari:right/word"


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "user"),
    [
        ("smtp://mail.example", "smtp", "mail.example", 25, None),
        ("smtp+starttls://u:p@mail.example", "smtp+starttls", "mail.example", 587, "u"),
        ("smtps://u%40x:p%3A@mail.example:2465", "smtps", "mail.example", 2465, "u@x"),
    ],
)
def test_mail_server_addresses_are_read(url: str, scheme: str, host: str, port: int, user: str | None) -> None:
    server = MailServer.parse(url)
    assert (server.scheme, server.host, server.port, server.user) == (scheme, host, port, user)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("smtp_url", "mail.example:25"),
        ("smtp_url", "http://mail.example"),
        ("smtp_url", "smtp://user@mail.example"),
        ("smtp_url", "smtp://u:topsecret@mail.example:port"),
        ("mail_from", "nobody"),
        ("base_url", "settings.example"),
        ("base_url", "https://settings.example/below"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(setting: str, value: str) -> None:
    good = {
        "database_url": "sqlite:///x",
        "key": b"k" * 32,
        "pepper": "p" * 32,
        "base_url": "https://settings.example",
        "smtp_url": "smtp://mail.example",
        "mail_from": "設定サイト <noreply@mail.example>",
    }
    assert OtpConfig.model_validate(good).sender == ("設定サイト", "noreply@mail.example")
    with pytest.raises(ValidationError) as wrong:
        OtpConfig.model_validate({**good, setting: value})
    (error,) = wrong.value.errors()
    assert error["loc"] == (setting,)
    assert "topsecret" not in str(wrong.value)
