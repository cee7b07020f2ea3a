"""The dialogue over VoiceXML, driven by a small interpreter before the real tempcred and auth."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from lxml import etree

from contracts.audit import AuditApi
from contracts.auth.logins import InvalidCredentials
from contracts.base import HistoryQuery, Unavailable
from contracts.otp.api import OtpApi
from contracts.tempcred import Collect, StartCall, Turn
from gateway.app import create_app
from gateway.services import Services
from gateway.telephone_words import SORRY, WAIT
from gateway.vxml import number_in
from gateway.vxml_documents import MIMETYPE, Addresses, entrance, nothing_more, turn_of
from tests.gateway.voice_browser import DTD, HANG_UP, VoiceBrowser, checked
from tests.services.tempcred.site import ADDITIONAL, CONTRACT, Site, example_site

TOKEN = "platform-token-for-tests-of-turns"
ENV = {"HIKARI_KEY": "k" * 32, "HIKARI_IVR_TOKEN": TOKEN, "HIKARI_OPS_TOKEN": "o" * 32}
PASSWORD = "20260401"
OTHER = "11223344"
SIP = "sip:+81300001111@carrier.example;user=phone"


class Platform:
    """A VoiceXML platform with its token. `lost` requests reach the site, and their answers nobody."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tempcred: Any = site.tempcred
        app = create_app(ENV)
        self.client = FlaskClient(app, app.response_class, use_cookies=False)
        self.lost: set[int] = set()
        self.requests = 0

    def send(self, method: str, path: str, form: dict[str, str] | None = None, **options: Any) -> Any:
        options.setdefault("headers", {"Authorization": f"Bearer {TOKEN}"})
        services = Services(self.site.auth, self.tempcred, audit=cast(AuditApi, None), otp=cast(OtpApi, None))
        environ = {"hikari.services": services}
        return self.client.open(path, method=method, data=form, environ_overrides=environ, **options)

    def fetch(self, method: str, path: str, form: dict[str, str] | None) -> tuple[int, str, bytes]:
        self.requests += 1
        answer = self.send(method, path, form)
        if self.requests in self.lost:
            return 504, "text/plain", b""
        return answer.status_code, answer.mimetype, answer.get_data()

    def call(self, *keys: str, caller: str = SIP) -> VoiceBrowser:
        return VoiceBrowser(self.fetch, caller, keys).call()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with example_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def platform(site: Site) -> Platform:
    return Platform(site)


def nothing_was_set(site: Site) -> bool:
    return site.published() == []


@pytest.mark.rule("TEMP-2")
def test_a_whole_call_sets_a_temporary_password_that_logs_in(platform: Platform, site: Site):
    call = platform.call("1", PASSWORD, PASSWORD)
    assert call.hung_up
    assert "0 3、0 0 0 0、1 1 1 1番の仮パスワードを設定します。" in call.heard[1]
    assert "設定が完了しました" in call.heard[-1]
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-2")
@pytest.mark.parametrize("keyed", [f"{ADDITIONAL}#", ADDITIONAL])
def test_the_number_ends_with_the_hash_or_with_a_pause(platform: Platform, site: Site, keyed: str):
    platform.call("2", keyed, PASSWORD, PASSWORD)
    assert site.log_in(ADDITIONAL, PASSWORD)


def test_the_hash_after_eleven_digits_is_not_taken_for_the_next_entry(platform: Platform, site: Site):
    call = platform.call("2", "09012345678#", f"{ADDITIONAL}#", PASSWORD, PASSWORD)
    assert "正しくありません" in call.heard[2]
    assert site.log_in(ADDITIONAL, PASSWORD)


def test_who_knows_the_questions_keys_ahead(platform: Platform, site: Site):
    platform.call(f"1{PASSWORD}{PASSWORD}")
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("wrong", ["", "9", "*", "#"])
def test_silence_and_wrong_keys_alike_end_the_call_at_the_third(platform: Platform, site: Site, wrong: str):
    call = platform.call(wrong, wrong, wrong)
    assert call.hung_up
    assert "3回" in call.heard[-1]
    assert nothing_was_set(site)


