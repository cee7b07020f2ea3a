"""The unit of a line changed in a real browser, all six ways, by the people of the line (UNIT, LINE-2..4, MENU-1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.person import PASSWORD, TEMPORARY, Person
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
OWN = "kawa86yama"
LINE, NUMBER, ADMINISTRATOR = "回線単位", "電話番号単位", "管理者／ユーザ単位"


@pytest.fixture
def person(page: Page, shared_site: Site) -> Person:
    return Person(page, shared_site)


def written(number: str) -> str:
    """As pages show it."""
    return f"{number[:2]}-{number[2:6]}-{number[6:]}"


def choose(person: Person, unit: str) -> None:
    """From the menu to the form of that unit."""
    person.page.get_by_role("link", name="認証単位変更").first.click()
    person.sees("認証単位の選択")
    person.page.get_by_role("main").get_by_role("link", name=unit, exact=True).click()
    person.sees("認証単位変更")


def change_to(person: Person, unit: str, **passwords: str) -> None:
    """Choose the unit and give the passwords: `own`, or those of the `contract` and the `additional` number."""
    choose(person, unit)
    for whose, password in passwords.items():
        label = "パスワード" if whose == "own" else f"{written(getattr(person, whose))} のパスワード"
        person.page.get_by_label(label).first.fill(password)
    person.page.get_by_role("main").get_by_role("button", name="認証単位変更").click()


def is_told(person: Person, *sentences: str) -> None:
    """The page of the change says so, and the frame shows the unit where somebody is logged in."""
    main = person.page.get_by_role("main")
    for sentence in sentences:
        expect(main).to_contain_text(sentence)


@pytest.mark.rule("UNIT-0", "UNIT-2", "UNIT-3", "UNIT-4", "UNIT-5", "UNIT-6", "LINE-2", "LINE-3", "LINE-4", "MENU-1")
def test_all_six_ways_one_after_the_other(person: Person) -> None:
    person.settle()
    contract = written(person.contract)
    target = person.page.locator("section.target")

    change_to(person, NUMBER, own=PASSWORD)
    is_told(person, f"認証単位を{NUMBER}に変更しました", contract, "いまお使いのものと同じになりました")
    expect(target).to_contain_text(NUMBER)
    person.page.get_by_role("link", name="サービス選択").first.click()
    expect(person.page.get_by_role("main")).not_to_contain_text("FAXお知らせメール")

    change_to(person, ADMINISTRATOR, contract=PASSWORD, additional=PASSWORD)
    is_told(person, f"契約番号 {contract} で管理者として")
    change_to(person, LINE, own=PASSWORD)
    is_told(person, f"契約番号 {contract} でログインしてください", "追加番号では、ログインできなくなりました")
    change_to(person, ADMINISTRATOR, own=PASSWORD)
    is_told(person, "管理者として", "いまお使いのものと同じになりました")
    change_to(person, NUMBER, own=PASSWORD)
    is_told(person, "今までお使いのものです")
    change_to(person, LINE, contract=PASSWORD, additional=PASSWORD)
    is_told(person, f"契約番号 {contract} でログインしてください", "使えなくなりました")
    expect(target).to_contain_text(LINE)

    person.forget()
    person.log_in(person.additional, PASSWORD)
    person.sees("ログイン")
    person.log_in(person.contract, PASSWORD)
    person.sees("サービス選択")


@pytest.mark.rule("UNIT-1", "UNIT-3", "UNIT-6", "UNIT-9", "LOGIN-9")
def test_an_additional_number_changes_to_the_line_and_everybody_else_is_logged_out(
    person: Person, chromium: Browser
) -> None:
    person.settle("2")
    person.dial("2", f"{person.additional}#", TEMPORARY, TEMPORARY, caller=person.additional)
    colleague_context = chromium.new_context(locale="ja-JP")
    colleague = colleague_context.new_page()
    colleague.goto(person.site.url + "/login")
    colleague.get_by_label("電話番号（ハイフンなし）").fill(person.contract)
    colleague.locator("input[name=password]").fill(PASSWORD)
    colleague.get_by_role("main").get_by_role("button", name="ログイン").click()
    expect(colleague.get_by_role("heading", level=1)).to_have_text("サービス選択")

    person.forget()
    person.log_in(person.additional, TEMPORARY)
    person.change(TEMPORARY, OWN)
    person.decline()
    change_to(person, LINE, contract="wrong97531x", additional=OWN)
    summary = person.page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(f"{written(person.contract)} のパスワードが違います")
    assert person.page.locator("input[type=password]").first.input_value() == ""

    change_to(person, LINE, contract=PASSWORD, additional=OWN)
    is_told(person, f"契約番号 {written(person.contract)} でログインしてください", "ログアウトしました")
    person.page.get_by_role("main").get_by_role("link", name="ログイン画面へ").click()
    person.sees("ログイン")
    person.log_in(person.contract, OWN)
    person.sees("サービス選択")

    colleague.reload()
    expect(colleague.get_by_role("main")).to_contain_text("認証単位が変更されました")
    colleague_context.close()


@pytest.mark.rule("UNIT-1")
def test_a_user_who_locks_the_contract_number_by_guessing_cannot_take_the_line_over(person: Person) -> None:
    person.settle("2")
    person.dial("2", f"{person.additional}#", TEMPORARY, TEMPORARY, caller=person.additional)
    person.forget()
    for _ in range(10):
        person.log_in(person.contract, "wrong97531x")
    person.log_in(person.additional, TEMPORARY)
    person.change(TEMPORARY, OWN)
    person.decline()
    for unit in (LINE, ADMINISTRATOR):
        choose(person, unit)
        expect(person.page.get_by_role("main")).to_contain_text("パスワードを設定し直す必要のある電話番号が")
        assert person.page.locator("input[type=password]").count() == 0


@pytest.mark.rule("UNIT-7", "MENU-1")
def test_a_user_under_an_administrator_has_no_entry(person: Person) -> None:
    person.dial("3", TEMPORARY, TEMPORARY, caller=person.additional)
    person.log_in(person.additional, TEMPORARY)
    person.change(TEMPORARY, OWN)
    person.decline()
    assert person.page.get_by_role("link", name="認証単位変更").count() == 0
    person.open("/unit/line")
    person.sees("この画面は開けません")


@pytest.mark.rule("UNIT-1")
def test_a_double_click_changes_the_unit_once(person: Person) -> None:
    person.settle()
    choose(person, NUMBER)
    person.page.get_by_label("パスワード").first.fill(PASSWORD)
    person.page.get_by_role("main").get_by_role("button", name="認証単位変更").dblclick()
    is_told(person, f"認証単位を{NUMBER}に変更しました")
    person.page.go_back()
    person.page.reload()
    person.open("/services")
    person.sees("サービス選択")
