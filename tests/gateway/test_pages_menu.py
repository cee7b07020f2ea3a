"""The frame, the service selection, the features, the unit (MENU, UNIT-7, PAGES 15, 20)."""

from __future__ import annotations

import pytest

from contracts.phone import AuthUnit
from gateway.pages.help import DEMO_TOPICS, FEATURE_TOPICS, TOPICS
from gateway.words import UNITS
from tests.gateway.browser import text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, OFFICE_SIZE


@pytest.mark.rule("MENU-1")
def test_the_menu_of_a_completed_login(site):
    page = site.logged_in().get("/services")
    assert page.menu == [
        "サービス選択",
        "パスワード変更",
        "認証単位変更",
        "ワンタイムパスワード利用選択変更",
        "ログアウト",
    ]
    entries = [link.get("href") for link in page.all("a", class_="menu__entry")]
    assert entries == ["/services", "/password", "/unit", "/otp/use"]
    assert text(page.one("a", aria_current="page")) == "サービス選択"


@pytest.mark.rule("MENU-2")
@pytest.mark.parametrize("unit", AuthUnit)
@pytest.mark.parametrize("path", ["/services", "/password", "/unit", "/services/call-notification", "/help/login"])
def test_every_page_shows_the_number_the_unit_and_help(site, unit, path):
    page = site.logged_in(unit=unit).get(path)
    target = page.one("section", class_="target")
    assert "03-0000-1111" in text(target)
    assert UNITS[unit] in text(target)
    assert page.one("a", class_="header__help").get("href", "").startswith("/help/")


@pytest.mark.rule("MENU-3")
@pytest.mark.rule("LINE-2")
def test_the_service_selection_has_the_contracted_features_of_the_whole_line(site):
    page = site.logged_in(unit=AuthUnit.LINE).get("/services")
    assert [card.get("href") for card in page.all("a", class_="card")] == [
        "/services/call-notification",
        "/services/fax-notification",
    ]
    assert "着信お知らせメール" in page.text
    assert "電話番号 2件" in page.text


@pytest.mark.rule("LINE-3")
def test_with_a_login_by_number_there_are_only_its_own_features(site):
    page = site.logged_in(CONTRACT, AuthUnit.NUMBER).get("/services")
    assert [card.get("href") for card in page.all("a", class_="card")] == ["/services/call-notification"]
    assert "件" not in text(page.one("main"))  # a number of its own needs no count


@pytest.mark.rule("MENU-3")
def test_a_features_page_lists_its_numbers_and_has_its_own_help(site):
    page = site.logged_in().get("/services/call-notification")
    assert page.heading == "着信お知らせメール"
    assert [row.text for row in page.all("span", class_="row__main number")] == ["03-0000-1111", "03-0000-2222"]
    assert "ほかにご契約の付加サービス：FAXお知らせメール" in page.text
    assert page.one("a", class_="header__help").get("href") == "/help/call-notification"


@pytest.mark.rule("MENU-2")
@pytest.mark.parametrize("path", ["/services/call-notification", "/password/numbers"])
def test_the_frame_names_the_number_of_the_page_too_where_it_is_another_than_one_works_for(site, path):
    browser = site.logged_in(CONTRACT, AuthUnit.ADMIN_USER)
    page = browser.choose(CONTRACT, path)
    assert "この画面の電話番号" not in page.text
    page = browser.choose(ADDITIONAL, path)
    assert [text(one) for one in page.one("dl", class_="target__list")] == [
        "電話番号03-0000-1111",
        "この画面の電話番号03-0000-2222",
        "認証単位管理者／ユーザ単位",
    ]


@pytest.mark.rule("MENU-3")
@pytest.mark.parametrize("path", ["/services/call-forwarding", "/services/nothing", "/services/CALL_NOTIFICATION"])
def test_what_is_not_contracted_has_no_page(site, path):
    assert site.logged_in().get(path).status == 404


def test_a_long_list_is_paged(office):
    browser = office.logged_in(OFFICE, caller=OFFICE)
    page = browser.get("/services/call-notification")
    assert f"電話番号 {OFFICE_SIZE}件" in page.text
    assert len(page.all("a", class_="row row--link")) == 50
    assert "契約番号" in text(page.all("a", class_="row row--link")[0])
    (link,) = page.all("a", rel="next")
    page = browser.get(str(link.get("href")))
    assert len(page.all("a", class_="row row--link")) == OFFICE_SIZE - 50
    assert not page.all("a", rel="next")
    assert page.all("a", rel="prev")


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "7"])
def test_a_page_that_is_none_is_no_failure(site, page):
    assert site.logged_in().get(f"/services/call-notification?page={page}").status == 200


@pytest.mark.rule("UNIT-7")
def test_a_user_under_an_administrator_has_no_way_to_the_unit(site):
    browser = site.logged_in(ADDITIONAL, AuthUnit.ADMIN_USER, caller=CONTRACT)
    assert browser.get("/services").menu == [
        "サービス選択",
        "パスワード変更",
        "ワンタイムパスワード利用選択変更",
        "ログアウト",
    ]
    assert browser.get("/unit").status == 403


@pytest.mark.parametrize("topic", [*TOPICS, *FEATURE_TOPICS, *DEMO_TOPICS])
def test_every_topic_of_help_is_there_for_strangers_and_in_the_middle_of_a_login(site, browser, topic):
    assert browser.get(f"/help/{topic}").status == 200
    browser = site.logged_in()
    assert browser.get(f"/help/{topic}").path == f"/help/{topic}"
    assert "設定対象番号" in browser.shown.text


def test_help_opens_in_a_tab_of_its_own_so_that_a_form_stays(browser):
    link = browser.get("/login").one("a", class_="header__help")
    assert link.get("target") == "_blank"
    assert link.get("rel") == "noopener"


def test_the_list_of_help_has_every_topic(browser):
    links = {link.get("href") for link in browser.get("/help").all("a")}
    assert {f"/help/{topic}" for topic in (*TOPICS, *FEATURE_TOPICS)} <= links
    assert browser.get("/help/nothing").status == 404
    assert browser.get("/help/page").status == 404
