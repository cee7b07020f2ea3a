"""The site as it is started for real, and Debian's Chromium before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.system.site import Site


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes sites, each with a data folder of its own, and leaves none running."""
    made: list[Site] = []

    def make(name: str = "data", **env: str) -> Site:
        made.append(Site(tmp_path / name, **env))
        return made[-1].start()

    yield make
    for site in made:
        site.close()


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for the tests of a module that give their people lines of their own."""
    shared = Site(tmp_path_factory.mktemp("site") / "data").start()
    yield shared
    shared.close()


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """A new site with the demo's lines."""
    return new_site()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty tab. A script error or a broken content security policy on any page fails the test."""
    context = chromium.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield tab
    context.close()
    # A page that answers 4xx on purpose is logged by Chromium as an error of the console, too.
    assert [fault for fault in faults if "the server responded with a status of 4" not in fault] == []
