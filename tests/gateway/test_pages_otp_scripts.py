"""The scripts of the second factor's pages, in Chromium: the countdown, the link that sends itself, narrow screens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from contracts.base import Secret
from contracts.otp.links import LinkState, LookAtLink
from contracts.phone import AuthUnit
from gateway.services import Services
from tests.gateway.conftest import CODE, CONTRACT, LINK, PASSWORD, TEMPORARY
from tests.gateway.in_chromium import served, tab
from tests.gateway.otp_steps import TYPED
from tests.screen import assert_fits

pytestmark = pytest.mark.browser
NEXT = "次へ"


@pytest.fixture
def address(otp_site) -> Iterator[str]:
    """The site, served on a port of its own to a person with a temporary password."""
    otp_site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    app = otp_site.app()
    services = Services(otp_site.auth, None, None, otp_site.otp)  # type: ignore[arg-type]  # nobody else is asked
    with served(app, services) as address:
        yield address


@pytest.fixture
def page(chromium, address) -> Iterator[Page]:
    """A tab 320 pixels wide in which nothing may go wrong with a script or a policy."""
    with tab(chromium, address, 320, 640) as opened:
        yield opened


def press(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def to_the_link(page: Page) -> None:
    """From nothing to 8, looking at each page's width."""
    page.goto("/login")
    fill(page, {"number": CONTRACT, "password": TEMPORARY})
    press(page, "ログイン")
    fill(page, {"present": TEMPORARY, "new": PASSWORD, "again": PASSWORD})
    press(page, "パスワード変更")
    assert_fits(page)
    page.get_by_label("ワンタイムパスワードを利用する").check()
    press(page, NEXT)
    page.wait_for_url("**/otp/registration")
    assert_fits(page)
    fill(page, TYPED)
    press(page, NEXT)
    page.wait_for_url("**/confirmation")
    assert_fits(page)
    press(page, "登録")
    page.wait_for_url("**/otp/sent")
    assert_fits(page)


@pytest.mark.rule("OTP-2", "OTP-3", "OTP-6", "SITE-2")
def test_the_whole_registration_on_a_narrow_screen_with_a_link_that_sends_itself(otp_site, page):
    to_the_link(page)
    page.goto(otp_site.newest_mail(LINK))
    page.wait_for_url("**/otp/registered")
    assert_fits(page)
    press(page, "ワンタイムパスワードを送信")
    page.wait_for_url("**/otp/code")
    assert_fits(page)
    page.locator("#code").fill(otp_site.newest_mail(CODE))
    page.keyboard.press("Enter")
    page.wait_for_url("**/services")
    for path in ("/otp/use", "/otp/address", "/otp/confirmation-id", "/otp/confirmation-password", "/otp/send"):
        page.goto(path)
        assert_fits(page)


@pytest.mark.rule("OTP-3")
def test_without_scripts_the_link_has_a_button_and_nothing_happens_until_it_is_pressed(otp_site, page, chromium):
    to_the_link(page)
    link = otp_site.newest_mail(LINK)
    plain = chromium.new_context(base_url=page.url.split("/otp")[0], java_script_enabled=False).new_page()
    plain.goto(link)
    token = Secret(link.rsplit("/", 1)[1])
    assert otp_site.otp.look_at_link(LookAtLink(token=token)).state is LinkState.VALID
    plain.get_by_role("button", name="本登録する").click()
    plain.wait_for_url("**/otp/registered")
    assert "もう一度ログインしてください" in plain.inner_text("main")


@pytest.mark.rule("OTP-6")
def test_the_time_left_is_seen_every_second_and_said_aloud_at_a_few_marks(otp_site, page):
    to_the_link(page)
    page.goto(otp_site.newest_mail(LINK))
    page.wait_for_url("**/otp/registered")
    page.clock.install()
    press(page, "ワンタイムパスワードを送信")
    page.wait_for_url("**/otp/code")
    left, said = page.locator("[data-countdown-left]"), page.locator("[data-countdown-announcement]")
    heard = []
    for _ in range(31):
        page.clock.run_for(10_000)
        if said.text_content() not in heard[-1:]:
            heard.append(said.text_content())
    assert heard == [
        "",
        "有効時間は、あと2分です",
        "有効時間は、あと1分です",
        "有効時間は、あと30秒です",
        "有効時間が過ぎました。この画面の下に、続け方があります。",
    ]
    assert left.text_content() == "有効時間が過ぎました。"
    press(page, "ログイン画面へ")
    page.wait_for_url(re.compile("timed-out"))
    assert page.get_by_role("heading", level=1).text_content() == "もう一度ログインしてください"


@pytest.mark.rule("OTP-6")
def test_the_page_that_waits_for_a_mail_tells_by_itself_when_it_was_sent_and_when_it_was_refused(otp_site, page):
    to_the_link(page)
    told = page.locator("[data-mail-state]")
    assert "送信しています" in (told.text_content() or "")
    page.goto(otp_site.newest_mail(LINK))
    page.wait_for_url("**/otp/registered")
    for answer, state in {"250 OK": "sent", "550 no such mailbox": "failed"}.items():
        otp_site.postbox.answers_rcpt = lambda _recipient, answer=answer: answer
        page.goto("/otp/send")
        press(page, "ワンタイムパスワードを送信")
        page.wait_for_url("**/otp/code")
        page.locator("#code").fill("12")
        otp_site.send_mail()
        page.locator(f"[data-mail-state][data-state={state}]").wait_for(timeout=10_000)
        assert page.locator("#code").input_value() == "12"
        assert_fits(page)
    assert "お送りできませんでした" in (told.text_content() or "")
