"""The mailed link, in whatever browser it is opened (OTP-2, OTP-3, PAGE 9)."""

from __future__ import annotations

import logging

import pytest

from chassis.http import NOTES
from contracts.base import Unavailable
from contracts.phone import AuthUnit
from gateway.service import build_site
from tests.gateway.browser import Browser
from tests.gateway.conftest import ADDITIONAL, CONTRACT, ENV, LINK, PASSWORD
from tests.gateway.otp_steps import REGISTRATION, at_choice, choose, open_link, register


@pytest.fixture
def waiting(otp_site) -> Browser:
    """At 8, with the mail delivered."""
    browser = at_choice(otp_site)
    choose(browser)
    register(browser)
    return browser


@pytest.mark.rule("OTP-3")
def test_fetching_the_link_completes_nothing_however_often_and_the_page_has_a_button(otp_site, waiting):
    link = otp_site.newest_mail(LINK)
    scanner = otp_site.browser()
    for _ in range(3):
        assert scanner.client.head(link, base_url="http://localhost").status_code == 200
        page = scanner.get(link)
    assert "y***@mail.example" in page.text
    (form,) = [form for form in page.all("form") if form.get("action") == link]
    assert form.get("data-self-post") is not None
    assert "use_link" not in otp_site.asked
    assert waiting.get("/otp/sent").path == "/otp/sent"


@pytest.mark.rule("OTP-2")
def test_in_the_browser_that_is_logging_in_the_page_goes_on_to_send(otp_site, waiting):
    page = open_link(otp_site, waiting)
    assert page.path == "/otp/registered"
    assert [form.get("action") for form in page.one("main").iter("form")] == ["/otp/send"]


@pytest.mark.rule("OTP-2")
def test_elsewhere_it_says_to_log_in_and_the_other_browser_can_go_on(otp_site, waiting):
    phone = otp_site.browser()
    page = open_link(otp_site, phone)
    assert "もう一度ログインしてください" in page.text
    assert [link.get("href") for link in page.all("a", class_="button")] == ["/login"]
    assert waiting.get("/otp/sent").path == "/otp/send"


@pytest.mark.rule("OTP-2")
def test_in_a_later_login_of_the_number_that_login_goes_on(otp_site, waiting):
    link = otp_site.newest_mail(LINK)
    later = otp_site.browser(waiting.client.application)
    later.log_in(CONTRACT, PASSWORD)
    later.get(link)
    page = later.post(link)
    assert "このままログインの手続きを続けられます" in page.text
    assert later.get(str(page.one("a", class_="button").get("href"))).path == "/otp/send"


@pytest.mark.rule("OTP-2")
def test_in_the_browser_of_another_number_it_says_with_which_to_log_in(otp_site):
    browser = at_choice(otp_site, unit=AuthUnit.NUMBER)
    choose(browser)
    register(browser)
    link = otp_site.newest_mail(LINK)
    otp_site.set_temporary(ADDITIONAL, AuthUnit.NUMBER, caller=CONTRACT)
    neighbour = otp_site.logged_in(ADDITIONAL, AuthUnit.NUMBER)
    neighbour.get(link)
    assert "仮登録をした電話番号で、もう一度ログインしてください" in neighbour.post(link).text


def test_sent_twice_by_script_and_click_it_is_used_once_and_says_so_twice(otp_site, waiting):
    link = otp_site.newest_mail(LINK)
    form = waiting.get(link)
    assert waiting.send(link, form).headers["Location"] == "/otp/registered"
    assert waiting.send(link, form).headers["Location"] == "/otp/registered"
    assert "本登録が完了しました" in waiting.get("/otp/registered").text


def test_opened_again_the_page_of_success_leads_to_where_the_login_stands(otp_site, waiting):
    open_link(otp_site, waiting)
    assert waiting.get("/otp/registered").path == "/otp/send"
    assert otp_site.browser().get("/otp/registered").path == "/login"


class TestALinkThatLeadsNowhere:
    @pytest.mark.rule("OTP-3")
    def test_was_used(self, otp_site, waiting):
        link = otp_site.newest_mail(LINK)
        open_link(otp_site, waiting)
        page = waiting.get(link)
        assert "本登録は完了しています" in page.text
        assert waiting.get("/otp/waiting").path == "/otp/send"
        assert [link.get("href") for link in page.all("a", class_="button")] == ["/otp/waiting"]

    @pytest.mark.rule("OTP-3")
    def test_is_voided_by_a_newer_one(self, otp_site, waiting):
        older = otp_site.newest_mail(LINK)
        waiting.get(REGISTRATION)
        register(waiting)
        assert "新しいメールのURLを開いてください" in waiting.get(older).text
        assert open_link(otp_site, waiting).path == "/otp/registered"

    @pytest.mark.rule("OTP-2", "OTP-3")
    def test_is_24_hours_old(self, otp_site, waiting):
        link = otp_site.newest_mail(LINK)
        form = waiting.get(link)
        otp_site.later(hours=24)
        answer = waiting.send(link, form)
        assert answer.headers["Location"] == link
        assert "仮登録からやり直してください" in otp_site.browser().get(link).text

    @pytest.mark.rule("OTP-3")
    def test_was_withdrawn_by_choosing_otherwise(self, otp_site, waiting):
        link = otp_site.newest_mail(LINK)
        waiting.get("/otp/choice")
        choose(waiting, "not_used")
        waiting.post("/otp/choice/confirmation")
        assert "登録が取り消されています" in waiting.get(link).text

    @pytest.mark.rule("OTP-3")
    def test_is_no_link_of_ours(self, otp_site):
        page = otp_site.browser().get("/otp/links/" + "x" * 43)
        assert (page.status, "URLの全体を開いてください" in page.text) == (404, True)


@pytest.mark.rule("AUDIT-2")
def test_the_token_is_in_no_log_and_is_sent_on_to_nobody(otp_site, waiting, caplog):
    caplog.set_level(logging.DEBUG)
    link = otp_site.newest_mail(LINK)
    token = link.rsplit("/", 1)[1]
    page = waiting.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert token not in waiting.post(link).html
    otp_site.failing = lambda procedure: Unavailable("otp") if procedure == "look_at_link" else None
    assert waiting.get(link).status == 503
    otp_site.failing = lambda procedure: ValueError("broken") if procedure == "look_at_link" else None
    assert waiting.get(link).status == 500
    assert token not in caplog.text
    assert not any(token in str(record.__dict__) for record in caplog.records)


@pytest.mark.rule("AUDIT-2")
def test_logs_and_statistics_are_told_the_pattern_of_the_path_and_not_the_token(otp_site):
    browser = otp_site.browser(build_site(ENV))
    notes: dict[str, str] = {}
    browser.client.environ_base |= {NOTES: notes}
    browser.get("/otp/links/" + "x" * 43)
    assert notes["route"] == "/otp/links/<token>"


def test_while_auth_is_away_nobody_who_is_logging_in_is_told_to_log_in_again(otp_site, waiting):
    link = otp_site.newest_mail(LINK)
    form = waiting.get(link)
    otp_site.failing = lambda procedure: Unavailable("auth") if procedure == "session" else None
    assert waiting.send(link, form).status_code == 503
    otp_site.failing = lambda _procedure: None
    assert waiting.send(link, form).headers["Location"] == "/otp/registered"
    otp_site.failing = lambda procedure: Unavailable("auth") if procedure == "session" else None
    assert waiting.get("/otp/registered").status == 503
    otp_site.failing = lambda _procedure: None
    assert "ワンタイムパスワードを送信" in waiting.get("/otp/registered").text
