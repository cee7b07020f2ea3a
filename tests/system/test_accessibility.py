"""Every page that a subscriber can come to, looked at by axe-core on a wide and on a narrow screen (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.system.person import PASSWORD, TEMPORARY, provision
from tests.system.site import Site
from tests.system.test_otp import SEND, Subscriber

pytestmark = [pytest.mark.system, pytest.mark.browser]

WIDTHS = (1280, 320)
FEATURES = ["call_notification", "fax_notification", "call_forwarding", "bulk_forwarding", "fault_notification"]
NUMBERS = 34
"""Enough for the pages of large lines."""
CONDITIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
GRAVE = {"serious", "critical"}
IDENTITY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|\d+")


class Inspector:
    """Looks at each page once, however many addresses lead to its like."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: set[str] = set()
        self.asked: set[str] = set()
        self.faults: list[str] = []

    def look(self) -> None:
        """At the page as it is now."""
        path = urlsplit(self.page.url).path
        self.seen.add(kind_of(self.page.url))
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            wide: int = self.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.faults.append(f"{path} at {width}: scrolls sideways to {wide}")
            found = Axe().run(self.page, options=CONDITIONS).response["violations"]
            self.faults += [
                f"{path} at {width}: {one['id']} {[node['target'] for node in one['nodes']]}"
                for one in found
                if one["impact"] in GRAVE
            ]

    def walk(self, start: str) -> None:
        """From this address along every link, and look at each kind of page once."""
        waiting = deque([start])
        while waiting:
            address = waiting.popleft()
            if kind_of(address) in self.asked or not self._is_page(address):
                continue
            self.asked.add(kind_of(address))
            self.page.goto(address)
            if kind_of(self.page.url) not in self.seen:
                self.look()
            links = self.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
            waiting += [link for link in links if urlsplit(link).netloc == urlsplit(start).netloc]

    def _is_page(self, address: str) -> bool:
        return self.page.request.get(address).headers.get("content-type", "").startswith("text/html")


def kind_of(address: str) -> str:
    """The path without the identities in it."""
    return IDENTITY.sub("*", urlsplit(address).path)


def test_no_page_keeps_anybody_out_nor_scrolls_sideways(page: Page, shared_site: Site) -> None:
    person = Subscriber(page, shared_site)
    numbers = {f"{person.contract[:6]}{place:04d}": FEATURES for place in range(3000, 3000 + NUMBERS)}
    provision(shared_site, person.contract, {person.contract: FEATURES, **numbers})
    inspector = Inspector(page)

    inspector.walk(shared_site.url + "/")
    assert {"/", "/login", "/telephone"} <= inspector.seen
    person.dial("3", f"{person.contract}#", TEMPORARY, TEMPORARY)
    person.log_in(person.contract, TEMPORARY)
    inspector.look()
    person.press("パスワード変更")  # nothing is filled in: the same page with all its faults
    inspector.look()
    person.change(TEMPORARY, PASSWORD)
    inspector.look()
    page.get_by_label("ワンタイムパスワードを利用する").check()
    person.press("次へ")
    inspector.look()
    person.press("次へ")
    inspector.look()
    person.register()
    inspector.look()
    person.open_link()
    person.sees("ワンタイムパスワード利用情報 本登録")
    inspector.page = person.page
    inspector.look()
    person.press(SEND)
    person.sees("ワンタイムパスワード 入力画面")
    inspector.look()
    person.type(code=person.code())
    person.press("次へ")
    person.sees("サービス選択")

    inspector.walk(person.page.url)
    reached = " ".join(inspector.seen)
    for part in ("/password", "/unit", "/otp/use", "call-notification", "fax", "forwarding", "fault", "/help"):
        assert part in reached, (part, sorted(inspector.seen))
    assert inspector.faults == []
