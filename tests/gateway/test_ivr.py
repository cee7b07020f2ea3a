"""The telephone platform's interface, with the real tempcred and auth behind it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contracts.audit import AuditApi
from contracts.base import Busy, HistoryQuery, Unavailable
from contracts.otp.api import OtpApi
from contracts.tempcred import StartCall
from gateway.app import create_app
from gateway.services import Services
from tests.services.tempcred.site import CONTRACT, Site, example_site

DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "telephone-platforms.md"
TOKEN = "platform-token-for-tests-of-turns"
ENV = {"HIKARI_KEY": "k" * 32, "HIKARI_IVR_TOKEN": TOKEN, "HIKARI_OPS_TOKEN": "o" * 32}
PASSWORD = "20260401"


class Platform:
    """A telephone platform with its token."""

    def __init__(self, client: FlaskClient, services: Services) -> None:
        self.client = client
        self.services = services
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        options.setdefault("headers", self.headers)
        if body is not None:
            options["json"] = body
        environ = {"hikari.services": self.services}
        return self.client.open(path, method=method, environ_overrides=environ, **options)

    def start(self, call_id: str = "a", caller: str | None = CONTRACT) -> TestResponse:
        return self.send("POST", "/ivr/calls", {"call_id": call_id, "caller": caller})

    def enter(self, step: Any, digits: Any, call_id: str = "a") -> TestResponse:
        return self.send("POST", f"/ivr/calls/{call_id}", {"step": step, "digits": digits})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with example_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def platform(site: Site) -> Platform:
    services = Services(auth=site.auth, tempcred=site.tempcred, audit=cast(AuditApi, None), otp=cast(OtpApi, None))
    app = create_app(ENV)
    return Platform(FlaskClient(app, app.response_class, use_cookies=False), services)


@pytest.mark.rule("TEMP-2")
def test_the_guides_dialogue_turn_by_turn(platform: Platform, site: Site):
    answers = [platform.start(), platform.enter(1, "1"), platform.enter(2, PASSWORD), platform.enter(3, PASSWORD)]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200]
    assert answers[0].headers["Location"] == "/ivr/calls/a"
    turns = [answer.get_json() for answer in answers]
    assert all(set(turn) == {"step", "say", "collect", "ended"} for turn in turns)
    assert [turn["step"] for turn in turns] == [1, 2, 3, 4]
    assert [turn["collect"] for turn in turns] == [
        {"digits": 1, "terminator": None},
        {"digits": 8, "terminator": None},
        {"digits": 8, "terminator": None},
        None,
    ]
    assert [turn["ended"] for turn in turns] == [False, False, False, True]
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-2")
def test_the_number_is_collected_up_to_the_hash(platform: Platform):
    platform.start()
    assert platform.enter(1, "2").get_json()["collect"] == {"digits": 12, "terminator": "#"}
    assert platform.enter(2, "0300002222#").get_json()["collect"] == {"digits": 8, "terminator": None}


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize(
    "authorization", [None, "", TOKEN, "Bearer", f"Bearer {TOKEN}x", "Bearer é", f"Basic {TOKEN}", f"bearer  {TOKEN}"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/ivr/calls"), ("POST", "/ivr/calls/a"), ("DELETE", "/ivr/calls/a")]
)
def test_nobody_without_the_token_is_listened_to(platform: Platform, authorization: str | None, method: str, path: str):
    platform.start()
    headers = {} if authorization is None else {"Authorization": authorization.encode().decode("latin-1")}
    answer = platform.send(method, path, {"call_id": "b", "caller": CONTRACT}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "error" in answer.get_json()
    assert platform.enter(1, "1").status_code == 200  # the call was not hung up


@pytest.mark.rule("TEMP-11")
def test_whoever_tries_tokens_has_to_wait_and_nobody_else(platform: Platform):
    def ask(token: str, address: str) -> TestResponse:
        options = {"headers": {"Authorization": f"Bearer {token}"}, "environ_base": {"REMOTE_ADDR": address}}
        return platform.send("POST", "/ivr/calls", {"call_id": "a", "caller": CONTRACT}, **options)

    guesses = [ask(f"guess-{number}", "192.0.2.66").status_code for number in range(21)]
    assert guesses == [401] * 20 + [429]
    waiting = ask(TOKEN, "192.0.2.66")  # else every guess would be answered
    assert (waiting.status_code, waiting.mimetype) == (429, "application/json")
    assert 0 < int(waiting.headers["Retry-After"]) <= 60
    assert ask(TOKEN, "192.0.2.7").status_code == 201


def test_the_call_in_the_documents_is_answered_as_they_say(platform: Platform):
    told = DOCUMENTED.read_text(encoding="utf-8").partition("## JSON turns")[2]
    (first,) = re.findall(r"```json\n(.*?)```", told, re.DOTALL)
    keyed = re.findall(r"^turn /\$call '(.*)'$", told, re.MULTILINE)
    assert platform.start().get_json() == json.loads(first)
    turns = [platform.send("POST", "/ivr/calls/a", json.loads(one)).get_json() for one in keyed]
    assert [(turn["step"], turn["ended"]) for turn in turns] == [(2, False), (3, False), (4, True)]


@pytest.mark.rule("TEMP-11")
def test_a_repeated_step_is_answered_the_same(platform: Platform):
    assert platform.start().get_json() == platform.start().get_json()
    assert platform.enter(1, "9").get_json() == platform.enter(1, "9").get_json()


@pytest.mark.rule("TEMP-11")
def test_a_step_out_of_turn_is_refused_with_the_expected_one(platform: Platform):
    platform.start()
    answer = platform.enter(2, "1")
    assert (answer.status_code, answer.get_json()["expected"]) == (409, 1)


def test_a_call_id_of_another_call_is_refused(platform: Platform):
    platform.start()
    assert platform.start(caller="0300002222").status_code == 409


@pytest.mark.rule("TEMP-6")
def test_hanging_up_ends_the_call(platform: Platform, site: Site):
    platform.start()
    platform.enter(1, "1")
    platform.enter(2, PASSWORD)
    for _ in range(2):
        assert platform.send("DELETE", "/ivr/calls/a").status_code == 204
    assert platform.enter(3, PASSWORD).get_json()["ended"]
    assert site.published() == []


def test_an_unknown_call_is_not_found(platform: Platform):
    assert platform.enter(1, "1").status_code == 404
    assert platform.send("DELETE", "/ivr/calls/a").status_code == 404


@pytest.mark.rule("TEMP-1")
@pytest.mark.parametrize("caller", [None, "", "anonymous", "0455550000"])
def test_a_withheld_or_unknown_caller_is_told_so_and_the_call_ends(platform: Platform, caller: str | None):
    answer = platform.start(caller=caller)
    assert (answer.status_code, answer.get_json()["ended"]) == (201, True)


SECRET = "98765432"


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ivr/calls", {"call_id": "a"}),
        ("/ivr/calls", {"caller": CONTRACT}),
        ("/ivr/calls", {"call_id": "a b", "caller": CONTRACT}),
        ("/ivr/calls", {"call_id": "", "caller": CONTRACT}),
        ("/ivr/calls", {"call_id": "a/b", "caller": CONTRACT}),
        ("/ivr/calls", {"call_id": "x" * 201, "caller": CONTRACT}),
        ("/ivr/calls", {"call_id": 5, "caller": CONTRACT}),
        ("/ivr/calls", {"call_id": "a", "caller": 300001111}),
        ("/ivr/calls", {"call_id": "a", "caller": "0" * 65}),
        ("/ivr/calls/a", {"digits": SECRET}),
        ("/ivr/calls/a", {"step": "1", "digits": SECRET}),
        ("/ivr/calls/a", {"step": True, "digits": SECRET}),
        ("/ivr/calls/a", {"step": 0, "digits": SECRET}),
        ("/ivr/calls/a", {"step": 10**30, "digits": SECRET}),
        ("/ivr/calls/a", {"step": 1}),
        ("/ivr/calls/a", {"step": 1, "digits": int(SECRET)}),
        ("/ivr/calls/a", {"step": 1, "digits": SECRET + "x"}),
        ("/ivr/calls/a", {"step": 1, "digits": SECRET * 5}),
        ("/ivr/calls/a", [SECRET]),
        ("/ivr/calls/a", SECRET),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_do_not_repeat_it(platform: Platform, path: str, body: Any):
    answer = platform.send("POST", path, body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 4000])
def test_what_is_no_json_is_refused(platform: Platform, data: bytes):
    assert platform.send("POST", "/ivr/calls", data=data).status_code == 400


def test_a_body_that_is_too_large_is_refused_before_it_is_read(platform: Platform):
    answer = platform.send("POST", "/ivr/calls", data=json.dumps({"call_id": "a", "caller": "0" * 5000}))
    assert answer.status_code == 413
    assert "error" in answer.get_json()


def test_unknown_members_are_passed_over(platform: Platform):
    assert platform.send("POST", "/ivr/calls", {"call_id": "a", "caller": CONTRACT, "trunk": 7}).status_code == 201


class Failing:
    """Stands where tempcred stands, and fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def start_call(self, request: StartCall) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(Unavailable("auth"), 503, "2"), (Busy(retry_after=3), 503, "3"), (RuntimeError(SECRET), 500, None)],
)
def test_a_service_that_is_away_is_said_with_a_time_to_come_back(
    platform: Platform, error: Exception, status: int, retry_after: str | None
):
    failing = cast(Any, Failing(error))
    platform.services = replace(platform.services, tempcred=failing)
    answer = platform.start()
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry_after)
    assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.rule("AUDIT-1")
def test_what_was_set_is_on_record_as_done_by_telephone(platform: Platform, site: Site):
    for step, digits in enumerate(["", "1", PASSWORD, PASSWORD]):
        platform.enter(step, digits) if step else platform.start()
    (event,) = site.tempcred.history(HistoryQuery()).events
    assert (event.data["channel"], event.data["actor"]["number"]) == ("ivr", CONTRACT)


@pytest.mark.rule("AUDIT-2")
def test_nothing_that_is_keyed_is_logged(platform: Platform, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    platform.start()
    for step, digits in enumerate(["1", PASSWORD, PASSWORD, PASSWORD], start=1):
        platform.enter(step, digits)
    assert PASSWORD not in caplog.text
