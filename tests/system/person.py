"""What a subscriber does at the telephone and in the browser, in the words on the pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.system.site import Site

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
TEMPORARY = "20264869"
PASSWORD = "umi97sora"


class Person:
    """One person with one browser tab."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.site.url + path)

    def title(self) -> str:
        """The page's heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def sees(self, title: str) -> None:
        """Wait for the page of that title."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def dial(self, *entries: str, caller: str = CONTRACT) -> str:
        """Call the setting number and press the keys of each turn; returns the last that was heard."""
        self.open("/telephone")
        self.page.get_by_label("電話番号").fill(caller)
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
        self.page.get_by_label("パスワード", exact=False).and_(self.page.locator("input")).first.fill(password)
        self.page.get_by_role("main").get_by_role("button", name="ログイン").click()
        self.page.wait_for_load_state()

    def change(self, present: str, new: str, again: str | None = None) -> None:
        """Fill in パスワード変更 and send it."""
        self.page.locator("input[name=present]").fill(present)
        self.page.locator("input[name=new]").fill(new)
        self.page.locator("input[name=again]").fill(new if again is None else again)
        self.page.get_by_role("main").get_by_role("button", name="パスワード変更").click()
        self.page.wait_for_load_state()

    def settle(self, unit: str = "1", *number: str, caller: str = CONTRACT, password: str = PASSWORD) -> None:
        """From the telephone to サービス選択 with a real password."""
        self.dial(unit, *number, TEMPORARY, TEMPORARY, caller=caller)
        own = number[0].rstrip("#") if number else CONTRACT if unit == "1" else caller
        self.log_in(own, TEMPORARY)
        self.sees("パスワード変更")
        self.change(TEMPORARY, password)
        self.sees("サービス選択")
