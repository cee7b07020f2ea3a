"""Files of many numbers in a real browser, from the first login to the result (BULK, UNIT-8, PAGES 16, 19)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.person import PASSWORD, Person, provision
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
NEW = "hoshi58tsuki"
BULK = "パスワード一括変更"


class Office(Person):
    """The administrator of a line of so many numbers."""

    def __init__(self, page: Page, site: Site, size: int = 33) -> None:
        super().__init__(page, site)
        self.desks = [f"{self.contract[:8]}{place}" for place in range(30, 30 + size - 2)]
        provision(site, self.contract, {desk: ["call_notification"] for desk in self.desks})

    def send(self, tmp_path: Path, wanted: dict[str, str]) -> None:
        """From the menu to the file, and send it."""
        file = tmp_path / "passwords.csv"
        file.write_bytes("".join(f"{number},{password}\r\n" for number, password in wanted.items()).encode())
        self.page.get_by_role("link", name="パスワード変更").first.click()
        self.page.get_by_role("main").get_by_role("link", name=BULK).click()
        self.sees(BULK)
        self.page.get_by_label("CSVファイル").set_input_files(file)
        self.page.get_by_role("main").get_by_role("button", name="一括設定").click()

    def told(self) -> str:
        return self.page.get_by_role("main").inner_text()


@pytest.fixture
def office(page: Page, shared_site: Site) -> Office:
    return Office(page, shared_site)


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="ja-JP", java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.rule("BULK-1", "BULK-6", "BULK-9", "PWD-7")
def test_an_administrator_sets_the_passwords_of_thirty_three_numbers_by_a_file(office, tmp_path):
    office.settle("3", office.contract)
    wanted = {number: f"ume{place:03}matsu" for place, number in enumerate([office.additional, *office.desks])}
    wanted[office.desks[3]] = "aaaa1234"
    office.send(tmp_path, wanted)
    main = office.page.get_by_role("main")
    expect(main).to_contain_text("ファイルに直すところが2件あります")
    expect(main.get_by_role("row").nth(1)).to_contain_text("同じ文字が4文字以上続いています")
    with office.page.expect_download() as download:
        main.get_by_role("link", name="一覧をCSVでダウンロード").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")

    wanted[office.desks[3]] = NEW
    office.send(tmp_path, wanted)
    expect(main).to_contain_text("設定する電話番号32件")
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("すべての電話番号のパスワードを変更しました。")
    office.forget()
    office.log_in(office.desks[3], NEW)
    office.decline()
    told = office.site.cli("audit", "list", "--line", office.contract, "--kind", "BulkJobCompleted", "--json").stdout
    assert told.count("BulkJobCompleted") == 1


@pytest.mark.rule("BULK-9", "SITE-2")
def test_without_scripts_the_page_comes_to_the_result_by_itself(shared_site, page, without_scripts, tmp_path):
    office = Office(page, shared_site)
    office.settle("3", office.contract)
    office.page = without_scripts
    office.log_in(office.contract, PASSWORD)
    office.send(tmp_path, {office.desks[0]: NEW})
    main = without_scripts.get_by_role("main")
    expect(main).to_contain_text("まだ何も設定していません", timeout=15_000)
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("変更しました", timeout=15_000)


@pytest.mark.rule("BULK-7")
def test_dropped_zeros_are_put_back_when_that_is_confirmed(office, tmp_path):
    office.settle("3", office.contract)
    office.send(tmp_path, {office.desks[0][1:]: NEW})
    main = office.page.get_by_role("main")
    expect(main).to_contain_text("先頭の0がない電話番号（1件）")
    office.page.get_by_label("先頭の0を補って設定します").check()
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("変更しました")


@pytest.mark.rule("SITE-2")
def test_the_pages_fit_a_narrow_window(office, tmp_path):
    office.page.set_viewport_size({"width": 320, "height": 640})
    office.settle("3", office.contract)
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    office.page.goto(office.site.url + "/password/bulk")
    assert not office.page.evaluate(wide)
    for password, shown in (("x", "直すところが"), (NEW, "まだ何も設定していません")):
        office.send(tmp_path, dict.fromkeys(office.desks, password))
        expect(office.page.get_by_role("main")).to_contain_text(shown)
        assert not office.page.evaluate(wide)
