"""How a login ends: by oneself, by time, from elsewhere (LOGIN-8, LOGIN-9, LOGIN-11, PAGE 30)."""

from __future__ import annotations

import pytest

from contracts.auth.logins import SessionCause
from contracts.phone import AuthUnit
from gateway.pages.timed_out import ENDINGS
from tests.gateway.conftest import CONTRACT, PASSWORD


@pytest.mark.rule("LOGIN-11")
def test_logging_out_ends_the_login_and_says_to_close_the_browser(site):
    browser = site.logged_in()
    page = browser.post("/logout")
    assert (page.path, page.heading) == ("/logged-out", "ログアウト")
    assert "ブラウザを閉じてください" in page.text
    assert browser.cookies == {}
    assert browser.get("/services").path == "/login"


@pytest.mark.rule("LOGIN-11")
def test_nobody_is_told_to_be_logged_out_who_is_not(site):
    browser = site.logged_in()
    assert browser.get("/logged-out").path == "/services"
    browser.post("/logout")
    assert browser.get("/logged-out").heading == "ログアウト"


@pytest.mark.rule("LOGIN-11")
def test_a_link_cannot_log_anyone_out(site):
    browser = site.logged_in()
    assert browser.get("/logout").status == 405
    assert browser.get("/services").path == "/services"


def test_logging_out_twice_is_no_failure(site):
    browser = site.logged_in()
    form, jar = browser.get("/services"), dict(browser.client._cookies)
    browser.send("/logout", form)
    browser.client._cookies = jar
    assert browser.post("/logout").path == "/logged-out"


@pytest.mark.rule("LOGIN-8")
def test_every_page_of_a_login_knows_when_to_warn_and_when_it_is_over(site):
    page = site.logged_in().get("/services")
    dialog = page.one("dialog")
    assert int(dialog.get("data-seconds-left", "")) == 30 * 60
    assert int(dialog.get("data-warn-seconds", "")) == 120
    assert page.all("meta", http_equiv="refresh")[0].get("content") == "1805; url=/timed-out"


def test_a_stranger_gets_neither_warning_nor_refresh(browser):
    page = browser.get("/login")
    assert not page.all("dialog")
    assert not page.all("meta", http_equiv="refresh")


@pytest.mark.rule("LOGIN-8")
def test_asking_how_long_the_login_lasts_is_no_activity_and_staying_is(site):
    browser = site.logged_in()
    page = browser.get("/services")
    site.later(minutes=29)
    assert browser.client.get("/session/remaining").json == {"seconds_left": 60}
    site.later(seconds=30)
    assert browser.client.get("/session/remaining").json == {"seconds_left": 30}
    stay = {"data": page.form("/session/stay"), "headers": {"Accept": "application/json"}}
    assert browser.client.post("/session/stay", **stay).json == {"seconds_left": 1800}
    site.later(minutes=31)
    assert browser.client.get("/session/remaining").json == {"seconds_left": 0}
    assert browser.client.post("/session/stay", **stay).json == {"seconds_left": 0}


@pytest.mark.rule("LOGIN-8")
def test_staying_works_as_a_plain_form_too(site):
    browser = site.logged_in()
    browser.get("/services")
    assert browser.post("/session/stay").path == "/services"
    site.later(minutes=31)
    assert browser.post("/session/stay").path == "/timed-out"


@pytest.mark.rule("LOGIN-8")
def test_a_forgotten_page_that_refreshes_itself_keeps_nothing_alive(site):
    browser = site.logged_in()
    for _ in range(3):
        site.later(minutes=10)
        page = browser.get("/timed-out")
    assert "しばらく操作がなかったため" in page.text
    assert browser.get("/services").path == "/login"


@pytest.mark.rule("LOGIN-8")
def test_the_end_of_one_page_is_not_the_end_of_another_tab_that_is_used(site):
    browser = site.logged_in()
    site.later(minutes=29)
    browser.get("/services")
    site.later(minutes=2)
    page = browser.get("/timed-out")
    assert page.heading == "ログインは続いています"
    assert browser.get(str(page.one("a", class_="button").get("href"))).path == "/services"


@pytest.mark.rule("LOGIN-9")
def test_a_new_temporary_password_ends_the_login_and_the_page_says_so(site):
    browser = site.logged_in()
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    page = browser.get("/services")
    assert page.path == "/timed-out?cause=temporary_set"
    assert "新しい仮パスワードが設定されました" in page.text
    assert "hikari_session" not in browser.cookies


@pytest.mark.rule("LOGIN-9")
def test_a_password_changed_elsewhere_ends_the_login(site):
    browser = site.logged_in()
    elsewhere = site.browser()
    elsewhere.log_in(CONTRACT, PASSWORD)
    elsewhere.get("/password")
    elsewhere.change_password(PASSWORD, "umi5kaze")
    assert browser.get("/services").path == "/timed-out?cause=password_set"


def test_every_cause_has_its_words_and_an_invented_one_is_no_failure(browser):
    assert {cause.value for cause in SessionCause} <= set(ENDINGS)
    for cause in (*ENDINGS, "invented", ""):
        assert browser.get(f"/timed-out?cause={cause}").status == 200
