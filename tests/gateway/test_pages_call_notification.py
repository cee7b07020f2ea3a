"""着信お知らせメール and the history of settings, in the browser without scripts (FEAT-1, FEAT-6, MENU-3)."""

from __future__ import annotations

import pytest

from contracts.base import Unavailable
from contracts.phone import AuthUnit, Feature
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, Site

LIST = "/services/call-notification"
CALLER = "09012345678"
ADDRESS = "yamada@mail.example"


def opened(site: Site, browser: Browser, number: str = CONTRACT) -> Page:
    """The settings page of a number of the line, chosen from the list."""
    return browser.choose(number, LIST)


def add(browser: Browser, address: str = ADDRESS, **typed: str | list[str]) -> Page:
    return browser.post(f"{browser.shown.path}/addresses", address=address, **typed)  # type: ignore[arg-type]


def chosen(page: Page) -> dict[str, list[str]]:
    """What the form on the page would send."""
    form = next(form for form in page.all("form") if form.get("action") == page.path)
    fields: dict[str, list[str]] = {}
    for field in form.iter("input"):
        if field.get("type") in {"radio", "checkbox"} and field.get("checked") is not None:
            fields.setdefault(str(field.get("name")), []).append(str(field.get("value")))
    fields |= {str(area.get("name")): [area.text or ""] for area in form.iter("textarea")}
    return fields


def set_rules(browser: Browser, **fields: str | list[str]) -> Page:
    page = browser.shown
    return browser.post(page.path, **{**chosen(page), **fields})  # type: ignore[arg-type]


def summary(page: Page) -> dict[str, str]:
    return {text(row[0]): text(row[1]) for row in page.one("dl", class_="summary")}


def said(page: Page) -> list[str]:
    return [text(one) for one in page.all("p", class_="notice__text")]


@pytest.fixture
def browser(site: Site) -> Browser:
    """The person of the example line, logged in for the whole line."""
    return site.logged_in()


def remove(browser: Browser, **typed: str | list[str]) -> Page:
    """The first address, by the button beside it."""
    page = browser.shown
    path = f"{page.path}/addresses/remove"
    first = page.all("button", formaction=path)[0]
    return browser.post(path, address_id=str(first.get("value")), **typed)  # type: ignore[arg-type]


@pytest.mark.rule("FEAT-1", "MENU-3")
def test_a_number_is_chosen_from_the_list_and_shows_how_it_is_set(site, browser):
    page = opened(site, browser)
    assert page.heading == "着信お知らせメール"
    assert "03-0000-1111" in text(page.one("p", class_="lead"))
    assert summary(page) == {
        "いまの動作": "お知らせメールはお送りしません。送信先のメールアドレスを追加してから「利用する」を選ぶと、お送りします。",
        "お知らせ": "利用しない",
        "送信先のメールアドレス": "なし",
        "お知らせする着信": "すべての着信",
        "相手による選別": "すべての相手からの着信",
        "選別する電話番号": "なし",
        "番号の通知がない着信": "お知らせする",
        "お知らせする時間帯": "いつでも",
    }
    assert page.one("a", class_="header__help").get("href") == "/help/call-notification"


@pytest.mark.rule("MENU-3", "LINE-3")
def test_whoever_has_one_number_with_the_feature_is_led_straight_to_it(site):
    browser = site.logged_in(CONTRACT, AuthUnit.NUMBER)
    page = browser.get(LIST)
    assert "03-0000-1111" in text(page.one("p", class_="lead"))


@pytest.mark.rule("MENU-3", "LINE-4")
def test_numbers_out_of_reach_and_features_not_contracted_have_no_page(site, browser):
    foreign = opened(site, browser).path
    other = opened(site, browser, ADDITIONAL).path
    stranger = site.logged_in(ADDITIONAL, AuthUnit.NUMBER, caller=CONTRACT)
    assert stranger.get(other).status == 200
    for path in (foreign, f"{foreign}/history", other.replace("call-notification", "fault-notification")):
        assert stranger.get(path).status == 404
    page = stranger.get(other)
    for path in (foreign, f"{foreign}/addresses", f"{foreign}/addresses/remove", f"{foreign}/history/0"):
        fields = {**page.form(other), "address": ADDRESS, "seen": "0"}
        assert stranger.client.post(path, data=fields, base_url="http://localhost").status_code == 404


