"""ボイスワープ and 一括転送機能 in Chromium, on a telephone's screen and on a desk's (FEAT-3, FEAT-4, SITE-2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.phone import AuthUnit, Feature
from gateway.services import Services
from tests.gateway.conftest import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY, Site
from tests.gateway.in_chromium import served, tab
from tests.screen import assert_fits

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("HIKARI_TEST_SHOTS")
"""A folder for pictures of every page of the walk, to look at."""
TARGET = "090-1234-5678"


@pytest.fixture
def address(bulk_site: Site) -> Iterator[str]:
    """The site, served on a port of its own to the person of the example line."""
    features, site = {Feature.CALL_FORWARDING, Feature.BULK_FORWARDING}, bulk_site
    site.provision(CONTRACT, {CONTRACT: features, ADDITIONAL: features})
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    app = site.app()
    services = Services(site.auth, None, None, None, settings=site.settings, bulk=site.bulk)  # type: ignore[arg-type]  # nobody else is asked
    with served(app, services) as address:
        yield address


@pytest.fixture(params=[320, 1280], ids=["320px", "1280px"])
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """A tab in which nothing may go wrong with a script or a policy."""
    with tab(chromium, address, request.param, 800) as opened:
        yield opened


def fits(page: Page, name: str) -> None:
    """Nothing is wider than the screen."""
    assert_fits(page)
    if SHOTS:
        width = page.evaluate("window.innerWidth")
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("link", name=link, exact=True).click()


def log_in(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("電話番号（ハイフンなし）").fill(CONTRACT)
    page.locator("#password").fill(TEMPORARY)
    press(page, "ログイン")
    for field, value in {"#present": TEMPORARY, "#new": PASSWORD, "#again": PASSWORD}.items():
        page.locator(field).fill(value)
    press(page, "パスワード変更")
    page.wait_for_url("**/services")


def by_file(page: Page, site: Site) -> None:
    """A file with a fault, and one without as far as the page that shows what it changes."""
    for content, shown, words in (
        (f"{CONTRACT},119", "fault", "ファイルに直すところが1件あります"),
        (f"{CONTRACT},{ADDITIONAL}\n{ADDITIONAL[1:]},{TARGET}", "ready", f"から {TARGET}"),
    ):
        file = {"name": "group.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.get_by_label("CSVファイル").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
        press(page, "一括設定")
        site.work()
        expect(page.get_by_role("main")).to_contain_text(words, timeout=20_000)  # the page finds out by itself
        fits(page, f"group-file-{shown}")
        if shown == "fault":
            follow(page, "ファイルを選び直す")


@pytest.mark.rule("FEAT-3", "FEAT-4", "SITE-2")
def test_a_number_and_a_group_are_forwarded_and_given_back(page: Page, bulk_site: Site):
    log_in(page)
    page.get_by_role("link", name="ボイスワープ").click()
    page.locator("a.row--link").first.click()
    fits(page, "forwarding")

    page.get_by_label("転送する", exact=True).check()
    page.get_by_label("転送先1", exact=True).first.fill("110")
    press(page, "設定する")
    fits(page, "forwarding-fault")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#slot_1")).to_be_focused()
    page.locator("#slot_1").fill(TARGET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"電話を、すぐに {TARGET} に転送します")
    fits(page, "forwarding-done")
    follow(page, "変更の履歴")
    fits(page, "forwarding-history")

    page.goto("/services/bulk-forwarding")
    fits(page, "groups-none")
    follow(page, "グループを作成する")
    page.get_by_label("グループの名前").fill("本社の代表番号と、とても長い名前のグループ")
    page.locator("#members").fill(f"{CONTRACT},119\n{ADDITIONAL},{TARGET}")
    press(page, "保存する")
    fits(page, "group-fault")
    page.locator("#members").fill(f"{CONTRACT},{ADDITIONAL}\n{ADDITIONAL},{CONTRACT}")
    press(page, "保存する")
    fits(page, "group-stopped")
    follow(page, "CSVファイルで入力する")
    fits(page, "group-file")
    by_file(page, bulk_site)
    press(page, "中止")
    follow(page, "戻る")
    follow(page, "開始する")
    fits(page, "group-start")
    press(page, "転送を開始する")
    expect(page.get_by_role("status")).to_contain_text("1件を転送しています")
    fits(page, "group-partly")
    follow(page, "グループの一覧に戻る")
    expect(page.get_by_text("一部失敗")).to_be_visible()
    fits(page, "groups")
    page.locator("a.row--link").click()
    follow(page, "停止する")
    fits(page, "group-stop")
    press(page, "転送を停止する")
    expect(page.locator(".summary")).to_contain_text("停止中")
    follow(page, "変更の履歴")
    fits(page, "group-history")
