"""Two tabs, the back button, a double click, an old form: a page that makes sense, and nothing done twice."""

from __future__ import annotations

import pytest

from chassis.hashing import Hashing
from contracts.phone import AuthUnit
from tests.gateway.browser import Page
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, PASSWORD, TEMPORARY

OTHER = "umi5kaze"
CHANGE = {"present": TEMPORARY, "new": PASSWORD, "again": PASSWORD}


def before_the_change(site):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser()
    browser.log_in(CONTRACT, TEMPORARY)
    return browser


def test_a_forced_change_sent_twice_by_a_double_click_arrives_at_the_service_selection(site):
    """The browser drops the first answer, cookies and all, and waits for the second."""
    browser = before_the_change(site)
    form, jar = browser.shown, dict(browser.client._cookies)
    assert browser.send("/login/password", form, **CHANGE).headers["Location"] == "/services"
    browser.client._cookies = jar
    page = browser.post("/login/password", **CHANGE)
    assert page.path == "/services"
    assert "パスワードを変更しました" in page.text
    assert site.browser().log_in(CONTRACT, PASSWORD).path == "/services"


@pytest.mark.parametrize("moment", ["verify", "hash"])
@pytest.mark.parametrize("forced", [True, False])
def test_two_clicks_that_are_worked_on_at_once_both_arrive_with_the_session_that_goes_on(
    site, monkeypatch, moment, forced
):
    """The twin is accepted while auth compares or hashes for this one; the browser waits for this one's answer."""
    browser = before_the_change(site) if forced else site.logged_in()
    path = "/login/password" if forced else "/password"
    change = CHANGE if forced else {"present": PASSWORD, "new": OTHER, "again": OTHER}
    form = browser.get(path)
    twin = site.browser(browser.client.application)
    twin.client._cookies = dict(browser.client._cookies)
    original, sent = getattr(Hashing, moment), []

    def and_meanwhile(self, *args):
        result = original(self, *args)
        if not sent:
            sent.append(True)
            twin.send(path, form, **change)
        return result

    monkeypatch.setattr(Hashing, moment, and_meanwhile)
    browser.send(path, form, **change)
    page = browser.get("/services")
    assert page.path == "/services"
    assert site.browser().log_in(CONTRACT, change["new"]).path == "/services"


def test_a_forced_change_sent_again_after_it_was_done_leads_to_the_service_selection(site):
    browser = before_the_change(site)
    form = browser.shown
    browser.change_password(TEMPORARY, PASSWORD)
    assert browser.send("/login/password", form, **CHANGE).headers["Location"] == "/services"


def test_the_former_token_with_a_form_of_ones_own_opens_nothing_after_the_change(site):
    """Who has stolen the token, but not the form that was sent, does not get into the renewed session."""
    browser = before_the_change(site)
    thief = site.browser(browser.client.application)
    thief.client._cookies = dict(browser.client._cookies)
    thief.get("/login/password")
    browser.change_password(TEMPORARY, PASSWORD)
    assert thief.post("/login/password", **CHANGE).path.startswith("/timed-out")
    assert thief.get("/services").path == "/login"


def test_the_own_change_sent_twice_is_said_to_be_done(site):
    browser = site.logged_in()
    form, jar = browser.get("/password"), dict(browser.client._cookies)
    change = {"present": PASSWORD, "new": OTHER, "again": OTHER}
    browser.send("/password", form, **change)
    browser.client._cookies = jar
    assert browser.post("/password", **change).path == "/password/done"


def test_an_administrators_change_sent_twice_is_said_to_be_done_and_counts_no_mismatch(office):
    administrator = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    number = "0311110007"
    office.set_temporary(number, AuthUnit.ADMIN_USER, caller=OFFICE)
    form = administrator.choose(number)
    path = form.path
    change = {"present": TEMPORARY, "new": PASSWORD, "again": PASSWORD}
    for _ in range(12):
        response = administrator.send(path, form, **change)
        assert response.headers["Location"] == "/password/done"
    assert office.browser().log_in(number, PASSWORD).path == "/services"


def test_a_login_sent_twice_arrives_where_the_login_stands(site):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser()
    form = browser.get("/login")
    fields = {"number": CONTRACT, "password": TEMPORARY}
    jar = dict(browser.client._cookies)
    browser.send("/login", form, **fields)
    assert browser.send("/login", form, **fields).headers["Location"] == "/login/password"  # cookies already new
    browser.client._cookies = jar
    assert browser.post("/login", **fields).path == "/login/password"  # cookies lost with the first answer


def test_a_login_form_from_before_somebody_else_logged_in_does_not_lead_to_their_pages(site):
    browser = site.browser()
    old = browser.get("/login")
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser.log_in(CONTRACT, TEMPORARY)
    page = Page(browser.send("/login", old, number=ADDITIONAL, password=PASSWORD), "/login")
    assert (page.status, page.heading) == (403, "別の電話番号でログインしています")
    assert browser.post("/logout").path == "/logged-out"


def test_a_form_opened_before_another_tab_logged_in_anew_says_to_open_it_again(site):
    browser = site.logged_in()
    old = browser.get("/password")
    browser.get("/services")
    browser.post("/logout")
    browser.log_in(CONTRACT, PASSWORD)
    page = Page(browser.send("/password", old, present=PASSWORD, new=OTHER, again=OTHER), "/password")
    assert (page.status, page.heading) == (403, "画面を開き直してください")
    assert "入力した内容は送られていません" in page.text
    assert site.browser().log_in(CONTRACT, PASSWORD).path == "/services"


def test_a_form_without_cookies_says_so(site):
    browser = site.browser()
    form = browser.get("/login")
    browser.client._cookies = {}
    page = Page(browser.send("/login", form, number=CONTRACT, password="x"), "/login")
    assert page.status == 403
    assert "Cookieを許可してください" in page.text


def test_the_back_button_after_logging_out_shows_nothing_private(site):
    browser = site.logged_in()
    browser.get("/services")
    browser.post("/logout")
    assert browser.get("/services").path == "/login"


def test_a_new_login_in_the_same_browser_ends_the_former_one(site):
    browser = site.logged_in()
    former = dict(browser.client._cookies)
    again = site.browser(browser.client.application)
    form = again.get("/login")
    again.client._cookies = {**former, **dict(again.client._cookies)}
    again.send("/login", form, number=CONTRACT, password=PASSWORD)
    again.client._cookies = former
    assert again.get("/services").path.startswith("/timed-out")


def test_a_form_sent_after_the_login_ended_leads_to_the_page_that_says_why(site):
    browser = site.logged_in()
    browser.get("/password")
    site.later(minutes=31)
    page = browser.change_password(PASSWORD, OTHER)
    assert page.path == "/timed-out?cause=idle"
    assert "しばらく操作がなかったため" in page.text
    assert "送る前の入力内容は残っていません" in page.text