@pytest.mark.rule("FEAT-1")
def test_addresses_are_added_and_removed_one_by_one(site, browser):
    opened(site, browser)
    page = add(browser)
    assert said(page) == [
        (
            "メールアドレスを追加しました。お知らせメールはお送りしません。"
            "「お知らせの条件」で「利用する」を選ぶと、登録した1件のメールアドレスにお送りします。"
        )
    ]
    page = add(browser, "suzuki@mail.example")
    assert [one.text for one in page.all("span", class_="row__main address__text")] == [ADDRESS, "suzuki@mail.example"]
    page = remove(browser)
    assert said(page)[0].startswith("メールアドレスを1件削除しました。「変更の履歴」から元に戻せます。")
    assert "登録した1件のメールアドレス" in said(page)[0]
    assert [one.text for one in page.all("span", class_="row__main address__text")] == ["suzuki@mail.example"]


@pytest.mark.rule("FEAT-1")
def test_removing_the_last_address_of_a_feature_in_use_is_asked_first_and_says_what_ends(site, browser):
    opened(site, browser)
    add(browser)
    set_rules(browser, on="yes")
    page = remove(browser)
    assert page.heading == "メールアドレスの削除"
    assert "1件から0件になります" in page.text
    assert "「利用しない」に変わります" in page.text
    asking, address = page, page.path.partition("/addresses")[0]
    assert summary(browser.get(address))["お知らせ"] == "利用する", "nothing has changed yet"
    for _ in range(2):
        page = browser._arrive(browser.send(f"{address}/addresses/remove", asking), address)
    assert said(page)[0].startswith("メールアドレスを1件削除しました。")
    assert summary(page)["お知らせ"] == "利用しない"
    assert browser.get(asking.path).path == address, "there is nothing more to ask"


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize(
    ("typed", "says", "kept"),
    [
        ("", "メールアドレスを入力してください。", ""),
        ("yamada@", "メールアドレスの形になっていません。", "yamada@"),
        (ADDRESS.upper(), "このメールアドレスは登録済みです。", ADDRESS.upper()),
        ("yamada", "メールアドレスの形になっていません。", "yamada"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_beside_its_field(site, browser, typed, says, kept):
    opened(site, browser)
    add(browser)
    page = add(browser, typed)
    assert page.faults["address"][0].startswith(says)
    assert page.title.startswith("エラー：")
    assert page.one("input", id="address").get("value") == kept
    assert not browser.get(page.path).faults, "once"


@pytest.mark.rule("FEAT-1")
def test_five_addresses_are_enough_and_then_there_is_no_field_for_more(site, browser):
    opened(site, browser)
    stale = browser.shown
    for place in range(5):
        page = add(browser, f"person{place}@mail.example")
    assert not page.all("input", id="address")
    assert "登録できる数に達しています。" in page.text
    browser.send(f"{page.path}/addresses", stale, address="sixth@mail.example")
    assert "sixth" not in browser.get(page.path).text


@pytest.mark.rule("FEAT-1")
def test_the_conditions_are_set_together_and_said_in_words(site, browser):
    opened(site, browser)
    add(browser)
    hours = [f"{day}-{hour}" for day in range(5) for hour in range(9, 18)]
    page = set_rules(
        browser,
        on="yes",
        every_call="no",
        outcomes=["busy", "unanswered"],
        callers="listed",
        listed="０９０－１２３４－５６７８\n+1 650 253 0000",
        withheld="no",
        week=hours,
    )
    force = (
        "応答がなかった着信、話し中の着信（月～金 9時～18時）を、1件のメールアドレスにお知らせします。"
        "お知らせするのは、登録した2件の電話番号からの着信だけです。"
    )
    assert said(page) == [f"設定しました。{force}"]
    assert summary(page) == {
        "いまの動作": force,
        "お知らせ": "利用する",
        "送信先のメールアドレス": ADDRESS,
        "お知らせする着信": "話し中の着信、応答がなかった着信",
        "相手による選別": "登録した電話番号からの着信だけ",
        "選別する電話番号": "090-1234-5678、+1 650-253-0000",
        "番号の通知がない着信": "お知らせしない",
        "お知らせする時間帯": "月～金 9時～18時",
    }
    assert sorted(chosen(page)["week"]) == sorted(hours)


@pytest.mark.rule("FEAT-1")
def test_every_fault_of_the_conditions_is_said_beside_its_field_and_what_was_chosen_stays(site, browser):
    opened(site, browser)
    page = set_rules(browser, on="yes", every_call="no", callers="listed", week=[])
    assert set(page.faults) == {"on", "outcomes", "listed", "week"}
    assert "「利用する」にしてください" in page.faults["on"][0]
    assert len(page.one("div", id="error-summary").findall(".//a")) == 4
    assert (chosen(page)["on"], chosen(page)["callers"], "week" in chosen(page)) == (["yes"], ["listed"], False)
    page = set_rules(browser, listed="090-1234-5678\n0312", callers="listed", on="no", week=["0-1"], every_call="yes")
    assert page.faults == {"listed": [page.faults["listed"][0]]}
    assert page.faults["listed"][0].startswith("2件目が電話番号の形になっていません。")
    assert chosen(page)["listed"] == ["090-1234-5678\n0312"]


@pytest.mark.rule("FEAT-1", "FEAT-3")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [("312345678", "03-1234-5678"), ("90-1234-5678", "090-1234-5678"), ("9012345678", "090-1234-5678")],
)
def test_a_number_whose_leading_zero_is_gone_is_asked_about(site, browser, typed, meant):
    opened(site, browser)
    page = set_rules(browser, callers="listed", listed=f"0312345678\n{typed}")
    (said_beside,) = page.faults["listed"]
    assert said_beside.startswith("2件目が0で始まっていません。先頭の0が消えていませんか。")
    assert meant in said_beside


@pytest.mark.rule("FEAT-1")
def test_a_list_that_is_too_long_is_refused_and_not_cut_short(site, browser):
    opened(site, browser)
    page = set_rules(browser, callers="listed", listed="\n" * 10_000 + CALLER)
    assert "長すぎます。" in text(page.one("div", id="error-summary"))
    assert summary(browser.get(page.path))["選別する電話番号"] == "なし"
    page = set_rules(browser, callers="listed", listed="\n" * 9_000 + CALLER)
    assert summary(page)["選別する電話番号"] == "090-1234-5678"


@pytest.mark.rule("FEAT-1")
def test_a_form_that_was_opened_before_another_change_overwrites_nothing(site, browser):
    page = opened(site, browser)
    set_rules(browser, withheld="no")
    fields = {**page.form(page.path), **chosen(page), "callers": "all_but_listed", "listed": CALLER}
    page = browser._arrive(browser.client.post(page.path, data=fields, base_url="http://localhost"), page.path)
    assert said(page)[0].startswith("この画面を開いたあとに、設定が変更されました。")
    assert (summary(page)["番号の通知がない着信"], summary(page)["選別する電話番号"]) == ("お知らせしない", "なし")


@pytest.mark.rule("FEAT-1")
def test_a_form_that_came_back_with_faults_overwrites_nothing_that_others_set_meanwhile(site, browser):
    page = opened(site, browser)
    fields = {**page.form(page.path), **chosen(page), "callers": "listed", "listed": "0312"}
    set_rules(browser, withheld="no")
    faulty = browser._arrive(browser.client.post(page.path, data=fields, base_url="http://localhost"), page.path)
    assert faulty.faults
    fields = {**faulty.form(page.path), **chosen(faulty), "listed": CALLER}
    page = browser._arrive(browser.client.post(page.path, data=fields, base_url="http://localhost"), page.path)
    assert said(page)[0].startswith("この画面を開いたあとに、設定が変更されました。")
    assert summary(page)["番号の通知がない着信"] == "お知らせしない"


def test_a_form_sent_twice_is_done_once_and_says_so(site, browser):
    page = opened(site, browser)
    fields = {**page.form(page.path), **chosen(page), "withheld": "no"}
    for _ in range(2):
        arrived = browser._arrive(browser.client.post(page.path, data=fields, base_url="http://localhost"), page.path)
    assert said(arrived)[0].startswith("設定しました。お知らせメールはお送りしません。")
    history = browser.get(f"{page.path}/history")
    assert len(history.all("li", class_="change")) == 1


@pytest.mark.rule("FEAT-6")
def test_the_history_tells_every_change_and_the_way_back_asks_first(site, browser):
    page = opened(site, browser)
    empty = browser.get(f"{page.path}/history")
    assert "まだ一度も変更されていません。" in empty.text
    browser.get(page.path)
    add(browser)
    set_rules(browser, on="yes")
    history = browser.get(f"{page.path}/history")
    latest, first = (text(one) for one in history.all("li", class_="change"))
    assert "2026年4月1日 18時00分" in latest
    assert "03-0000-1111 のログインで変更" in latest
    assert "変更前：利用しない→変更後：利用する" in latest.replace(" ", "")
    assert "いまの設定" in latest
    assert f"変更後：{ADDRESS}" in first
    confirm = browser.get(f"{page.path}/history/0")
    assert "2項目" in confirm.text
    done = browser.post(f"{page.path}/history/0")
    assert said(done)[0].startswith("設定を元の状態に戻しました。お知らせメールはお送りしません。")
    assert summary(done)["お知らせ"] == "利用しない"
    assert "（以前の状態に戻す操作）" in browser.get(f"{page.path}/history").text
    same = browser.get(f"{page.path}/history/3")
    assert said(same) == ["その状態は、いまの設定と同じです。"]


def test_a_version_that_was_never_there_has_no_page(site, browser):
    page = opened(site, browser)
    assert browser.get(f"{page.path}/history/7").status == 404


def test_without_the_settings_service_the_page_says_to_try_again_later(site, browser):
    page = opened(site, browser)

    site.failing = lambda procedure: Unavailable("settings") if procedure == "settings" else None
    away = browser.get(page.path)
    assert away.status == 503
    (again,) = [one for one in away.all("a") if text(one) == "この画面を開き直す"]
    site.failing = lambda procedure: None
    assert browser.get(str(again.get("href"))).heading == "着信お知らせメール"


@pytest.mark.rule("MENU-3")
def test_a_number_whose_feature_was_withdrawn_meanwhile_says_so_and_changes_nothing(site, browser):
    page = opened(site, browser)
    site.provision(CONTRACT, {CONTRACT: {Feature.FAX_NOTIFICATION}})
    gone = set_rules(browser, withheld="no")
    assert (gone.status, gone.heading) == (404, "この電話番号では、ご利用になれません")
    assert "何も変更していません" in browser.get(page.path).text


@pytest.mark.rule("PWD-7", "LINE-7")
def test_the_numbers_of_a_large_line_are_searched_at_the_feature(office):
    browser = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    page = browser.get(f"{LIST}?search=031111005")
    assert len(page.all("a", class_="row row--link")) == 10
    page = browser.get(f"{LIST}?search=0311110051")
    assert (page.path, len(page.all("a", class_="row row--link"))) == (f"{LIST}?search=0311110051", 1)
    assert browser.get(f"{LIST}?search=abc").faults["search"]
    page = browser.choose("0311110001", LIST)
    (back,) = page.all("a", href=LIST)
    assert text(back) == "電話番号の一覧に戻る"


def test_the_grid_has_a_name_for_every_hour_of_the_week(site, browser):
    page = opened(site, browser)
    labels = [text(one) for one in page.all("label", class_="week__cell")]
    assert len(labels) == len(set(labels)) == 168
    assert labels[0] == "月曜日 0時から1時"


@pytest.mark.rule("FEAT-1")
def test_whole_days_and_hours_are_marked_without_scripts_and_nothing_is_set_by_that(site, browser):
    opened(site, browser)
    page = set_rules(browser, fill="none", withheld="no", listed=CALLER)
    assert not page.faults
    assert "0時間分に印が付いています。" in page.text
    page = set_rules(browser, fill="day-0")
    page = set_rules(browser, fill="hour-9")
    assert len(chosen(page)["week"]) == 24 + 6
    page = set_rules(browser, fill="day-0")
    assert chosen(page)["week"] == [f"{day}-9" for day in range(1, 7)], "all of that day was marked, so it was cleared"
    assert (chosen(page)["withheld"], chosen(page)["listed"]) == (["no"], [CALLER]), "what was typed stays"
    assert summary(browser.get(page.path))["お知らせする時間帯"] == "いつでも"
