"""Stopped, killed and started again: everything is found as it was left (TEMP-9)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.system.person import PASSWORD, TEMPORARY, Person
from tests.system.site import Site

pytestmark = pytest.mark.system
CONTRACT = "0300001111"


class Platform:
    """The telephone platform, turn by turn over HTTP."""

    def __init__(self, site: Site, caller: str = CONTRACT) -> None:
        self.site = site
        self.call_id = secrets.token_hex(8)
        self.step = 0
        self._headers = {"Authorization": f"Bearer {site.secret('HIKARI_IVR_TOKEN')}"}
        self.hear("/ivr/calls", {"call_id": self.call_id, "caller": caller})

    def key(self, digits: str) -> dict[str, object]:
        """What is heard after these keys."""
        return self.hear(f"/ivr/calls/{self.call_id}", {"step": self.step, "digits": digits})

    def hear(self, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = httpx.post(self.site.url + path, json=body, headers=self._headers, timeout=10)
        answer.raise_for_status()
        turn: dict[str, object] = answer.json()
        assert isinstance(turn["step"], int)
        self.step = turn["step"]
        return turn


def form_token(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found
    return found[1]


class Visitor:
    """A browser without scripts."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies = httpx.Cookies()

    def get(self, path: str) -> str:
        """The page at last, after redirects."""
        return self._ask(lambda http: http.get(path))

    def send(self, path: str, **fields: str) -> str:
        """Fill in the form of a page and send it; the page that follows."""
        page = self.get(path)
        form = {name: form_token(page, name) for name in ("csrf_token", "form_id")}
        return self._ask(lambda http: http.post(path, data={**form, **fields}, headers={"Origin": self.site.url}))

    def _ask(self, request: Callable[[httpx.Client], httpx.Response]) -> str:
        # A connection each: the site is killed in between.
        with httpx.Client(base_url=self.site.url, cookies=self.cookies, follow_redirects=True, timeout=10) as http:
            text = request(http).text
            self.cookies = http.cookies
        return text

    def log_in(self, password: str) -> str:
        """The page after the login."""
        return self.send("/login", number=CONTRACT, password=password)

    def change(self, present: str, new: str) -> str:
        """The page after the forced change."""
        return self.send("/login/password", present=present, new=new, again=new)

    def decline(self) -> str:
        """Use no one-time passwords (OTP-1); the page after that."""
        self.send("/otp/choice", use="not_used")
        return self.send("/otp/choice/confirmation")


@pytest.mark.browser
@pytest.mark.rule("LOGIN-8")
def test_a_second_start_finds_passwords_sessions_and_units_as_they_were_left(site: Site, page: Page) -> None:
    person = Person(page, site)
    person.settle("3")
    assert site.stop() == 0
    site.start()
    person.page.reload()
    person.sees("サービス選択")
    assert "管理者／ユーザ単位" in person.page.locator("body").inner_text()
    person.forget()
    person.log_in(person.contract, PASSWORD)
    person.sees("サービス選択")


@pytest.mark.rule("TEMP-9")
@pytest.mark.parametrize("turns", range(4))
def test_killed_at_any_point_of_the_dialogue_the_call_goes_on_after_the_restart(site: Site, turns: int) -> None:
    entries = ["1", TEMPORARY, TEMPORARY]
    platform = Platform(site)
    for digits in entries[:turns]:
        platform.key(digits)
    site.kill()
    site.start()
    for digits in entries[turns:]:
        heard = platform.key(digits)
        assert platform.site is site
    if turns < 3:
        assert heard["ended"]
    assert "パスワード変更" in Visitor(site).log_in(TEMPORARY)


@pytest.mark.rule("TEMP-9")
def test_killed_right_after_the_completion_message_the_new_one_works_and_the_old_password_does_not(site: Site) -> None:
    platform = Platform(site)
    for digits in ("1", TEMPORARY, TEMPORARY):
        platform.key(digits)
    visitor = Visitor(site)
    visitor.log_in(TEMPORARY)
    visitor.change(TEMPORARY, PASSWORD)
    assert "<h1>サービス選択" in visitor.decline()
    again = Platform(site)
    for digits in ("1", "86428642", "86428642"):
        heard = again.key(digits)
    assert heard["ended"]
    site.kill()
    site.start()
    assert "サービス選択" not in Visitor(site).log_in(PASSWORD)
    assert "パスワード変更" in Visitor(site).log_in("86428642")


@pytest.mark.rule("TEMP-9", "LOGIN-4")
def test_killed_between_login_and_forced_change_the_change_can_still_be_made(site: Site) -> None:
    platform = Platform(site)
    for digits in ("1", TEMPORARY, TEMPORARY):
        platform.key(digits)
    visitor = Visitor(site)
    visitor.log_in(TEMPORARY)
    site.kill()
    site.start()
    assert "利用選択画面" in visitor.change(TEMPORARY, PASSWORD)
    site.kill()
    site.start()
    assert "<h1>サービス選択" in visitor.decline()
    site.kill()
    site.start()
    assert "<h1>サービス選択" in visitor.get("/services")
    assert "<h1>サービス選択" in Visitor(site).log_in(PASSWORD)


@pytest.mark.rule("LOGIN-2", "LOGIN-4")
def test_mismatches_survive_a_kill(site: Site) -> None:
    platform = Platform(site)
    for digits in ("1", TEMPORARY, TEMPORARY):
        platform.key(digits)
    for _ in range(2):
        Visitor(site).log_in("00000000")
    site.kill()
    site.start()
    Visitor(site).log_in("00000000")
    assert "パスワード変更" not in Visitor(site).log_in(TEMPORARY)


def test_two_sites_on_one_data_folder_are_refused(site: Site, new_site: Callable[..., Site]) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        new_site("data")
    assert httpx.get(site.url + "/health/ready").status_code == 200