@pytest.mark.rule("TEMP-5")
@pytest.mark.rule("TEMP-6")
def test_entries_that_are_too_short_or_differ_count_and_the_third_ends_the_call(platform: Platform, site: Site):
    call = platform.call("1", "1234", PASSWORD, OTHER, "12*45678")
    assert "正しくありません" in call.heard[2]
    assert "確認のため" in call.heard[3]
    assert "一致しません" in call.heard[4]
    assert "3回" in call.heard[-1]
    assert nothing_was_set(site)


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("keys", [(HANG_UP,), ("1", HANG_UP), ("1", PASSWORD, HANG_UP)])
def test_a_hang_up_before_the_second_entry_leaves_nothing(platform: Platform, site: Site, keys: tuple[str, ...]):
    call = platform.call(*keys)
    assert call.fetched[-1][1] == "/ivr/vxml/hangups"
    assert nothing_was_set(site)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, PASSWORD)
    rows = site.tempcred_application.rows("SELECT state FROM calls")
    assert [row["state"] for row in rows] == [None]  # nor is anything kept that was keyed


@pytest.mark.rule("TEMP-1")
@pytest.mark.parametrize("caller", ["sip:anonymous@anonymous.invalid", "tel:0455550000", "", "undefined"])
def test_a_withheld_or_unknown_caller_is_told_so_and_the_call_ends(platform: Platform, caller: str):
    call = platform.call(caller=caller)
    assert "仮パスワードを設定できません" in call.heard[-1]
    assert call.hung_up


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize(
    ("caller", "number"),
    [
        ("sip:+81300001111@carrier.example;user=phone", "+81300001111"),
        ("SIPS:0300001111@[2001:db8::1]:5061", "0300001111"),
        ("tel:+81-3-0000-1111;phone-context=example.com", "+81-3-0000-1111"),
        ("sip:%2B81300001111@carrier.example", "+81300001111"),
        (" 0300001111 ", "0300001111"),
        ("sip:carrier.example", "carrier.example"),
    ],
)
def test_the_callers_number_is_read_from_the_address_that_the_platform_asserts(caller: str, number: str):
    assert number_in(caller) == number


@pytest.mark.rule("TEMP-11")
def test_no_digit_stands_in_an_address(platform: Platform):
    call = platform.call("2", f"{ADDITIONAL}#", PASSWORD, PASSWORD)
    for method, path, form, _ in call.fetched[1:]:
        assert method == "POST"
        assert form
        assert not any(secret in path for secret in (PASSWORD, ADDITIONAL, CONTRACT))


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize("lost", [2, 3, 4, 5])
def test_a_turn_whose_answer_was_lost_is_asked_for_again_and_taken_once(platform: Platform, site: Site, lost: int):
    platform.lost = {lost}
    call = platform.call("1", PASSWORD, PASSWORD)
    assert call.heard.count(WAIT) == 1
    assert call.fetched[lost - 1][2] == call.fetched[lost][2]
    assert site.published() == [("Set", None)]
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-11")
def test_every_document_is_answered_again_word_for_word(platform: Platform):
    platform.call("9", "1", PASSWORD, PASSWORD)
    platform.fetch("POST", "/ivr/vxml/calls", {"call_id": "a", "caller": SIP})
    entries = ["9", "1", PASSWORD, PASSWORD]
    answers = []
    for step, digits in enumerate(entries, 1):
        answers.append(platform.fetch("POST", "/ivr/vxml/turns", {"call_id": "a", "step": str(step), "digits": digits}))
    for step, answer in enumerate(answers, 1):
        again = platform.fetch("POST", "/ivr/vxml/turns", {"call_id": "a", "step": str(step), "digits": "0"})
        assert again == answer


