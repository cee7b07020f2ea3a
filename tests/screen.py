"""What every page owes a narrow screen, as a real browser shows it (SITE-2)."""

from __future__ import annotations

from playwright.sync_api import Page


def assert_fits(page: Page) -> None:
    """Nothing of the page that is being shown has to be scrolled sideways."""
    page.wait_for_load_state()  # a page that has only begun to come has no root to measure
    wide, width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= width, f"{page.url}: {wide} pixels of {width}"
