"""The scripts of the pages, in Chromium: rules while typing, the warning before the end, a click that sends once."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, Route

from contracts.phone import AuthUnit
from gateway.services import Services
from services.auth.password_rules import broken_rules
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, PASSWORD, TEMPORARY, Site
from tests.gateway.in_chromium import served, tab
from tests.screen import assert_fits

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site) -> Iterator[str]:
    """The site, served on a port of its own to a person with a temporary password."""
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    app = site.app()
    services = Services(site.auth, None, None, None)  # type: ignore[arg-type]  # these pages ask nobody else
    with served(app, services) as address:
        yield address


@pytest.fixture
def page(chromium, address) -> Iterator[Page]:
    """A tab in which nothing may go wrong with a script or a policy."""
    with tab(chromium, address, 320, 640) as opened:
        yield opened


def log_in(page: Page, password: str, number: str = CONTRACT) -> None:
    page.goto("/login")
    page.get_by_label("電話番号（ハイフンなし）").fill(number)
    page.locator("#password").fill(password)
    page.get_by_role("button", name="ログイン").click()
    page.wait_for_url("**/login/password" if password == TEMPORARY else "**/services")


def complete(page: Page, number: str = CONTRACT) -> None:
    log_in(page, TEMPORARY, number)
    for field, value in {"#present": TEMPORARY, "#new": PASSWORD, "#again": PASSWORD}.items():
        page.locator(field).fill(value)
    page.get_by_role("button", name="パスワード変更").click()
    page.wait_for_url("**/services")


FRAGMENTS = (
    *("abcd", "dcba", "aBcD", "1234", "9876", "7890", "8901", "xyza", "yz01", "0000", "AaAa", "zzzz"),
    *("@ABC", "/012", "９９９９", "ａｂｃｄ", "🌙🌙🌙🌙", " ", "İ", "ß", CONTRACT, CONTRACT[:-1], ADDITIONAL, PASSWORD),
)
typed_text = st.one_of(
    st.text(max_size=16),
    st.text(alphabet=string.ascii_letters + string.digits, max_size=16),
    st.text(alphabet="abcdABCD01234", max_size=14),
    st.lists(
        st.sampled_from(FRAGMENTS) | st.text(alphabet=string.ascii_letters + string.digits, max_size=5), max_size=4
    ).map("".join),
)


@pytest.mark.rule("PWD-9", "PWD-4")
def test_the_rules_while_typing_are_those_that_the_service_goes_by(page):
    """Also where an administrator sets another number: then neither it nor the contract number may be contained."""
    page.goto("/login")
    script = page.locator("script[src*='password-form']").get_attribute("src") or ""
    module = script.replace("password-form.js", "password-rules.js")
    numbers = [ADDITIONAL, CONTRACT]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(typed_text, st.just(PASSWORD) | typed_text), min_size=10, max_size=60))
    def are_the_same(typed: list[tuple[str, str]]) -> None:
        found = page.evaluate(
            "async ([module, typed, numbers]) => { const { brokenRules } = await import(module);"
            " return typed.map(([text, present]) => [...brokenRules(text, present, numbers)].sort()) }",
            [module, typed, numbers],
        )
        expected = [sorted(fault.value for fault in broken_rules(*one, numbers)) for one in typed]
        assert list(zip(typed, found, strict=True)) == list(zip(typed, expected, strict=True))

    are_the_same()


@pytest.mark.rule("PWD-9")
def test_rules_are_marked_while_typing_and_what_was_typed_can_be_shown(page):
    log_in(page, TEMPORARY)
    page.locator("#new").fill("1234")
    assert page.locator("[data-rule=length]").get_attribute("data-state") == "broken"
    assert page.locator("[data-rule=no_digit]").get_attribute("data-state") == "kept"
    assert "まだです" in (page.locator("[data-rule=length]").text_content() or "")
    page.get_by_role("button", name="新しいパスワードを表示する").click()
    assert page.locator("#new").get_attribute("type") == "text"
    page.locator("#again").fill("1235")
    assert page.locator("[data-match]").text_content() == "新しいパスワードと違います"


def test_a_double_click_sends_the_form_once(page):
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto("/login")
    page.locator("#number").fill(CONTRACT)
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="ログイン").dblclick()
    page.locator("#error-summary").wait_for()
    assert len(sent) == 1


def test_the_keyboard_reaches_everything_in_the_order_of_reading(page):
    page.goto("/login")
    order = []
    for _ in range(7):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert order[0] == "本文へ移動"
    assert order[2].startswith("ヘルプ")
    assert order[3:] == ["number", "password", "表示", "ログイン"]


def test_the_faults_are_where_the_reader_begins_and_lead_to_their_fields(page):
    page.goto("/login")
    page.get_by_role("button", name="ログイン").click()
    page.locator("#error-summary").wait_for()
    assert page.evaluate("document.activeElement.id") == "error-summary"
    page.get_by_role("link", name="パスワードを入力してください。").click()
    assert page.evaluate("document.activeElement.id") == "password"


@pytest.mark.rule("SITE-2")
def test_at_320_pixels_nothing_has_to_be_scrolled_sideways(page):
    complete(page)
    for path in ("/", "/services", "/services/call-notification", "/password", "/unit", "/help/start", "/help/unit"):
        page.goto(path)
        assert_fits(page)


class TestTheAdministrator:
    """Of an office with 60 numbers."""

    @pytest.fixture
    def administrator(self, office: Site, page: Page) -> Page:
        office.set_temporary(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
        office.set_temporary("0311110055", AuthUnit.ADMIN_USER, caller=OFFICE)
        complete(page, OFFICE)
        return page

    @pytest.mark.rule("PWD-7")
    def test_finds_a_number_with_the_keyboard_alone_and_changes_its_password(self, administrator):
        administrator.goto("/password/numbers")
        administrator.get_by_label("電話番号の検索").focus()
        administrator.keyboard.type("０３＊100５")
        administrator.keyboard.press("Enter")
        administrator.wait_for_url("**/password/numbers?search=**")
        assert administrator.title().startswith("検索結果 10件")
        administrator.get_by_role("link", name="03-1111-0055").press("Enter")
        administrator.locator("#present").fill(TEMPORARY)
        for field in ("#new", "#again"):
            administrator.locator(field).fill("umi5kaze")
        administrator.keyboard.press("Enter")
        administrator.wait_for_url("**/password/done?search=03*1005")
        administrator.get_by_role("link", name="ほかの電話番号を選ぶ").click()
        assert administrator.get_by_label("電話番号の検索").input_value() == "03*1005"

    @pytest.mark.rule("PWD-4", "PWD-9")
    def test_is_told_while_typing_that_neither_number_may_be_contained(self, administrator):
        administrator.goto("/password/numbers?search=*55")
        administrator.get_by_role("link", name="03-1111-0055").click()
        state = administrator.locator("[data-rule=contains_number]")
        for typed, told in {"a0311110055": "broken", f"{OFFICE}b": "broken", "a0311110056": "kept"}.items():
            administrator.locator("#new").fill(typed)
            assert state.get_attribute("data-state") == told

    @pytest.mark.rule("SITE-2")
    def test_scrolls_nothing_sideways_at_320_pixels(self, administrator):
        for path in ("", "?search=0311", "?search=abc", "?search=0399", "?page=2"):
            administrator.goto(f"/password/numbers{path}")
            assert_fits(administrator)


class TestTheEnd:
    """The page's clock is wound forward; what the server would say meanwhile is said in its place."""

    @pytest.fixture
    def left(self, page) -> dict[str, int]:
        answer = {"seconds_left": 120}
        page.clock.install()
        complete(page)
        page.route("**/session/remaining", lambda route: fulfil(route, answer))
        return answer

    @pytest.mark.rule("LOGIN-8")
    def test_two_minutes_before_it_the_page_warns_and_staying_is_one_click(self, page, left):
        dialog = page.locator("#session-dialog")
        page.clock.fast_forward("27:30")
        assert not dialog.is_visible()
        page.clock.fast_forward("00:31")
        dialog.wait_for()
        assert page.evaluate("document.activeElement.textContent").strip() == "ログインを続ける"
        page.keyboard.press("Escape")
        assert dialog.is_visible()
        page.get_by_role("button", name="ログインを続ける").click()
        dialog.wait_for(state="hidden")

    @pytest.mark.rule("LOGIN-8")
    def test_a_tab_in_which_nothing_happens_does_not_warn_while_another_is_used(self, page, left):
        left["seconds_left"] = 1500
        with page.expect_response("**/session/remaining"):
            page.clock.fast_forward("28:30")
        page.clock.run_for(2000)
        assert not page.locator("#session-dialog").is_visible()

    @pytest.mark.rule("LOGIN-8")
    def test_when_it_is_over_the_page_leads_to_the_one_that_says_so(self, page, site, left):
        site.later(minutes=31)
        left["seconds_left"] = 0
        page.clock.fast_forward("31:00")
        page.wait_for_url("**/timed-out**")
        assert page.get_by_role("heading", level=1).text_content() == "自動的にログアウトしました"


def fulfil(route: Route, answer: dict[str, int]) -> None:
    route.fulfill(body=json.dumps(answer), content_type="application/json")
