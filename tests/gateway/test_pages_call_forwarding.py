"""ボイスワープ in the browser without scripts (FEAT-3, FEAT-6)."""

from __future__ import annotations

import pytest

from contracts.phone import Feature
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, Site

LIST = "/services/call-forwarding"
TARGET = "090-1234-5678"
FORM = {
    "on": "yes",
    "mode": "no_answer",
    "ring_seconds": "15",
    "slot_1": TARGET,
    "slot_2": "",
    "slot_3": "",
    "slot_4": "",
    "active": "1",
    "selection": "everyone",
    "forwarded": "",
    "ringing": "",
}


@pytest.fixture
def browser(site: Site) -> Browser:
    """The person of the example line, both of whose numbers have contracted call forwarding."""
    both = {Feature.CALL_FORWARDING, Feature.FAX_NOTIFICATION}
    site.provision(CONTRACT, {CONTRACT: both, ADDITIONAL: both})
    return site.logged_in()


def opened(browser: Browser, number: str = CONTRACT) -> Page:
    return browser.choose(number, LIST)


def set_rules(browser: Browser, **fields: str) -> Page:
    return browser.post(browser.shown.path, **{**FORM, **fields})


def summary(page: Page) -> dict[str, str]:
    return {text(row[0]): text(row[1]) for row in page.one("dl", class_="summary")}


def said(page: Page) -> list[str]:
    return [text(one) for one in page.all("p", class_="notice__text")]


@pytest.mark.rule("FEAT-3", "MENU-3")
def test_a_number_shows_how_it_is_set_and_has_its_own_help(browser):
    page = opened(browser)
    assert page.heading == "ボイスワープ"
    assert summary(page)["転送"] == "転送しない"
    assert page.one("a", class_="header__help").get("href") == "/help/call-forwarding"
    assert "184、186" in browser.get("/help/call-forwarding").text


@pytest.mark.rule("FEAT-3")
def test_what_is_set_is_said_and_shown(browser):
    opened(browser)
    page = set_rules(browser, slot_2="０３ー００００ー２２２２", forwarded="03-1234-5678\n0398765432")
    assert said(page) == ["設定しました。15秒呼び出しても応答がない電話を、090-1234-5678 に転送します。"]
    shown = summary(page)
    assert (shown["転送"], shown["呼び出す秒数"]) == ("転送する", "15秒")
    assert (shown["転送先1"], shown["転送先2"], shown["転送先3"]) == (TARGET, "03-0000-2222", "なし")
    assert shown["転送する相手"] == "03-1234-5678、03-9876-5432"
    assert page.one("input", id="slot_2").get("value") == "03-0000-2222"


@pytest.mark.rule("FEAT-2", "FEAT-3")
def test_forwarding_and_fax_mail_each_say_at_once_that_the_other_is_in_the_way_and_lead_to_it(browser):
    page = opened(browser)
    forwarding, fax = page.path, page.path.replace("call-forwarding", "fax-notification")
    assert "同時には使えません" not in page.text
    browser.get(fax)
    browser.post(f"{fax}/addresses", address="yamada@mail.example")
    browser.post(fax, on="yes", when_full="refuse")
    page = browser.get(forwarding)
    assert said(page)[0] == (
        "この電話番号では、FAXお知らせメールを利用しています。"
        "ボイスワープと同時には使えません。FAXお知らせメールを「利用しない」にしてから、転送してください。"
    )
    assert page.one("a", href=fax) is not None
    page = set_rules(browser, on="no")
    assert said(page)[0].startswith("設定しました。"), "what does not forward can still be set"
    assert "同時には使えません" not in browser.get(fax).text, "the one that is on is in nobody's way here"
    browser.post(fax, on="no", when_full="refuse")
    assert "同時には使えません" not in browser.get(forwarding).text
    set_rules(browser)
    page = browser.get(fax)
    assert said(page)[0].startswith("この電話番号では、ボイスワープで転送しています。")
    assert text(page.one("a", href=forwarding)) == "ボイスワープの設定を開く"


