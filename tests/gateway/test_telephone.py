"""The demo's telephone: the same dialogue as a platform leads, by script and by plain forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contracts.audit import AuditApi
from contracts.base import HistoryQuery
from contracts.otp.api import OtpApi
from contracts.tempcred import Collect
from gateway.app import create_app
from gateway.pages.telephone import as_written, is_secret
from gateway.services import Services
from tests.gateway.browser import Browser
from tests.services.tempcred.site import ADDITIONAL, CONTRACT, Site, example_site

PASSWORD = "20260401"
ENV = {
    "HIKARI_KEY": "ab" * 32,
    "HIKARI_IVR_TOKEN": "the telephone platform's own token",
    "HIKARI_OPS_TOKEN": "the only token of the operators here",
    "HIKARI_DEMO": "on",
}


@pytest.fixture
def telephones(tmp_path: Path) -> Iterator[Site]:
    with example_site(tmp_path) as opened:
        yield opened


def browser_of(site: Site, **env: str) -> Browser:
    app = create_app({**ENV, **env})
    client = FlaskClient(app, app.response_class, use_cookies=True)
    services = Services(site.auth, site.tempcred, cast(AuditApi, None), cast(OtpApi, None))
    client.environ_base.update({"hikari.services": services})  # type: ignore[dict-item]  # as the container does
    return Browser(client)


@pytest.fixture
def browser(telephones: Site) -> Browser:
    return browser_of(telephones)


class Script:
    """Sends what js/telephone.js sends."""

    def __init__(self, browser: Browser) -> None:
        self.client = browser.client
        self.token = browser.get("/telephone").form("/telephone")["csrf_token"]

    def send(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self.client.open(path, method=method, json=body, headers={"X-CSRFToken": self.token})

    def dial(self, caller: str = CONTRACT) -> Any:
        answer = self.send("POST", "/telephone/calls", {"caller": caller})
        assert answer.status_code == 201
        return answer.get_json()

    def key(self, turn: Any, digits: str) -> Any:
        answer = self.send("POST", f"/telephone/calls/{turn['call_id']}", {"step": turn["step"], "digits": digits})
        assert answer.status_code == 200
        return answer.get_json()


@pytest.mark.rule("TEMP-12")
def test_the_page_names_the_number_to_dial_the_charge_and_the_tones(browser: Browser):
    page = browser.get("/telephone")
    assert page.heading == "電話機"
    for needed in ("03-6304-4747", "有料", "プッシュ信号"):
        assert needed in page.text


def test_without_the_demo_there_is_no_telephone(telephones: Site):
    assert browser_of(telephones, HIKARI_DEMO="off").get("/telephone").status == 404


@pytest.mark.rule("TEMP-2")
def test_the_script_leads_the_guides_dialogue_to_a_temporary_password_that_logs_in(browser: Browser, telephones: Site):
    script = Script(browser)
    turn = script.dial()
    assert set(turn) == {"call_id", "secret", "step", "say", "collect", "ended"}
    turn = script.key(turn, "2")
    assert (turn["collect"], turn["secret"]) == ({"digits": 12, "terminator": "#"}, False)
    turn = script.key(turn, ADDITIONAL + "#")
    assert "03-0000-2222番" in turn["say"]
    assert turn["secret"]
    turn = script.key(script.key(turn, PASSWORD), PASSWORD)
    assert turn["ended"]
    assert telephones.log_in(ADDITIONAL, PASSWORD)


@pytest.mark.rule("AUDIT-1")
def test_what_is_set_here_is_on_record_as_done_by_telephone(browser: Browser, telephones: Site):
    script = Script(browser)
    turn = script.dial()
    for digits in ("1", PASSWORD, PASSWORD):
        turn = script.key(turn, digits)
    (event,) = telephones.tempcred.history(HistoryQuery()).events
    assert event.data["channel"] == "ivr"


@pytest.mark.rule("TEMP-6")
def test_hanging_up_ends_the_call(browser: Browser, telephones: Site):
    script = Script(browser)
    turn = script.key(script.key(script.dial(), "1"), PASSWORD)
    assert script.send("DELETE", f"/telephone/calls/{turn['call_id']}").status_code == 204
    assert script.key(turn, PASSWORD)["ended"]
    assert telephones.published() == []


def test_what_is_no_phone_number_cannot_be_dialled_from(browser: Browser):
    assert Script(browser).send("POST", "/telephone/calls", {"caller": "12"}).status_code == 422


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("POST", "/a"), ("DELETE", "/a")])
def test_another_sites_script_has_no_telephone(browser: Browser, method: str, path: str):
    script = Script(browser)
    script.token = "guessed"
    answer = script.send(method, f"/telephone/calls{path}", {"caller": CONTRACT, "step": 1, "digits": ""})
    assert answer.status_code == 403


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize("call_id", ["platform-call", "telephone-1", "telephone-" + "0" * 32])
def test_calls_of_a_platform_are_out_of_its_reach(browser: Browser, call_id: str):
    script = Script(browser)
    assert script.send("DELETE", f"/telephone/calls/{call_id}").status_code == 404
    answer = script.send("POST", f"/telephone/calls/{call_id}", {"step": 1, "digits": ""})
    assert answer.status_code == 404


@pytest.mark.rule("TEMP-2")
def test_without_scripts_the_dialogue_goes_turn_by_turn(browser: Browser, telephones: Site):
    browser.get("/telephone")
    page = browser.post("/telephone", caller="03-0000-1111")
    assert "回線単位は1" in page.text
    browser.post("/telephone", digits="1", action="key")
    assert browser.shown.one("input", name="digits").get("type") == "password"
    browser.post("/telephone", digits=PASSWORD, action="key")
    page = browser.post("/telephone", digits=PASSWORD, action="key")
    assert "03-0000-1111番の仮パスワードの設定が完了しました" in page.text
    assert page.all("input", name="digits") == []
    assert telephones.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-6")
def test_without_scripts_one_can_hang_up_and_stay_silent(browser: Browser, telephones: Site):
    browser.get("/telephone")
    browser.post("/telephone", caller=CONTRACT)
    assert "確認できませんでした" in browser.post("/telephone", digits="", action="key").text
    assert "通話は終わりました" in browser.post("/telephone", digits="", action="hang-up").text
    assert telephones.published() == []


@pytest.mark.rule("TEMP-11")
def test_without_scripts_a_form_sent_twice_is_one_turn(browser: Browser):
    browser.get("/telephone")
    form = browser.post("/telephone", caller=CONTRACT)
    answers = [browser.send("/telephone", form, digits="9", action="key") for _ in range(3)]
    assert len({_said(answer) for answer in answers}) == 1


def _said(answer: TestResponse) -> str:
    html = answer.get_data(as_text=True)
    return html[html.index("phone__line--voice") :].split("</p>")[0] + html.split('name="step" value="')[1][:2]


def test_without_scripts_a_wrong_caller_is_said_beside_the_field(browser: Browser):
    browser.get("/telephone")
    page = browser.post("/telephone", caller="12")
    assert page.status == 422
    assert page.faults["caller"]


@pytest.mark.parametrize("step", ["", "x", "-1", "１"])
def test_a_form_that_was_tampered_with_is_refused(browser: Browser, step: str):
    browser.get("/telephone")
    browser.post("/telephone", caller=CONTRACT)
    assert browser.post("/telephone", step=step, digits="1", action="key").status == 400


def test_numbers_are_shown_as_they_are_written():
    assert as_written("0 3、0 0 0 0、1 1 1 1番を、1 2 3と2回") == "03-0000-1111番を、1 2 3と2回"


def test_only_eight_digits_without_an_end_sign_are_hidden():
    assert is_secret(Collect(digits=8))
    assert not is_secret(Collect(digits=12, terminator="#"))
    assert not is_secret(Collect(digits=1))
    assert not is_secret(None)
