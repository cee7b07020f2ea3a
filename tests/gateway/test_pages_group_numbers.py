"""Choosing the numbers of a group from the line's list, without scripts (FEAT-4)."""

from __future__ import annotations

import pytest

from contracts.phone import AuthUnit, Feature
from gateway.settings_words import MOVED_ON_WHILE_TYPING
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, Site
from tests.gateway.test_pages_forwarding_groups import FEATURES, NEW, TARGET, created, ordered, said, summary


@pytest.fixture
def browser(site: Site) -> Browser:
    """Of a small line with two numbers that can be in a group and one that cannot."""
    site.provision(CONTRACT, {CONTRACT: FEATURES, ADDITIONAL: FEATURES, "0300003333": {Feature.CALL_NOTIFICATION}})
    return site.logged_in()


def listed(browser: Browser, address: str) -> Page:
    return browser.get(f"{address}/numbers")


def added(browser: Browser, *numbers: str, target: str = TARGET) -> Page:
    """Tick them on the page shown, and send it."""
    path = browser.shown.path
    fields = {**browser.shown.form(path), "target": target, "numbers": list(numbers)}
    return browser._arrive(browser.client.post(path, data=fields, base_url="http://localhost"), path)


def rows(page: Page) -> list[str]:
    return [text(one) for one in page.all("li", class_="pick")]


@pytest.mark.rule("FEAT-4", "MENU-3")
def test_the_numbers_that_can_be_in_a_group_are_listed_and_the_chosen_ones_added(browser):
    assert "契約している電話番号は2件です" in browser.get(NEW).text
    page = created(browser, members="")
    assert said(page) == ["「本社」を保存しました。転送するには、電話番号と転送先を追加してください。"]
    address = page.path
    assert "電話番号を追加・削除する" in page.text
    page = listed(browser, address)
    assert page.heading == "電話番号の追加と削除"
    assert rows(page) == ["03-0000-1111 契約番号", "03-0000-2222"]
    page = added(browser, ADDITIONAL)
    assert said(page)[0].startswith("1件を追加しました。「本社」の電話番号は1件です。")
    assert rows(page)[1] == f"03-0000-2222このグループに登録済み（転送先：{TARGET}） 外す"
    page = added(browser, ADDITIONAL, CONTRACT, target="03-9999-0000")
    assert said(page)[0].startswith("1件を追加しました。「本社」の電話番号は2件です。"), "one was in it already"
    assert rows(page)[1].endswith(f"（転送先：{TARGET}） 外す")
    assert summary(browser.get(address))["電話番号"] == "2件"


@pytest.mark.rule("FEAT-4")
def test_a_number_is_taken_out_again_and_what_was_chosen_besides_stays(browser):
    page = listed(browser, created(browser).path)
    outs = page.all("button", name="take_out")
    assert [one.get("value") for one in outs] == [CONTRACT, ADDITIONAL]
    first = next(one for one in page.tree.iter("button") if one.get("type") == "submit" and one.get("tabindex") == "-1")
    assert first.get("name") is None, "Enter takes nothing out"
    before = page
    page = browser.post(page.path, take_out=ADDITIONAL, target="")
    assert said(page) == ["03-0000-2222 をグループから外しました。「本社」の電話番号は1件です。"]
    assert not page.faults
    assert [one.get("value") for one in page.all("button", name="take_out")] == [CONTRACT]
    again = browser._arrive(browser.send(page.path, before, take_out=ADDITIONAL), page.path)
    assert said(again)[0].startswith("03-0000-2222 をグループから外しました。")
    page = browser.post(page.path, take_out=CONTRACT, numbers=ADDITIONAL, target=TARGET)
    assert page.one("input", id="target").get("value") == TARGET
    assert [one.get("value") for one in page.all("input", name="numbers") if "checked" in one.attrib] == [ADDITIONAL]
    assert browser.send(page.path, page, take_out="tsuki8hosi").status_code == 400, "what is no number is not repeated"
    page = added(browser, ADDITIONAL)
    assert said(page)[0].startswith("1件を追加しました。「本社」の電話番号は1件です。")


