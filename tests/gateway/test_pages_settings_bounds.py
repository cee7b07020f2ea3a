"""Numbers that no page of ours sends, at the pages of settings: as large as nothing is, and larger than Python reads."""

from __future__ import annotations

import pytest

from contracts.phone import Feature
from tests.gateway.browser import Browser
from tests.gateway.conftest import ADDITIONAL, CONTRACT, Site
from tests.gateway.test_pages_call_notification import chosen, set_rules, summary
from tests.gateway.test_pages_forwarding_groups import FORM as GROUP

SET: dict[str, dict[str, str | list[str]]] = {
    "call-notification": {"withheld": "no"},
    "fax-notification": {"when_full": "drop_oldest"},
    "fault-notification": {"kinds": ["recovery"]},
    "call-forwarding": {"mode": "busy", "ring_seconds": "15"},
}
"""How each of them is set, by what its first page shows otherwise."""
HUGE = (str(10**30), "9" * 5000)


@pytest.fixture
def browser(site: Site) -> Browser:
    """The person of the example line, one number of which has every feature."""
    site.provision(CONTRACT, {CONTRACT: set(Feature), ADDITIONAL: set()})
    return site.logged_in()


@pytest.mark.parametrize("slug", SET)
def test_a_form_with_a_version_that_cannot_be_sets_nothing_and_is_shown_once_more(browser: Browser, slug: str):
    browser.get(f"/services/{slug}")
    first = chosen(browser.shown)
    page = set_rules(browser, **SET[slug])
    in_force = summary(page)
    for seen in HUGE:
        fields = {**first, "ring_seconds": "20", "seen": seen}
        assert browser.send(page.path, page, **fields).status_code == 303  # type: ignore[arg-type]
        assert summary(browser.get(page.path)) == in_force
    assert len(browser.get(f"{page.path}/history").all("li", class_="change")) == 1
    for before in (*HUGE, str(-(10**30))):
        assert browser.get(f"{page.path}/history?before={before}").status == 200
    for version in HUGE:
        assert browser.get(f"{page.path}/history/{version}").status == 404


def test_a_group_with_a_version_that_cannot_be_is_not_made(browser: Browser):
    page = browser.get("/services/bulk-forwarding/groups/new")
    for seen in HUGE:
        assert browser.send(page.path, page, seen=seen, **GROUP).status_code == 303
    assert GROUP["name"] not in browser.get("/services/bulk-forwarding").text


def test_news_from_a_place_that_cannot_be_are_the_latest(browser: Browser):
    page = browser.get("/services/fault-notification")
    for before in HUGE:
        assert browser.get(f"{page.path}/news?before={before}").status == 200
