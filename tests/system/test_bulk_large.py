"""A line of seven thousand numbers set by files of each kind in a real browser (LINE-7, BULK-1, BULK-2, BULK-3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.system.person import PASSWORD, TEMPORARY
from tests.system.site import Site
from tests.system.test_otp import Subscriber

pytestmark = [pytest.mark.system, pytest.mark.browser]
SIZE = 7_000
PATIENCE = 600_000
"""Milliseconds for a file of so many rows on a machine that has other work."""
TOO_BUSY = "ただいまつながりにくくなっています"
NEW = "hoshi58tsuki"


class LargeOffice(Subscriber):
    """The administrator of seven thousand numbers, who uses one-time passwords."""

    def __init__(self, page: Page, site: Site, folder: Path) -> None:
        super().__init__(page, site)
        page.context.set_default_timeout(PATIENCE)
        self.folder = folder
        self.others = [f"0477{desk:06}" for desk in range(SIZE - 1)]
        table = folder / "lines.csv"
        rows = "".join(f"{self.contract},{number},call_notification\n" for number in self.others[1:])
        table.write_text("contract_number,number,features\n" + rows, encoding="utf-8")
        provisioned = site.cli("provision", str(table))
        assert provisioned.returncode == 0, provisioned.stderr
        self.others[0] = self.additional
        self.dial("3", f"{self.contract}#", TEMPORARY, TEMPORARY)
        self.log_in(self.contract, TEMPORARY)
        self.change(TEMPORARY, PASSWORD)
        self.page.get_by_label("ワンタイムパスワードを利用する").check()
        self.press("次へ")
        self.register()
        self.open_link()
        self.give_code()

    def set(self, address: str, cells: dict[str, str], said: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """From the page for it to what is said in the end, with something else done once it works by itself."""
        file = self.folder / "file.csv"
        file.write_bytes("".join(f"{number},{rest}\r\n" for number, rest in cells.items()).encode())
        self.open(address)
        self.page.get_by_label("CSVファイル").set_input_files(file)
        self.press("一括設定")
        self.comes_to("まだ何も設定していません")
        self.told(f"{len(cells):,}件")
        self.press("この内容で設定")
        self.comes_to(f"設定しています|{said}")
        meanwhile()
        self.comes_to(said)
        self.told(f"{len(cells):,}件")

    def comes_to(self, said: str) -> None:
        """By itself; on a machine that is too busy to answer somebody loads the page again."""
        main = self.page.get_by_role("main")
        for _ in range(100):
            expect(main).to_contain_text(re.compile(f"{said}|{TOO_BUSY}"), timeout=PATIENCE)
            if re.search(said, main.inner_text()):
                return
            self.page.reload()
        raise AssertionError(said)

    def leaves_and_comes_back(self) -> None:
        """To another page, and to the file by the list of those that were sent."""
        self.open("/services")
        self.comes_to("着信お知らせメール")
        self.open("/password/bulk")
        self.comes_to("送信したファイル")
        self.page.get_by_role("main").get_by_role("link", name=f"{SIZE - 1:,}行").first.click()

    def audited(self, kind: str) -> int:
        told = self.site.cli("audit", "list", "--line", self.contract, "--kind", kind, "--json")
        return len(told.stdout.splitlines())


@pytest.mark.rule("LINE-7", "BULK-1", "BULK-2", "BULK-3", "BULK-9", "UNIT-8", "PWD-7")
def test_seven_thousand_numbers_are_set_by_a_file_of_each_kind(page, new_site, tmp_path, request):
    office = LargeOffice(page, new_site(), tmp_path)
    passwords = dict.fromkeys(office.others, NEW)
    done = "すべての電話番号のパスワードを変更しました"
    office.set("/password/bulk", passwords, done, office.leaves_and_comes_back)
    assert office.audited("BulkJobAccepted") == office.audited("BulkJobCompleted") == 1
    if not request.config.getoption("--soak"):
        return  # the other kinds take as long again, each

    office.open("/unit/number")
    office.page.locator("input[type=password]").fill(PASSWORD)
    office.press("認証単位変更")
    office.told("認証単位を電話番号単位に変更しました")
    all_of_them = {office.contract: PASSWORD, **passwords}
    office.set("/unit/administrator/bulk", all_of_them, "認証単位を管理者／ユーザ単位に変更しました")

    registered = {number: f"1,desk{number}@mail.example,hana8888,umi5kaze" for number in office.others}
    office.set("/otp/bulk", registered, "ワンタイムパスワードの設定を変更しました")
    office.forget()
    office.log_in(office.others[-1], NEW)
    office.sees("ワンタイムパスワード 送信確認画面")
    assert office.audited("BulkJobAccepted") == office.audited("BulkJobCompleted") == 3
