"""What a subscriber does at the telephone and in the browser, in the words on the pages."""

from __future__ import annotations

import itertools

import httpx
from playwright.sync_api import Page, expect

from tests.system.site import Site

TEMPORARY = "20264869"
PASSWORD = "umi97sora"

_lines = itertools.count(1)


class Person:
    """One person with one browser tab, on a line of its own that is like the guide's (LINE-8)."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site
        line = next(_lines)
        self.contract = f"0388{line:04d}11"
        self.additional = f"0388{line:04d}22"
        provision(
            site,
            self.contract,
            {self.contract: ["call_notification"], self.additional: ["call_notification", "fax_notification"]},
        )

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.site.url + path)

    def title(self) -> str:
        """The page's heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def sees(self, title: str) -> None:
        """Wait for the page of that title."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def dial(self, *entries: str, caller: str = "") -> str:
        """Call the setting number and press the keys of each turn; returns the last that was heard."""
        self.open("/telephone")
        self.page.get_by_label("電話番号").fill(caller or self.contract)
        self.page.get_by_role("button", name="電話をかける").click()
        heard = self.page.locator(".phone__line--voice")
        for turn, keys in enumerate(entries, start=1):
            expect(heard).to_have_count(turn)
            for key in keys:
                name = {"#": "シャープ", "*": "こめじるし"}.get(key, key)
                self.page.get_by_role("button", name=name, exact=True).click()
        expect(heard).to_have_count(len(entries) + 1)
        return heard.last.inner_text()

    def log_in(self, number: str, password: str) -> None:
        """Fill in ログイン and send it."""
        self.open("/login")
        self.page.get_by_label("電話番号（ハイフンなし）").fill(number)
        self.page.locator("input[name=password]").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="ログイン").click()
        self.page.wait_for_load_state()

    def change(self, present: str, new: str, again: str | None = None) -> None:
        """Fill in パスワード変更 and send it."""
        self.page.locator("input[name=present]").fill(present)
        self.page.locator("input[name=new]").fill(new)
        self.page.locator("input[name=again]").fill(new if again is None else again)
        self.page.get_by_role("main").get_by_role("button", name="パスワード変更").click()
        self.page.wait_for_load_state()

    def decline(self) -> None:
        """Choose to use no one-time passwords, which is asked at the first login and completes it (OTP-1)."""
        main = self.page.get_by_role("main")
        self.sees("ワンタイムパスワード 利用選択画面")
        self.page.get_by_label("ワンタイムパスワードを利用しない").check()
        main.get_by_role("button", name="次へ").click()
        self.sees("ワンタイムパスワード 利用選択確認")
        main.get_by_role("button", name="同意する").click()
        self.sees("サービス選択")

    def settle(self, unit: str = "1", number: str = "") -> None:
        """From the contract number's telephone to サービス選択 with a real password."""
        entered = [f"{number or self.contract}#"] if unit != "1" else []
        self.dial(unit, *entered, TEMPORARY, TEMPORARY)
        self.log_in(number or self.contract, TEMPORARY)
        self.sees("パスワード変更")
        self.change(TEMPORARY, PASSWORD)
        self.decline()

    def forget(self) -> None:
        """Close the browser and open it again."""
        self.page.context.clear_cookies()


def provision(site: Site, contract: str, numbers: dict[str, list[str]]) -> None:
    """A line, as an operator brings it in."""
    answer = httpx.post(
        f"{site.url}/ops/api/lines",
        json={
            "contract_number": contract,
            "numbers": [{"number": number, "features": features} for number, features in numbers.items()],
        },
        headers={"Authorization": f"Bearer {site.secret('HIKARI_OPS_TOKEN')}"},
        timeout=30,
    )
    answer.raise_for_status()
