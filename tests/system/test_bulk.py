"""Files of many numbers in a real browser, from the first login to the result (BULK, UNIT-8, PAGES 16, 19)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.screen import assert_fits
from tests.system.person import PASSWORD, TEMPORARY, Person, provision
from tests.system.site import Site
from tests.system.test_otp import Subscriber

pytestmark = [pytest.mark.system, pytest.mark.browser]
NEW = "hoshi58tsuki"
PATIENCE = 30_000
"""Milliseconds for a job on a machine that has other work."""
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
        fold = self.page.locator(".menu__summary")
        if fold.is_visible():  # where the window is narrow
            fold.click()
        self.page.get_by_role("link", name="パスワード変更").first.click()
        self.page.get_by_role("main").get_by_role("link", name=BULK).click()
        self.sees(BULK)
        self.hand_in(file)

    def hand_in(self, file: Path) -> None:
        """On the page for it."""
        self.page.get_by_label("CSVファイル").set_input_files(file)
        self.page.get_by_role("main").get_by_role("button", name="一括設定").click()

    def has_files_for_passwords(self, *, wanted: bool) -> None:
        """And the search, which has the same threshold."""
        main = self.page.get_by_role("main")
        self.page.get_by_role("link", name="パスワード変更").first.click()
        expect(main.get_by_role("link", name=BULK)).to_have_count(int(wanted))
        self.page.goto(self.site.url + "/password/numbers")
        self.sees("パスワード変更")
        expect(main.get_by_role("button", name="検索")).to_have_count(int(wanted))
        self.page.goto(self.site.url + "/password/bulk")
        expect(self.page.get_by_label("CSVファイル")).to_have_count(int(wanted))

    def change_unit(self, slug: str) -> None:
        """By the form, in which the own password is the first that is asked."""
        self.page.goto(f"{self.site.url}/unit/{slug}")
        self.page.locator("input[type=password]").first.fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="認証単位変更").click()
        expect(self.page.get_by_role("main")).to_contain_text("に変更しました")

    def has_a_file_for_the_unit(self, *, wanted: bool) -> None:
        main = self.page.get_by_role("main")
        self.page.goto(self.site.url + "/unit/administrator")
        self.sees("認証単位変更")
        expect(main.get_by_role("link", name="一括設定")).to_have_count(int(wanted))
        self.page.goto(self.site.url + "/unit/administrator/bulk")
        expect(self.page.get_by_label("CSVファイル")).to_have_count(int(wanted))

    def download(self, tmp_path: Path) -> Path:
        """The file to start from."""
        with self.page.expect_download() as download:
            self.page.get_by_role("main").get_by_role("link", name="ダウンロード", exact=True).click()
        download.value.save_as(tmp_path / "downloaded.csv")
        return tmp_path / "downloaded.csv"


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
    expect(main).to_contain_text("ファイルに直すところが2件あります", timeout=PATIENCE)
    expect(main.get_by_role("row").nth(1)).to_contain_text("同じ文字が4文字以上続いています")
    with office.page.expect_download() as download:
        main.get_by_role("link", name="一覧をCSVでダウンロード").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")

    wanted[office.desks[3]] = NEW
    office.send(tmp_path, wanted)
    expect(main).to_contain_text("設定する電話番号32件", timeout=PATIENCE)
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("すべての電話番号のパスワードを変更しました。", timeout=PATIENCE)
    office.forget()
    office.log_in(office.desks[3], NEW)
    office.decline()
    told = office.site.cli("audit", "list", "--line", office.contract, "--kind", "BulkJobCompleted", "--json").stdout
    assert told.count("BulkJobCompleted") == 1


@pytest.mark.rule("PWD-7", "UNIT-8", "BULK-1", "BULK-2")
def test_with_thirty_two_numbers_there_is_neither_search_nor_file_and_with_thirty_three_there_are(page, shared_site):
    office = Office(page, shared_site, size=32)
    office.settle("3", office.contract)
    office.has_files_for_passwords(wanted=False)
    office.change_unit("number")
    office.has_a_file_for_the_unit(wanted=False)
    one_more = f"{office.contract[:8]}99"
    provision(shared_site, office.contract, {one_more: ["call_notification"]})
    office.has_a_file_for_the_unit(wanted=True)
    office.change_unit("administrator")
    office.has_files_for_passwords(wanted=True)


@pytest.mark.rule("BULK-9", "SITE-2")
def test_without_scripts_the_page_comes_to_the_result_by_itself(shared_site, page, without_scripts, tmp_path):
    office = Office(page, shared_site)
    office.settle("3", office.contract)
    office.page = without_scripts
    office.log_in(office.contract, PASSWORD)
    office.send(tmp_path, {office.desks[0]: NEW})
    main = without_scripts.get_by_role("main")
    expect(main).to_contain_text("まだ何も設定していません", timeout=PATIENCE)
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("変更しました", timeout=PATIENCE)


@pytest.mark.rule("BULK-7")
def test_dropped_zeros_are_put_back_when_that_is_confirmed(office, tmp_path):
    office.settle("3", office.contract)
    office.send(tmp_path, {office.desks[0][1:]: NEW})
    main = office.page.get_by_role("main")
    expect(main).to_contain_text("先頭の0がない電話番号（1件）", timeout=PATIENCE)
    office.page.get_by_label("先頭の0を補って設定します").check()
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("変更しました", timeout=PATIENCE)


@pytest.mark.rule("SITE-2")
def test_the_pages_fit_a_narrow_window(office, tmp_path):
    office.page.set_viewport_size({"width": 320, "height": 640})
    office.settle("3", office.contract)
    office.page.goto(office.site.url + "/password/bulk")
    assert_fits(office.page)
    for password, shown in (("x", "直すところが"), (NEW, "まだ何も設定していません")):
        office.send(tmp_path, dict.fromkeys(office.desks, password))
        expect(office.page.get_by_role("main")).to_contain_text(shown, timeout=PATIENCE)
        assert_fits(office.page)


@pytest.mark.rule("BULK-2", "UNIT-1", "UNIT-5", "UNIT-8")
def test_the_unit_of_thirty_three_numbers_is_changed_by_the_file_that_was_downloaded(office, tmp_path):
    office.settle("2", office.contract)
    page, main = office.page, office.page.get_by_role("main")
    page.get_by_role("link", name="認証単位変更").first.click()
    main.get_by_role("link", name="管理者／ユーザ単位", exact=True).click()
    main.get_by_role("link", name="一括設定").click()
    office.sees("認証単位変更 一括設定")
    file = office.download(tmp_path)
    text = file.read_bytes().decode("utf-8-sig")
    assert (text.count(",*\r\n"), text.count(",\r\n")) == (32, 1)
    file.write_text(text.replace(",\r\n", ",wrong97531x\r\n"), newline="")
    office.hand_in(file)
    expect(main).to_contain_text("パスワードが違います", timeout=PATIENCE)
    main.get_by_role("link", name="ファイルを選び直す").click()
    file.write_text(text.replace(",\r\n", f",{PASSWORD}\r\n"), newline="")
    office.hand_in(file)
    expect(main).to_contain_text("パスワードを確かめた電話番号1件", timeout=PATIENCE)
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("認証単位を管理者／ユーザ単位に変更しました", timeout=PATIENCE)
    expect(page.locator("section.target")).to_contain_text("管理者／ユーザ単位")


@pytest.mark.rule("FEAT-4", "BULK-6", "BULK-7", "BULK-9", "SITE-2")
def test_the_targets_of_a_group_are_set_by_a_file_on_a_narrow_screen(page, shared_site, tmp_path):
    person = Person(page, shared_site)
    able = {number: ["bulk_forwarding"] for number in (person.contract, person.additional)}
    provision(shared_site, person.contract, able)
    page.set_viewport_size({"width": 320, "height": 640})
    person.settle("3", person.contract)
    person.open("/services/bulk-forwarding/groups/new")
    page.get_by_label("グループの名前").fill("本社")
    page.locator("#members").fill(f"{person.contract},0312345678")
    main = page.get_by_role("main")
    main.get_by_role("button", name="保存する").click()
    main.get_by_role("link", name="CSVファイルで入力する").click()
    person.sees("CSVファイルで入力")
    file = tmp_path / "group.csv"
    rows = "電話番号,転送先\r\n{0},{1}\r\n{2},9012345678\r\n"
    for target, said in (("110", "ファイルに直すところが1件あります"), ("0612345678", "転送先の変更1件")):
        file.write_bytes(rows.format(person.contract, target, person.additional[1:]).encode("cp932"))
        page.get_by_label("CSVファイル").set_input_files(file)
        main.get_by_role("button", name="一括設定").click()
        expect(main).to_contain_text(said, timeout=PATIENCE)
        assert_fits(page)
        if target == "110":
            main.get_by_role("link", name="ファイルを選び直す").click()
    expect(main).to_contain_text("グループに追加1件")
    expect(main).to_contain_text("先頭の0がない電話番号（2件）")
    page.get_by_label("先頭の0を補って設定します").check()
    main.get_by_role("button", name="この内容で設定").click()
    expect(main).to_contain_text("このグループの電話番号と転送先を置き換えました。", timeout=PATIENCE)
    assert_fits(page)
    main.get_by_role("link", name="グループの画面へ").click()
    expect(main).to_contain_text("090-1234-5678")
    told = shared_site.cli("audit", "list", "--line", person.contract, "--kind", "BulkJobCompleted", "--json").stdout
    assert '"kind":"forwarding"' in told


@pytest.mark.rule("BULK-3", "MENU-1", "OTP-6")
def test_one_time_passwords_of_thirty_three_numbers_are_set_by_a_file(page, shared_site, tmp_path):
    administrator = Subscriber(page, shared_site)
    desks = [f"{administrator.contract[:8]}{place}" for place in range(30, 61)]
    provision(shared_site, administrator.contract, {desk: ["call_notification"] for desk in desks})
    administrator.dial("3", f"{administrator.contract}#", TEMPORARY, TEMPORARY)
    administrator.log_in(administrator.contract, TEMPORARY)
    administrator.change(TEMPORARY, PASSWORD)
    administrator.sees("ワンタイムパスワード 利用選択画面")
    administrator.page.get_by_label("ワンタイムパスワードを利用する").check()
    administrator.press("次へ")
    administrator.register()
    administrator.open_link()
    administrator.give_code()
    administrator.choose("ワンタイムパスワード各種一括設定")
    main = administrator.page.get_by_role("main")
    rows = [f"{desk},1,desk{desk}@mail.example,hana8888,umi5kaze\r\n" for desk in desks]
    file = tmp_path / "otp.csv"
    for wrong, said in ((",2,", "0（利用なし）か1（利用あり）"), (",1,", "ファイルの電話番号31件")):
        file.write_text("".join(rows).replace(",1,", wrong), newline="")
        administrator.page.get_by_label("CSVファイル").set_input_files(file)
        administrator.press("一括設定")
        expect(main).to_contain_text(said, timeout=PATIENCE)
        if wrong == ",2,":
            administrator.follow("ファイルを選び直す")
    administrator.press("この内容で設定")
    expect(main).to_contain_text("ワンタイムパスワードの設定を変更しました", timeout=PATIENCE)
    expect(main.get_by_role("listitem").first).to_be_visible()
    told = shared_site.cli(
        "audit", "list", "--line", administrator.contract, "--kind", "OtpAddressRegistered", "--json"
    )
    assert told.stdout.count("\n") == 1 + len(desks)