def test_a_site_that_stays_away_is_excused_after_four_tries_and_the_call_ends(platform: Platform, site: Site):
    platform.lost = {4, 5, 6, 7}
    call = platform.call("1", PASSWORD)
    assert call.heard[-4:] == [WAIT, WAIT, WAIT, SORRY]
    assert call.hung_up
    assert call.fetched[-1][1] == "/ivr/vxml/hangups"
    assert nothing_was_set(site)


def test_a_service_that_is_away_is_waited_for(platform: Platform, site: Site):
    class AwayOnce:
        def __init__(self) -> None:
            self.away = True

        def start_call(self, request: StartCall) -> Turn:
            if self.away:
                self.away = False
                raise Unavailable("auth")
            return site.tempcred.start_call(request)

        def __getattr__(self, name: str) -> Any:
            return getattr(site.tempcred, name)

    platform.tempcred = AwayOnce()
    call = platform.call("1", PASSWORD, PASSWORD)
    assert call.fetched[1][3] == 503
    assert call.heard[0] == WAIT
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-11")
def test_both_interfaces_lead_the_same_call(platform: Platform, site: Site):
    platform.send("POST", "/ivr/calls", json={"call_id": "both", "caller": CONTRACT})
    platform.send("POST", "/ivr/vxml/turns", {"call_id": "both", "step": "1", "digits": "1"})
    platform.send("POST", "/ivr/calls/both", json={"step": 2, "digits": PASSWORD})
    platform.send("POST", "/ivr/vxml/turns", {"call_id": "both", "step": "3", "digits": " ".join(PASSWORD)})
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize("authorization", [None, TOKEN, f"Bearer {TOKEN}x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/calls"), ("POST", "/turns"), ("POST", "/hangups")],
)
def test_nobody_without_the_token_is_listened_to(platform: Platform, authorization: str | None, method: str, path: str):
    headers = {} if authorization is None else {"Authorization": authorization}
    form = {"call_id": "a", "caller": SIP, "step": "1", "digits": "1"}
    answer = platform.send(method, f"/ivr/vxml{path}", form if method == "POST" else None, headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert site_calls(platform) == 0


def site_calls(platform: Platform) -> int:
    return len(platform.site.tempcred_application.rows("SELECT call_id FROM calls"))


@pytest.mark.rule("TEMP-11")
def test_whoever_tries_tokens_has_to_wait(platform: Platform):
    def ask(token: str) -> Any:
        return platform.send("GET", "/ivr/vxml", headers={"Authorization": f"Bearer {token}"})

    assert [ask(f"guess-{number}").status_code for number in range(21)] == [401] * 20 + [429]
    assert ask(TOKEN).status_code == 429


SECRET = "98765432"


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/calls", {"caller": SIP}),
        ("/calls", {"call_id": "a", "caller": "0" * 65}),
        ("/turns", {"call_id": "a", "digits": SECRET}),
        ("/turns", {"call_id": "a", "step": "one", "digits": SECRET}),
        ("/turns", {"call_id": "a", "step": "١", "digits": SECRET}),
        ("/turns", {"call_id": "a", "step": "1"}),
        ("/turns", {"call_id": "a", "step": "1", "digits": f"{SECRET}x"}),
        ("/turns", {"step": "1", "digits": SECRET}),
        ("/hangups", {}),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_do_not_repeat_it(
    platform: Platform, path: str, form: dict[str, str]
):
    answer = platform.send("POST", f"/ivr/vxml{path}", form)
    assert answer.status_code == 400
    assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.rule("TEMP-1")
def test_a_platform_that_knows_no_caller_leaves_it_out(platform: Platform):
    answer = platform.send("POST", "/ivr/vxml/calls", {"call_id": "a"})
    assert "仮パスワードを設定できません" in answer.get_data(as_text=True)


@pytest.mark.rule("TEMP-11")
def test_digits_in_the_address_are_not_read(platform: Platform):
    platform.send("POST", "/ivr/vxml/calls", {"call_id": "a", "caller": SIP})
    path = "/ivr/vxml/turns?call_id=a&step=1&digits=1"
    assert platform.send("POST", path).status_code == 400
    assert platform.send("GET", path).status_code == 405


def test_a_body_that_is_too_large_is_refused(platform: Platform):
    form = {"call_id": "a", "caller": "0" * 5000}
    assert platform.send("POST", "/ivr/vxml/calls", form).status_code == 413


def test_no_document_is_kept_by_a_cache_and_every_call_has_an_id_of_its_own(platform: Platform):
    first, second = (platform.send("GET", "/ivr/vxml") for _ in range(2))
    assert first.headers["Cache-Control"] == "no-store"
    assert first.get_data() != second.get_data()


@pytest.mark.rule("AUDIT-1")
def test_what_was_set_is_on_record_as_done_by_telephone(platform: Platform, site: Site):
    platform.call("1", PASSWORD, PASSWORD)
    (event,) = site.tempcred.history(HistoryQuery()).events
    assert (event.data["channel"], event.data["actor"]["number"]) == ("ivr", CONTRACT)


@pytest.mark.rule("AUDIT-2")
def test_nothing_that_is_keyed_is_logged(platform: Platform, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    platform.lost = {4}
    platform.call("2", f"{ADDITIONAL}#", PASSWORD, OTHER, PASSWORD, PASSWORD)
    assert not any(secret in caplog.text for secret in (PASSWORD, OTHER, ADDITIONAL))


AT = Addresses("/ivr/vxml/calls", "/ivr/vxml/turns", "/ivr/vxml/hangups")


def test_what_is_said_and_named_cannot_break_out_of_its_place():
    hostile = """'"></prompt><exit/>&\\"""
    document = checked(turn_of(hostile, Turn(step=1, say=hostile, collect=Collect(digits=1)), AT), MIMETYPE)
    (prompt, *_) = document.iter("{*}prompt")
    assert prompt.text == hostile
    browser = VoiceBrowser(lambda *_: (200, MIMETYPE, entrance(hostile, AT)), "", ())
    browser._load("GET", "/", None)
    assert browser.variables["call_id"] == hostile


@pytest.mark.parametrize("breach", [b"<exit/>", b"<form><question/></form>", b'<form scope="world"/>'])
def test_the_dtd_refuses_what_is_no_voicexml(breach: bytes):
    good = nothing_more()
    checked(good, MIMETYPE)
    bad = good.replace(b"</vxml>", breach + b"</vxml>")
    with pytest.raises(etree.DocumentInvalid):
        checked(bad, MIMETYPE)
    assert DTD.error_log


def test_an_entry_is_asked_for_with_the_platforms_own_means():
    document = checked(turn_of("a", Turn(step=2, say="?", collect=Collect(digits=12, terminator="#")), AT), MIMETYPE)
    properties = {one.get("name"): one.get("value") for one in document.iter("{*}property")}
    assert properties["termchar"] == "#"
    assert properties["termtimeout"] != "0s"
    assert [one.get("repeat") for one in document.iter("{*}item") if one.get("repeat")] == ["1-11", "1"]


def test_the_example_that_operators_are_shown_is_what_they_get():
    shown = (Path(__file__).parents[2] / "docs" / "telephone-platforms.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```xml\n(.*?)```", shown, re.DOTALL)
    (say,) = (one.text for one in etree.fromstring(example).iter("{*}prompt") if one.get("bargein") == "true")
    (call_id,) = re.findall(r"&quot;(vxml-\w+)&quot;", example)
    turn = Turn(step=2, say=str(say), collect=Collect(digits=12, terminator="#"))
    sent = turn_of(call_id, turn, AT).decode()
    assert ET.canonicalize(example, strip_text=True) == ET.canonicalize(sent, strip_text=True)