@pytest.mark.rule("FEAT-4")
def test_it_is_said_which_numbers_are_in_another_group_already(browser):
    created(browser)
    address = created(browser, name="支社", members="").path
    assert "ほかのグループ「本社」にも登録済み。同時には転送できません" in rows(listed(browser, address))[0]


@pytest.mark.rule("FEAT-4")
def test_what_is_wrong_stands_beside_its_field_and_what_was_ticked_stays(browser):
    address = created(browser, members="").path
    listed(browser, address)
    page = added(browser, target="")
    assert set(page.faults) == {"numbers", "target"}
    page = added(browser, CONTRACT, ADDITIONAL, target="110")
    assert page.faults == {"target": ["緊急通報の番号には転送できません。応答できる方の電話番号を入力してください。"]}
    ticked = [one.get("value") for one in page.all("input", name="numbers") if one.get("checked") is not None]
    assert ticked == [CONTRACT, ADDITIONAL]
    page = added(browser, CONTRACT, ADDITIONAL, target=ADDITIONAL)
    assert page.faults["target"][0].startswith("03-0000-2222：設定している電話番号そのものです。")
    page = added(browser, "0399998888", CONTRACT)
    assert page.faults["target"][0].startswith(
        "03-9999-8888：この回線で一括転送機能を契約している電話番号ではありません。"
    )
    assert summary(browser.get(address))["電話番号"] == "0件"


@pytest.mark.rule("FEAT-4")
def test_the_same_choice_sent_twice_is_added_once_and_a_stale_one_is_told(browser):
    address = created(browser, members="").path
    page = listed(browser, address)
    fields = {"target": TARGET, "numbers": ADDITIONAL}
    for words in ("1件を追加しました。", "追加しました。"):
        arrived = browser._arrive(browser.send(page.path, page, **fields), page.path)
        assert said(arrived)[0].startswith(f"{words}「本社」の電話番号は1件です。")
    arrived = browser._arrive(browser.send(page.path, page, target=TARGET, numbers=CONTRACT), page.path)
    assert said(arrived) == [MOVED_ON_WHILE_TYPING]
    assert (ticked(arrived), arrived.one("input", id="target").get("value")) == ([CONTRACT], TARGET)
    assert summary(browser.get(address))["電話番号"] == "1件"


@pytest.mark.rule("FEAT-4")
def test_a_group_that_is_on_takes_no_numbers_and_one_that_is_gone_says_so(browser):
    address = created(browser).path
    page = listed(browser, address)
    browser.get(address)
    ordered(browser, "start")
    assert "先に停止してください" in browser.get(address).text
    assert said(listed(browser, address))[0].startswith("転送しているグループは変更できません。")
    arrived = browser._arrive(browser.send(page.path, page, target=TARGET, numbers=CONTRACT), page.path)
    assert said(arrived)
    browser.get(address)
    ordered(browser, "stop")
    browser.get(address)
    ordered(browser, "remove")
    assert said(listed(browser, address)) == ["このグループは、もうありません。一覧から選び直してください。"]


@pytest.mark.rule("FEAT-4", "PWD-7", "LINE-7")
def test_on_a_large_line_the_numbers_are_searched_and_come_page_by_page(office):
    everyone = {f"03111100{place:02}": {Feature.BULK_FORWARDING} for place in range(60)}
    office.provision(OFFICE, everyone)
    browser = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    address = created(browser, members="").path
    page = listed(browser, address)
    assert (len(rows(page)), "1／2ページ" in page.text) == (50, True)
    page = browser.get(f"{address}/numbers?page=2")
    assert len(rows(page)) == 10
    page = browser.get(f"{address}/numbers?search=03-1111-005")
    assert len(rows(page)) == 10
    path = f"{address}/numbers?search=031111005"
    fields = {**page.form(path.partition("?")[0]), "target": TARGET, "numbers": ["0311110050", "0311110051"]}
    page = browser._arrive(browser.client.post(path, data=fields, base_url="http://localhost"), path)
    assert said(page)[0].startswith("2件を追加しました。")
    assert len(rows(page)) == 10, "what was searched for is shown again"
    assert "登録済み" in rows(page)[0]
    assert "この回線にはありません" in browser.get(f"{address}/numbers?search=06").text
    assert browser.get(f"{address}/numbers?search=abc").faults["search"]