@pytest.mark.rule("FEAT-3")
def test_every_fault_stands_beside_its_field_and_what_was_typed_stays(browser):
    opened(browser)
    page = set_rules(
        browser, ring_seconds="3", slot_1="110", slot_2="0570-012-345", selection="forward_listed", ringing="abc"
    )
    assert set(page.faults) == {"ringing"}
    page = set_rules(browser, ring_seconds="3", slot_1="110", slot_2="0570-012-345", selection="forward_listed")
    assert set(page.faults) == {"ring_seconds", "slot_1", "slot_2", "forwarded"}
    assert page.faults["ring_seconds"] == ["呼び出す秒数は、5から60までの数字で入力してください。"]
    assert "緊急通報" in page.faults["slot_1"][0]
    assert "ナビダイヤル" in page.faults["slot_2"][0]
    assert page.title.startswith("エラー：")
    assert page.one("input", id="slot_2").get("value") == "0570-012-345"
    assert summary(page)["転送"] == "転送しない"


@pytest.mark.rule("FEAT-3")
def test_an_empty_slot_in_use_is_named_where_the_number_is_missing(browser):
    opened(browser)
    assert set(set_rules(browser, active="3").faults) == {"slot_3"}


@pytest.mark.rule("FEAT-3")
def test_a_circle_is_refused_with_what_to_do(browser):
    opened(browser)
    set_rules(browser, slot_1=ADDITIONAL)
    opened(browser, ADDITIONAL)
    page = set_rules(browser, slot_1=CONTRACT)
    assert "戻ってきます" in page.faults["slot_1"][0]


@pytest.mark.rule("FEAT-6")
def test_an_earlier_state_comes_back_after_a_confirmation(browser):
    page = opened(browser)
    address = page.path
    set_rules(browser)
    set_rules(browser, on="no", slot_1="0312345678")
    page = browser.get(f"{address}/history")
    assert len(page.all("li", class_="change")) == 2
    page = browser.get(f"{address}/history/1")
    assert "転送先1" in page.text
    page = browser.post(f"{address}/history/1")
    assert summary(page)["転送先1"] == TARGET
    assert summary(page)["転送"] == "転送する"


@pytest.mark.rule("FEAT-3", "FEAT-6")
def test_a_state_that_leads_in_a_circle_by_now_is_not_restored_and_says_why(browser):
    address = opened(browser).path
    set_rules(browser, slot_1=ADDITIONAL)
    set_rules(browser, on="no", slot_1=ADDITIONAL)
    opened(browser, ADDITIONAL)
    set_rules(browser, slot_1=CONTRACT)
    browser.get(f"{address}/history/1")
    page = browser.post(f"{address}/history/1")
    assert "この状態には戻せません" in said(page)[0]
    assert "転送先1" in said(page)[0]


def test_a_double_click_sets_it_once(browser):
    page = opened(browser)
    for _ in range(2):
        browser.send(page.path, page, **FORM)
    assert len(browser.get(f"{page.path}/history").all("li", class_="change")) == 1


def test_two_people_at_once_overwrite_nothing_of_each_other(site, browser):
    page = opened(browser)
    browser.send(page.path, page, **FORM)
    shown = browser._arrive(browser.send(page.path, page, **{**FORM, "slot_1": "0312345678"}), page.path)
    assert "設定が変更されました" in said(shown)[-2]
    assert said(shown)[-1].startswith("まだ設定していない変更があります（転送先1）。")
    assert summary(shown)["転送先1"] == TARGET
    assert shown.one("input", id="slot_1").get("value") == "0312345678"
    shown = browser.post(shown.path, **{**FORM, "slot_1": "0312345678"})
    assert summary(shown)["転送先1"] == "03-1234-5678"


@pytest.mark.rule("MENU-3")
def test_a_number_that_has_the_feature_no_more_has_no_page(site, browser):
    address = opened(browser).path
    site.provision(CONTRACT, {CONTRACT: {Feature.FAX_NOTIFICATION}})
    assert browser.get(address).status == 404
