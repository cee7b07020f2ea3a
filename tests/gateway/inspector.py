"""Looks at pages in Chromium with axe-core (WCAG 2.2 AA), on a narrow and on a wide screen, and remembers which it has seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from flask import template_rendered
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route

from tests.gateway.browser import Browser, Page

WIDTHS = (1280, 320)
CONDITIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,
}
GRAVE = ["serious", "critical"]
SITE = "http://localhost"
STYLE_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
SCRIPT = re.compile(r'<script type="module" src="([^"]+)">')
"""Put into the page before they are shown: a dozen requests a page through this process take long."""
LOOKED = """async ([conditions, grave]) => {
    const root = document.documentElement
    for (const fold of document.querySelectorAll(".menu__fold")) fold.open = innerWidth >= 960
    const begins = document.querySelector("main").getBoundingClientRect().top + scrollY
    const pushed = [...document.querySelectorAll("main *")]
        .filter((one) => one.scrollWidth > one.clientWidth && ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
        .map((one) => one.className || one.tagName)
    const exclude = [...document.querySelectorAll(".header, .side, .footer, [data-week]")].filter((part) => {
        const key = innerWidth + part.outerHTML.replace(/(name="csrf_token" value=")[^"]+/g, "$1")
        const known = sessionStorage.getItem(key)
        sessionStorage.setItem(key, "looked at")
        return known
    })
    const spacing = document.createElement("style")
    spacing.textContent = "* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important }"
    const usual = root.scrollWidth
    document.head.append(spacing)
    const spaced = root.scrollWidth
    spacing.remove()
    const { violations } = await axe.run({ include: [root], exclude }, conditions)
    return [
        ...(usual > innerWidth ? [`scrolls sideways to ${usual}`] : []),
        ...(spaced > innerWidth ? [`with wider letters scrolls sideways to ${spaced}`] : []),
        ...(pushed.length ? [`hides behind sideways scrolling: ${pushed}`] : []),
        ...(begins > 320 ? [`begins ${begins} pixels down`] : []),
        ...violations.filter((one) => grave.includes(one.impact))
            .map((one) => `${one.id} ${one.nodes.map((node) => node.target)}`),
    ]
}"""
"""What is wrong at the present width, in words: to bring back all that axe-core says takes longer than some of its rules.

A part that stands on many pages, letter for letter, is looked at once at each width. The menu stands open on a wide
screen whatever its fold says, but axe-core goes by the fold.
"""
LEAVING = ("self-post.js", "bulk-progress.js")
"""Scripts that leave the page, which is to be looked at."""


class Inspector:
    """A page that a `Browser` was given is shown in a tab with its style sheets and scripts; what it would send goes nowhere."""

    def __init__(self, chromium: Chromium) -> None:
        self._tab = chromium.new_context(base_url=SITE, locale="ja-JP").new_page()
        self._tab.add_init_script(AXE_SCRIPT)
        self._tab.route("**/*", self._answer)
        self._shown: tuple[Browser, Page] | None = None
        self._kept: dict[str, str] = {}
        self.templates: set[str] = set()
        """Of the pages looked at."""
        self.faults: list[str] = []
        self._latest = ""

    def look(self, browser: Browser) -> Page:
        """At the page that the browser shows now."""
        page = browser.shown
        self.templates.add(self._latest)
        self._shown = browser, page
        self._tab.goto(f"{SITE}{page.path}")
        for width in WIDTHS:
            self._tab.set_viewport_size({"width": width, "height": 900})
            for what in self._tab.evaluate(LOOKED, [CONDITIONS, GRAVE]):
                self.faults.append(f"{page.heading} ({self._latest}, {page.path}) at {width}: {what}")
        return page

    def _answer(self, route: Route) -> None:
        assert self._shown is not None
        browser, page = self._shown
        request = route.request
        if request.is_navigation_request() and request.method == "GET":
            html = STYLE_SHEET.sub(lambda link: f"<style>{self._kept_text(browser, link[1])}</style>", page.html)
            html = SCRIPT.sub(lambda script: self._script(browser, script), html)
            route.fulfill(status=page.status, body=html, content_type="text/html; charset=utf-8")
        elif request.method == "GET":
            address = urlsplit(request.url).path
            if address.endswith(".png"):
                route.fulfill(body=browser.client.get(address, base_url=SITE).data, content_type="image/png")
                return
            kind = "text/javascript" if address.endswith(".js") else "image/svg+xml"
            route.fulfill(body=self._kept_text(browser, address), content_type=kind)
        else:
            route.fulfill(status=204)

    def _script(self, browser: Browser, tag: re.Match[str]) -> str:
        if tag[1].endswith(LEAVING):
            return "<script>"
        text = self._kept_text(browser, tag[1])
        return tag[0] if "\nimport " in text else f'<script type="module">{text}'  # from beside its own address

    def _kept_text(self, browser: Browser, address: str) -> str:
        if address not in self._kept:
            self._kept[address] = browser.client.get(address, base_url=SITE).get_data(as_text=True)
        return self._kept[address]

    def _rendered(self, _app: object, template: object, **_more: object) -> None:
        self._latest = str(getattr(template, "name", ""))

    @contextmanager
    def at_work(self) -> Iterator[Inspector]:
        """While it can see which template each page is made of."""
        with template_rendered.connected_to(self._rendered):
            yield self
        self._tab.context.close()