def pressed(browser: Browser, button: str, value: str = "yes", *, tick: tuple[str, ...] = (), **fields: str) -> Page:
    """Tick more numbers, fill in fields, and press a button of the list, as a browser without scripts would send it."""
    page = browser.shown
    sent = page.typed("choosing")
    buttons = [one for one in page.all("button", name=button) if one.get("value") == value]
    (form,) = page.all("form", id="choosing")
    to = str(buttons[0].get("formaction") or form.get("action"))
    sent |= {**fields, "numbers": [*sent.get("numbers", ()), *tick], button: value}
    return browser._arrive(browser.client.post(to, data=sent, base_url="http://localhost"), to)


def ticked(page: Page) -> list[str]:
    return sorted(str(one.get("value")) for one in page.all("input", name="numbers") if "checked" in one.attrib)


@pytest.mark.rule("FEAT-4", "PWD-7", "LINE-7")
def test_what_was_ticked_and_typed_comes_along_to_whatever_is_searched_for_and_to_every_page(office):
    everyone = {f"03111{place:05}": {Feature.BULK_FORWARDING} for place in range(10000, 10160)}
    office.provision(OFFICE, everyone)
    browser = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    address = created(browser, members="").path
    listed(browser, address)
    first, second, third = "0311110010", "0311110155", "0311110100"
    page = pressed(browser, "find", tick=(first,), target=TARGET, search="03-1111-015")
    assert page.path.endswith("?search=03-1111-015"), "what was found can be reloaded and gone back to"
    assert ticked(page) == [first]
    assert rows(page)[0] == "03-1111-0010 先に選んだ電話番号"
    assert page.one("input", id="target").get("value") == TARGET
    page = pressed(browser, "find", tick=(second,), search="06*")
    assert "この回線にはありません" in page.text
    assert ticked(page) == [first, second]
    page = pressed(browser, "find", search="abc")
    assert (set(page.faults), ticked(page)) == ({"search"}, [first, second])
    page = pressed(browser, "turn", "1")
    assert ticked(page) == [first, second], "all numbers are shown again"
    pressed(browser, "turn", "2")
    page = pressed(browser, "turn", "3")
    assert "3／4ページ" in page.text
    assert ticked(page) == [first, second]

    everything = tuple(sorted(set(everyone) - {first, second}))[:99]
    page = pressed(browser, "turn", "4", tick=everything)
    assert page.faults == {
        "numbers": [
            "一度に選べるのは100件までです（101件選んでいます）。選択を減らして追加し、残りを続けて選んでください。"
        ]
    }
    assert "3／4ページ" in page.text
    assert len(ticked(page)) == 101
    assert len(browser.cookies["hikari_form"]) < 2500, "there is room in a cookie"

    listed(browser, address)
    pressed(browser, "find", tick=(first, third), target=TARGET, search="03-1111-0155")
    by_enter = next(one for one in browser.shown.tree.iter("button") if one.get("tabindex") == "-1")
    assert by_enter.get("name") == "find", "Enter in the search sets nothing"
    path, sent = browser.shown.path, browser.shown.typed("choosing")
    sent |= {"numbers": [*sent["numbers"], second]}
    page = browser._arrive(browser.client.post(path, data=sent, base_url="http://localhost"), path)
    assert said(page)[0].startswith("3件を追加しました。")
    assert page.path.endswith("?search=0311110155")
