"""From the telephone to the service selection in a real browser, on the site as `./hikari run` starts it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.screen import assert_fits
from tests.system.distributed import eventually
from tests.system.person import PASSWORD, TEMPORARY, Person
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
OTHER = "kawa86yama"


@pytest.fixture
def person(page: Page, shared_site: Site) -> Person:
    return Person(page, shared_site)


def full_width(number: str) -> str:
    """As an input method types it: ０３－０００１－１１１１."""
    written = f"{number[:2]}-{number[2:6]}-{number[6:]}"
    return written.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789-"})


def written(number: str) -> str:
    """As pages show it."""
    return f"{number[:2]}-{number[2:6]}-{number[6:]}"


@pytest.mark.rule("TEMP-2", "LOGIN-1", "LOGIN-5", "LOGIN-7", "PWD-5", "MENU-2", "MENU-3", "LOGIN-11")
def test_the_first_journey(person: Person) -> None:
    heard = person.dial("1", TEMPORARY, TEMPORARY)
    assert "完了" in heard
    person.open("/")
    person.page.get_by_role("main").get_by_role("link", name="ログイン").click()
    person.sees("ログイン")
    person.log_in(full_width(person.contract), TEMPORARY)
    person.sees("パスワード変更")
    person.open("/services")
    person.sees("パスワード変更")
    person.change(TEMPORARY, PASSWORD)
    person.decline()
    side = person.page.get_by_role("complementary").or_(person.page.get_by_role("navigation"))
    expect(side.first).to_be_visible()
    body = person.page.locator("body")
    expect(body).to_contain_text("設定対象番号")
    expect(body).to_contain_text(written(person.contract))
    expect(body).to_contain_text("回線単位")
    main = person.page.get_by_role("main")
    expect(main).to_contain_text("着信お知らせメール")
    expect(main).to_contain_text("FAXお知らせメール")
    expect(main).not_to_contain_text("ボイスワープ")
    main.get_by_role("link", name=re.compile("FAXお知らせメール")).click()
    expect(main).to_contain_text(written(person.additional))
    person.page.get_by_role("link", name="パスワード変更").first.click()
    person.sees("パスワード変更")
    person.change(PASSWORD, OTHER)
    expect(person.page.locator("body")).to_contain_text("変更しました")
    person.page.get_by_role("button", name="ログアウト").first.click()
    expect(person.page.locator("body")).to_contain_text("閉じて")
    person.page.go_back()
    person.page.reload()
    expect(person.page.locator("body")).not_to_contain_text("設定対象番号 03")
    person.log_in(person.contract, OTHER)
    person.sees("サービス選択")


@pytest.mark.rule("LINE-3", "LINE-4", "TEMP-2", "TEMP-3")
@pytest.mark.parametrize(
    ("digit", "caller", "target", "unit", "fax"),
    [
        ("2", "contract", "contract", "電話番号単位", False),
        ("2", "contract", "additional", "電話番号単位", True),
        ("3", "contract", "contract", "管理者／ユーザ単位", True),
        ("3", "additional", "additional", "管理者／ユーザ単位", True),
    ],
)
def test_each_unit_shows_the_features_of_its_reach(
    person: Person, digit: str, caller: str, target: str, unit: str, fax: bool
) -> None:
    numbers = {"contract": person.contract, "additional": person.additional}
    asked = [] if (digit, caller) == ("3", "additional") else [f"{numbers[target]}#"]
    person.dial(digit, *asked, TEMPORARY, TEMPORARY, caller=numbers[caller])
    person.log_in(numbers[target], TEMPORARY)
    person.change(TEMPORARY, PASSWORD)
    person.decline()
    expect(person.page.locator("body")).to_contain_text(unit)
    main = person.page.get_by_role("main")
    expect(main).to_contain_text("着信お知らせメール")
    assert ("FAXお知らせメール" in main.inner_text()) is fax


@pytest.mark.rule("TEMP-2")
def test_the_telephone_works_by_keyboard_alone(person: Person) -> None:
    person.open("/telephone")
    person.page.get_by_label("電話番号").focus()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type(person.contract)
    person.page.keyboard.press("Enter")
    heard = person.page.locator(".phone__line--voice")
    for turn, keys in enumerate(("1", TEMPORARY, TEMPORARY), start=1):
        expect(heard).to_have_count(turn)
        person.page.keyboard.type(keys)
    expect(heard).to_have_count(4)
    assert "完了" in heard.last.inner_text()
    assert TEMPORARY not in person.page.locator("body").inner_text()


@pytest.mark.rule("LOGIN-3")
def test_unknown_wrong_and_locked_look_the_same(person: Person) -> None:
    person.settle("2", person.additional)
    person.forget()
    seen = set()
    for number, password in [("0399999999", PASSWORD), (person.contract, PASSWORD), (person.additional, "wrong1234x")]:
        person.log_in(number, password)
        text = person.page.get_by_role("main").inner_text()
        seen.add(text)
        assert person.page.get_by_label("電話番号（ハイフンなし）").input_value() == number
    for _ in range(9):
        person.log_in(person.additional, "wrong1234x")
    person.log_in(person.additional, PASSWORD)
    seen.add(person.page.get_by_role("main").inner_text())
    assert len(seen) == 1


@pytest.mark.rule("PWD-9")
def test_every_broken_rule_is_said_beside_the_field_and_in_the_summary(person: Person) -> None:
    person.dial("1", TEMPORARY, TEMPORARY)
    person.log_in(person.contract, TEMPORARY)
    person.change(TEMPORARY, "1234")
    person.sees("パスワード変更")
    summary = person.page.get_by_role("alert")
    expect(summary).to_be_focused()
    faults = person.page.locator("#new-error li")
    assert faults.count() == 3  # its length, no letter, a run
    for fault in faults.all_inner_texts():
        expect(summary).to_contain_text(fault)


@pytest.mark.rule("LOGIN-9")
def test_a_new_temporary_password_ends_the_session_in_the_browser_at_once(person: Person, chromium: Browser) -> None:
    person.settle()
    context = chromium.new_context(locale="ja-JP")
    Person(context.new_page(), person.site).dial("1", TEMPORARY, TEMPORARY, caller=person.contract)
    context.close()
    person.page.reload()
    expect(person.page.locator("body")).not_to_contain_text("FAXお知らせメール")
    expect(person.page.get_by_role("main")).to_contain_text("仮パスワード")


def test_two_tabs_the_back_button_a_double_click_and_an_old_form_lead_to_sensible_pages(person: Person) -> None:
    person.dial("1", TEMPORARY, TEMPORARY)
    person.log_in(person.contract, TEMPORARY)
    second = Person(person.page.context.new_page(), person.site)
    second.open("/login")
    second.sees("パスワード変更")
    # A double click: both posts are sent before either is answered.
    for name, text in (("present", TEMPORARY), ("new", PASSWORD), ("again", PASSWORD)):
        person.page.locator(f"input[name={name}]").fill(text)
    person.page.get_by_role("main").get_by_role("button", name="パスワード変更").dblclick()
    person.decline()
    # The old form in the other tab: the forced change is done.
    second.change(TEMPORARY, OTHER)
    assert second.title() in {"サービス選択", "パスワード変更", "ログイン"}
    person.page.go_back()
    person.page.wait_for_load_state()
    assert "Traceback" not in person.page.content()
    person.open("/services")
    person.sees("サービス選択")


@pytest.mark.rule("SITE-2")
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_the_journey_scrolls_sideways(person: Person, width: int) -> None:
    person.page.set_viewport_size({"width": width, "height": 800})
    person.settle("3")
    for path in ("/services", "/password", "/unit", "/telephone", "/help/", "/", "/nowhere"):
        person.open(path)
        assert_fits(person.page)


@pytest.mark.rule("AUDIT-1", "AUDIT-4")
def test_operators_see_the_journey_in_the_audit_trail(person: Person) -> None:
    person.settle()
    entries: list[dict[str, str]] = []
    wanted = {"NumberAdded", "TemporaryPasswordSet", "PasswordSet", "OtpUseChanged", "SessionOpened", "AuthUnitChanged"}

    def all_there() -> bool:
        listed = person.site.cli("audit", "list", "--number", person.contract, "--json")
        assert listed.returncode == 0, listed.stderr
        entries[:] = [json.loads(line) for line in listed.stdout.splitlines()]
        return wanted <= {entry["kind"] for entry in entries}

    eventually(all_there, 30)  # each service's history is read for itself
    opened = next(entry for entry in entries if entry["kind"] == "SessionOpened")
    assert (opened["actor"], opened["channel"], opened["line"]) == (person.contract, "web", person.contract)
    chosen = next(entry for entry in entries if entry["kind"] == "OtpUseChanged")
    assert chosen["correlation_id"] == opened["correlation_id"], "one request of the browser, one correlation id"
    assert chosen["address_token"]


@pytest.mark.rule("AUDIT-2")
def test_no_password_of_the_journey_is_anywhere_in_the_data_folder(page: Page, site: Site) -> None:
    person = Person(page, site)
    person.settle()
    person.forget()
    person.log_in(person.contract, "wrong97531x")
    person.sees("ログイン")
    site.stop()
    for file in (file for file in person.site.data.rglob("*") if file.is_file()):
        content = file.read_bytes()
        for secret in (TEMPORARY, PASSWORD, "wrong97531x"):
            assert secret.encode() not in content, file.name


@pytest.mark.rule("LINE-6")
def test_an_operators_csv_gives_a_new_line_that_can_be_used_at_once(person: Person) -> None:
    table = person.site.data.parent / "lines.csv"
    table.write_text(
        "contract_number,number,features\n0355550000,0355550000,call_forwarding\n0355550000,0355550001,\n",
        encoding="utf-8",
    )
    first = person.site.cli("provision", str(table))
    assert first.returncode == 0, first.stderr
    again = person.site.cli("provision", str(table))
    assert again.returncode == 0
    person.dial("1", TEMPORARY, TEMPORARY, caller="0355550000")
    person.log_in("0355550000", TEMPORARY)
    person.change(TEMPORARY, PASSWORD)
    person.decline()
    expect(person.page.get_by_role("main")).to_contain_text("ボイスワープ")
