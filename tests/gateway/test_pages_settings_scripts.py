"""The settings pages in Chromium, at 320 and at 1280 pixels: the grid by keyboard, nothing beside the page, every target hit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from contracts.phone import AuthUnit
from gateway.services import Services
from tests.gateway.conftest import OFFICE, Site
from tests.gateway.in_chromium import served, tab
from tests.gateway.test_pages_scripts import complete, fulfil
from tests.screen import assert_fits

pytestmark = pytest.mark.browser

NARROW, WIDE = 320, 1280
SMALLEST_TARGET = 24
"""Pixels, WCAG 2.5.8."""


@pytest.fixture
def address(office: Site) -> Iterator[str]:
    """The site, served on a port of its own to the administrator of the office line."""
    office.set_temporary(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    app = office.app()
    services = Services(office.auth, None, None, None, settings=office.settings)  # type: ignore[arg-type]  # nobody else is asked
    with served(app, services) as address:
        yield address


@pytest.fixture(params=[NARROW, WIDE])
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """A tab in which nothing may go wrong with a script or a policy."""
    with tab(chromium, address, request.param, 800) as opened:
        yield opened


def looked_at(page: Page, name: str, words: str) -> None:
    """Once the page with these words is there: nothing stands out at the side, and whatever can be pressed can be hit."""
    page.get_by_role("main").get_by_text(words).first.wait_for()
    assert_fits(page)
    small = page.evaluate(
        """(least) => [...document.querySelectorAll("main a, main button, main input:not([type=hidden])")]
            .filter((one) => one.getClientRects().length && !one.closest(".week__skip, [aria-hidden=true]"))
            .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
            .filter(([, box]) => box.width < least || box.height < least).map(([html]) => html)""",
        SMALLEST_TARGET,
    )
    assert small == [], name
    folder = os.environ.get("HIKARI_SCREENSHOTS")
    if folder:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def cells(page: Page) -> set[str]:
    return set(page.locator("[data-week] input:checked").evaluate_all("boxes => boxes.map((box) => box.value)"))


@pytest.mark.rule("FEAT-1", "FEAT-5", "FEAT-6")
def test_the_settings_are_walked_through_with_the_keyboard(page: Page):
    complete(page, OFFICE)
    page.goto("/services/call-notification")
    looked_at(page, "list", "ご契約の電話番号")
    page.locator("a.row--link").first.click()
    looked_at(page, "empty", "お知らせの条件")
    page.get_by_role("button", name="すべて外す").click()
    page.locator("#withheld-no").check()
    page.locator("#address").fill("yamada-taro.with-a-very-long-name@department.mail.example.co.jp")
    page.keyboard.press("Enter")
    looked_at(page, "unsaved", "まだ設定していない変更があります（番号の通知がない着信、お知らせする時間帯）")
    assert (cells(page), page.locator("#withheld-no").is_checked()) == (set(), True)

    page.locator("#week-0-9").focus()
    page.keyboard.press("Space")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "ArrowDown", "Space", "ArrowLeft"):
        page.keyboard.press(key)
    assert cells(page) == {"0-9", "1-9", "1-10", "1-11"}
    assert page.evaluate("document.activeElement.value") == "0-11"
    for key in ("PageUp", "End", "Space"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.value") == "6-0"
    for key in ("ArrowUp", "Space", "ArrowDown"):
        page.keyboard.press(key)
    assert cells(page) == {"0-9", "1-9", "1-10", "1-11", *(f"6-{hour}" for hour in range(24))}, "a whole day"
    for key in ("ArrowUp", "Enter", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert page.locator("[data-week-count]").inner_text() == "5"
    stops = page.locator("[data-week] :is(input, table button)[tabindex='0']").evaluate_all(
        "boxes => boxes.map((box) => box.value)"
    )
    assert stops == ["6-0"], "one stop for Tab"
    page.locator("#on-yes").check()
    page.get_by_role("button", name="設定する").click()
    page.get_by_text("設定しました。すべての着信").wait_for()
    assert "月 9時～10時、火 9時～12時、日 0時～1時" in page.locator(".summary").inner_text()
    looked_at(page, "set", "を、1件のメールアドレスにお知らせします")

    page.get_by_role("button", name="平日の9時から18時").click()
    page.locator("#callers-listed").check()
    page.get_by_role("button", name="設定する").click()
    page.locator("#error-summary a").click()
    assert page.evaluate("document.activeElement.id") == "listed"
    assert len(cells(page)) == 45
    looked_at(page, "faulty", "入力内容を確かめてください")

    page.get_by_role("link", name="変更の履歴").click()
    looked_at(page, "history", "の記録です")
    page.get_by_role("link", name="はじめの状態に戻す").click()
    looked_at(page, "restore", "次のように変わります")
    page.get_by_role("button", name="この設定に戻す").click()
    page.get_by_text("設定を元の状態に戻しました。").wait_for()

    page.goto("/services/fault-notification")
    page.locator("#address").fill("yamada@mail.example")
    page.get_by_role("button", name="追加").click()
    page.get_by_text("確認待ちのメールアドレスが1件あります。").wait_for()
    looked_at(page, "fault", "確認待ちのメールアドレス")
    page.get_by_role("link", name="故障・工事の記録").click()
    looked_at(page, "news", "記録はありません")


@pytest.mark.rule("FEAT-1")
def test_without_scripts_too_nothing_typed_is_lost_by_the_buttons_of_the_addresses(chromium: Browser, address: str):
    context = chromium.new_context(base_url=address, locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    complete(page, OFFICE)
    page.goto("/services/fault-notification")
    page.locator("#kinds-fault").uncheck()
    page.locator("#address").fill("yamada@mail.example")
    page.get_by_role("button", name="追加").click()
    page.get_by_text("まだ設定していない変更があります（お知らせする内容）。").wait_for()
    page.locator("#address").fill("suzuki@")
    page.get_by_role("button", name="確認メールを送り直す").click()
    page.get_by_text("入力したメールアドレスは、まだ追加していません。").wait_for()
    page.locator("#address").press("Enter")
    page.locator("#address-error").wait_for()
    page.get_by_role("button", name="削除").click()
    page.get_by_text("まだ登録されていません。").wait_for()
    assert not page.locator("#kinds-fault").is_checked()
    assert page.locator("#address").input_value() == "suzuki@"
    page.locator("#address").fill("")
    page.locator("#kinds-recovery").press("Enter")
    page.get_by_text("設定しました。").wait_for()
    assert not page.locator("#kinds-fault").is_checked()
    context.close()


@pytest.mark.rule("FEAT-1", "FEAT-4", "LOGIN-8")
def test_the_browser_asks_before_something_typed_is_left_and_never_after_a_button(chromium: Browser, address: str):
    with tab(chromium, address, WIDE, 800) as page:
        complete(page, OFFICE)
        asked: list[str] = []
        stay = [True]

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            _ = dialog.dismiss() if stay[0] else dialog.accept()

        page.on("dialog", answer)
        page.goto("/services/fault-notification")
        shown = page.url
        back = page.locator("p.back a")
        page.locator("#kinds-fault").uncheck()
        page.locator("#kinds-fault").check()
        back.click()
        page.wait_for_url(lambda url: url != shown)
        assert asked == [], "nothing differs from what was loaded"

        page.goto(shown)
        page.locator("#kinds-fault").uncheck()
        with page.expect_event("dialog"):
            back.click()
        assert (asked, page.url) == (["beforeunload"], shown)
        assert not page.locator("#kinds-fault").is_checked(), "whoever stays finds everything as it was"
        page.locator("#address").fill("yamada@mail.example")
        page.get_by_role("button", name="追加").click()
        page.get_by_text("まだ設定していない変更があります").wait_for()
        with page.expect_event("dialog"):
            back.click()
        assert page.url == shown, "what was brought back is in force no more than before"
        page.locator("#kinds-recovery").uncheck()
        page.get_by_role("button", name="設定する").click()
        page.get_by_text("設定しました。").wait_for()
        assert len(asked) == 2, "buttons are not asked about"

        stay[0] = False
        page.locator("#kinds-recovery").check()
        back.click()
        page.wait_for_url(lambda url: url != shown)
        assert len(asked) == 3
        page.clock.install()
        page.route("**/session/remaining", lambda route: fulfil(route, {"seconds_left": 0}))
        page.goto(shown)
        page.locator("#kinds-recovery").check()
        page.clock.fast_forward("31:00")
        page.wait_for_url("**/timed-out**")
        assert len(asked) == 3, "when the login is over the page is left at once"
