"""The menu in a real browser: folded where the screen is narrow, open where there is room, with scripts or without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from contracts.phone import AuthUnit
from gateway.services import Services
from tests.gateway.conftest import CONTRACT, Site
from tests.gateway.in_chromium import served, tab
from tests.gateway.inspector import CONDITIONS
from tests.gateway.test_pages_scripts import complete
from tests.screen import assert_fits

pytestmark = [pytest.mark.browser, pytest.mark.rule("MENU-1", "SITE-2")]

PHONE: ViewportSize = {"width": 320, "height": 568}
"""The smallest that is still carried about."""
DESK: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture
def page(chromium, site: Site) -> Iterator[Page]:
    """Just logged in, on the service selection."""
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    services = Services(site.auth, None, None, None)  # type: ignore[arg-type]  # these pages ask nobody else
    with served(site.app(), services) as address, tab(chromium, address, **PHONE) as opened:
        complete(opened)
        yield opened


def bottom(page: Page, css: str) -> float:
    box = page.locator(css).first.bounding_box()
    assert box
    return box["y"] + box["height"]


@contextmanager
def without_scripts(page: Page, viewport: ViewportSize) -> Iterator[Page]:
    """The same login in a browser that runs none."""
    browser = page.context.browser
    assert browser
    with browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, viewport=viewport
    ) as context:
        plain = context.new_page()
        plain.goto(page.url)
        yield plain


def test_the_title_and_the_first_thing_to_do_are_seen_without_scrolling_on_a_small_phone(page):
    page.goto("/services")
    assert bottom(page, "h1") < PHONE["height"] / 2
    assert bottom(page, "main .card") < PHONE["height"]


def test_the_menu_unfolds_by_the_keyboard_and_leads_on(page):
    entry = page.get_by_role("navigation", name="メニュー").get_by_role("link", name="パスワード変更")
    expect(entry).to_be_hidden()
    page.locator(".menu__summary").focus()
    page.keyboard.press("Enter")
    expect(entry).to_be_visible()
    assert_fits(page)
    page.evaluate(AXE_SCRIPT)
    assert (
        page.evaluate("(conditions) => axe.run(document, conditions).then((found) => found.violations)", CONDITIONS)
        == []
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(entry).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    expect(entry).to_be_hidden()


def test_the_menu_works_where_scripts_are_off(page):
    with without_scripts(page, PHONE) as plain:
        entry = plain.get_by_role("link", name="認証単位変更")
        expect(entry).to_be_hidden()
        plain.locator(".menu__summary").click()
        entry.click()
        plain.wait_for_url("**/unit")


def test_where_there_is_room_the_menu_stands_open_without_a_fold(page):
    with without_scripts(page, DESK) as plain:
        expect(plain.locator(".menu__summary")).to_be_hidden()
        plain.get_by_role("navigation", name="メニュー").get_by_role("link", name="サービス選択").focus()
        plain.keyboard.press("Tab")
        expect(plain.get_by_role("link", name="パスワード変更")).to_be_focused()
