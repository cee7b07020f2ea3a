"""Logging in: from the top page to the service selection (LOGIN, PAGES 1–3, 15)."""

from __future__ import annotations

import pytest

from contracts.phone import AuthUnit
from tests.gateway.conftest import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY

WRONG = "電話番号またはパスワードが違うか"


def test_the_top_page_leads_to_the_login(browser):
    page = browser.get("/")
    assert page.heading == "ひかり電話設定サイト"
    assert [link.get("href") for link in page.all("a", class_="button button--large")] == ["/login"]


@pytest.mark.rule("LOGIN-1")
def test_the_login_page_has_the_guides_labels(browser):
    page = browser.get("/login")
    assert page.heading == "ログイン"
    assert [label.text for label in page.all("label")] == ["電話番号（ハイフンなし）", "パスワード"]
    assert page.one("input", id="number").get("autocomplete") == "username"
    assert page.one("input", id="password").get("autocomplete") == "current-password"


@pytest.mark.rule("LOGIN-5")
def test_a_temporary_password_leads_to_the_forced_change_and_then_to_the_service_selection(site, browser):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    page = browser.log_in(CONTRACT, TEMPORARY)
    assert (page.path, page.heading) == ("/login/password", "パスワード変更")
    page = browser.change_password(TEMPORARY, PASSWORD)
    assert (page.path, page.heading) == ("/services", "サービス選択")
    assert "パスワードを変更しました" in page.text


@pytest.mark.rule("LOGIN-1")
@pytest.mark.parametrize(
    "typed", ["０３００００１１１１", "03-0000-1111", " +81 3 0000 1111 ", "０３－００００ー１１１１"]
)
def test_a_number_may_be_spelt_in_any_way(site, browser, typed):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    assert browser.log_in(typed, TEMPORARY).path == "/login/password"


@pytest.mark.rule("LOGIN-1")
@pytest.mark.parametrize("typed", [f" {TEMPORARY}", f"{TEMPORARY} ", "２０２６０４０１"])
def test_a_password_is_compared_as_typed(site, browser, typed):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    assert WRONG in browser.log_in(CONTRACT, typed).text


@pytest.mark.rule("LOGIN-3")
def test_whatever_was_wrong_the_answer_is_the_same(site):
    """Headers and page, byte by byte; what is random in them is left out."""
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    answers = set()
    for number, password in {
        CONTRACT: "wrong",
        "0399999999": TEMPORARY,  # nobody's
        ADDITIONAL: TEMPORARY,  # void, and not allowed to log in
    }.items():
        browser = site.browser()
        browser.get("/login")
        response = browser.send("/login", browser.shown, number=number, password=password)
        kept = {name for name, _ in response.headers}
        page = browser.get("/login")
        assert page.faults == {}
        shown = page.text
        answers.add((response.status_code, response.headers["Location"], response.data, frozenset(kept), shown))
    assert len(answers) == 1
    assert WRONG in answers.pop()[-1]


@pytest.mark.rule("LOGIN-3")
@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("tsuki8hosi", ""),  # passwords, where the number should be
        ("20260401", ""),
        ("１２３４ ５６７８", ""),
        ("*20260401*", ""),
        ("o300001111", ""),
        ("03-0000-111", "03-0000-111"),  # a digit is missing
        ("+81 3 0000 1111 1", "+81 3 0000 1111 1"),
        ("０３００００１１１１", "０３００００１１１１"),
    ],
)
def test_what_was_typed_for_a_number_is_kept_only_if_it_can_be_no_password(browser, typed, shown):
    browser.get("/login")
    answer = browser.send("/login", browser.shown, number=typed, password="x")
    assert answer.status_code == 303
    with browser.client.session_transaction(base_url="http://localhost") as kept:
        assert typed == shown or typed not in str(dict(kept))
    page = browser.get("/login")
    assert page.one("input", name="number").get("value", "") == shown


def test_a_password_is_never_shown_again_but_the_number_is(browser):
    page = browser.log_in("03-0000-1111", "not the password")
    assert page.one("input", id="number").get("value") == "03-0000-1111"
    assert page.one("input", id="password").get("value") is None
    assert "not the password" not in page.html
    assert page.title.startswith("エラー：")


def test_faults_of_the_form_are_told_beside_the_fields_before_anyone_is_asked(site, browser):
    browser.get("/login")
    site.asked.clear()
    page = browser.post("/login", number="12345", password="")
    assert page.faults == {
        "number": ["電話番号の形になっていません。市外局番から、0で始まる10桁または11桁で入力してください。"],
        "password": ["パスワードを入力してください。"],
    }
    assert [link.get("href") for link in page.one("div", id="error-summary").iter("a")] == ["#number", "#password"]
    assert "log_in" not in site.asked


def test_reloading_after_a_fault_sends_nothing_and_shows_a_clean_form(browser):
    browser.log_in(CONTRACT, "wrong")
    page = browser.get("/login")
    assert not page.title.startswith("エラー")


@pytest.mark.rule("TEMP-12")
@pytest.mark.parametrize("path", ["/", "/login", "/help/temporary-password", "/help/login", "/timed-out?cause=locked"])
def test_pages_that_send_people_to_the_telephone_say_what_they_need(browser, path):
    page = browser.get(path)
    assert "03-6304-4747（有料）" in page.text
    assert "プッシュ信号" in page.text
    assert "通話料がかかります" in page.text


def test_the_number_to_dial_is_configuration(site):
    page = site.browser(site.app(HIKARI_SETTING_NUMBER="0120444444")).get("/login")
    assert "0120-444-444" in page.text


@pytest.mark.rule("LOGIN-7")
@pytest.mark.parametrize("path", ["/", "/login", "/services", "/services/call-notification", "/password", "/unit"])
def test_before_the_forced_change_nothing_else_opens(site, browser, path):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser.log_in(CONTRACT, TEMPORARY)
    assert browser.get(path).path == "/login/password"


@pytest.mark.rule("MENU-1")
def test_before_the_login_is_complete_only_logging_out_works(site, browser):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    page = browser.log_in(CONTRACT, TEMPORARY)
    assert page.menu == ["サービス選択", "パスワード変更", "認証単位変更", "ログアウト"]
    assert not page.all("a", class_="menu__entry")
    assert "ログアウト以外は、ログインが完了するとお使いになれます" in page.text
    assert browser.post("/logout").heading == "ログアウト"


@pytest.mark.rule("LOGIN-5")
def test_an_expired_password_must_be_changed(site):
    site.logged_in()
    site.later(days=181)
    page = site.browser().log_in(CONTRACT, PASSWORD)
    assert page.path == "/login/password"
    assert "有効期限が切れています" in page.text


def test_whoever_is_logged_in_is_led_from_the_login_page_to_the_service_selection(site):
    browser = site.logged_in()
    assert browser.get("/login").path == "/services"
    assert browser.get("/login/password").path == "/services"
    assert browser.get("/.well-known/change-password").path == "/password"
    assert "サービス選択へ" in browser.get("/").text


def test_a_stranger_is_led_to_the_login(browser):
    for path in ("/services", "/password", "/unit", "/login/password", "/services/call-notification"):
        assert browser.get(path).path == "/login"
