"""パスワード一括変更 in a browser: the file, its faults, the preview, the work, the result (PAGES 16, 19, BULK-1..10)."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import zipfile
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from chassis.wire import RemoteFailure
from contracts.base import Unavailable
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import MOST_BYTES
from contracts.phone import AuthUnit, Feature
from gateway import bulk_progress
from gateway.bulk_words import PROBLEMS
from gateway.downloads import neutral
from services.auth.password_rules import broken_rules
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import OFFICE, OFFICE_SIZE, PASSWORD, TEMPORARY, Site

PAGE = "/password/bulk"
DESKS = [f"03111100{desk:02}" for desk in range(1, 34)]
NEW = "hoshi58tsuki"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def administrator(bulk_site: Site) -> Browser:
    return bulk_site.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)


def of(numbers: list[str], password: str = NEW) -> bytes:
    return "".join(f"{number},{password}\r\n" for number in numbers).encode()


def send(browser: Browser, content: bytes, name: str = "any.csv", path: str = PAGE) -> Page:
    """Choose the file on the page that is shown, and press 一括設定."""
    if browser.shown.path != path:
        browser.get(path)
    parts = [
        f'--line\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in browser.shown.form(path).items()
    ]
    parts.append(f'--line\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode())
    body = b"".join([*parts, b"Content-Type: text/csv\r\n\r\n", content, b"\r\n--line--\r\n"])
    response = browser.client.post(
        path, data=body, content_type="multipart/form-data; boundary=line", base_url=browser._base
    )
    return browser._arrive(response, path)


def checked(site: Site, browser: Browser, content: bytes, path: str = PAGE) -> Page:
    """The same, and look again when the check is done."""
    page = send(browser, content, path=path)
    site.work()
    return browser.get(page.path)


def press(browser: Browser, what: str, **fields: str) -> Page:
    return browser.post(f"{urlsplit(browser.shown.path).path}/{what}", **fields)


def told(page: Page) -> list[list[str]]:
    """The rows of the table of faults."""
    table = page.all("table", class_="table")
    return [[text(cell) for cell in row] for row in table[0].iter("tr")][1:]


def numbers(page: Page) -> list[str]:
    return [text(item).replace("-", "") for item in page.all("span", class_="change__number number")]


def changes(page: Page) -> list[list[str]]:
    """What is said of each number of the difference."""
    return [[text(one) for one in said] for said in page.all("ul", class_="change__said")]


def counted(page: Page) -> dict[str, str]:
    """The difference in figures."""
    return {text(one[0]): text(one[1]) for one in page.one("dl", class_="totals")}


class TestTheWayThere:
    @pytest.mark.rule("PWD-7", "BULK-1")
    def test_the_administrator_of_a_large_line_chooses_between_one_number_and_a_file(self, administrator):
        page = administrator.get("/password")
        assert [text(name) for name in page.all("span", class_="card__name")] == [
            "パスワード変更",
            "パスワード一括変更",
        ]
        page = administrator.get(PAGE)
        assert page.heading == "パスワード一括変更"
        assert [label.text for label in page.all("label")] == ["CSVファイル"]
        main = text(page.one("main"))
        assert "一括設定" in main
        assert "ダウンロード" in main
        current = [text(one) for one in page.all("a", aria_current="page")]
        assert current == ["パスワード変更"]

    @pytest.mark.rule("PWD-1", "PWD-2", "PWD-3", "PWD-4", "BULK-1", "BULK-4")
    def test_the_page_states_the_rules_of_passwords_and_what_can_be_sent(self, administrator):
        main = text(administrator.get(PAGE).one("main"))
        for words in ("8文字以上12文字以下", "0000、aaaa", "1234、dcba", "契約番号を含む", "現在のパスワードと同じ"):
            assert words in main
        assert "送れるのはCSVファイルだけです。" in main
        assert "CSV UTF-8（コンマ区切り）" in main

    @pytest.mark.rule("PWD-1")
    @pytest.mark.parametrize(("unit", "path"), [(AuthUnit.ADMIN_USER, PAGE), (AuthUnit.NUMBER, "/unit/line/bulk")])
    def test_no_example_of_a_file_can_be_taken_for_a_password(self, bulk_site, unit, path):
        page = bulk_site.logged_in(OFFICE, unit, caller=OFFICE).get(path)
        (example,) = re.findall(r"例：03XXXXXXXX,(\S+)", page.text)
        assert broken_rules(example, "", [])

    @pytest.mark.rule("PWD-7", "BULK-1")
    @pytest.mark.parametrize(("size", "is_large"), [(32, False), (33, True)])
    def test_thirty_two_numbers_have_no_choice_and_thirty_three_have(self, bulk_site, size, is_large):
        contract = "0322220000"
        bulk_site.provision(contract, {f"03222200{desk:02}": {Feature.CALL_NOTIFICATION} for desk in range(size)})
        browser = bulk_site.logged_in(contract, AuthUnit.ADMIN_USER, caller=contract)
        assert ("パスワード一括変更" in browser.get("/password").text) is is_large
        assert (browser.get(PAGE).path == PAGE) is is_large

    @pytest.mark.rule("BULK-1", "LINE-4")
    def test_a_user_and_a_line_without_administrator_are_led_to_their_own_password(self, bulk_site, administrator):
        user = bulk_site.logged_in(DESKS[0], AuthUnit.ADMIN_USER, caller=OFFICE)
        assert user.get(PAGE).path == "/password"
        assert user.client.get(f"{PAGE}/download/csv", base_url=user._base).status_code == 403


class TestTheFile:
    @pytest.mark.rule("BULK-4")
    @pytest.mark.parametrize("name", ["", "passwords.xlsx", "passwords"])
    def test_a_file_that_is_no_csv_by_its_name_is_refused_beside_the_field(self, administrator, name):
        page = send(administrator, of(DESKS) if name else b"", name)
        assert page.path == PAGE
        (fault,) = page.faults["file"]
        assert ("選んでください" if not name else "「.csv」") in fault
        assert page.title.startswith("エラー")

    @pytest.mark.rule("BULK-6", "BULK-9")
    def test_the_whole_way_from_file_to_result(self, bulk_site, administrator):
        page = send(administrator, of(DESKS))
        assert "ファイルの内容を確かめています" in page.text
        refresh = page.one("meta", http_equiv="refresh", content=f"5; url={page.path}?automatic=1")
        assert refresh is not None
        bulk_site.work()
        page = administrator.get(page.path)
        assert "まだ何も設定していません" in page.text
        assert counted(page) == {
            "設定する電話番号": "33件",
            "パスワード未設定 → 新しいパスワード": "33件",
            "設定しない電話番号": f"{OFFICE_SIZE - 33}件",
        }
        assert numbers(page) == DESKS
        assert changes(page) == [["パスワード未設定 →から 新しいパスワード"]] * 33
        page = press(administrator, "confirm")
        assert "設定しています" in page.text
        assert page.all("form", class_="form") == []
        bulk_site.work()
        page = administrator.get(page.path)
        assert "すべての電話番号のパスワードを変更しました。（33件、" in page.text
        assert numbers(page) == DESKS
        assert bulk_site.browser().log_in(DESKS[32], NEW).heading == "サービス選択"

    @pytest.mark.rule("BULK-6", "BULK-8", "PWD-9")
    def test_every_fault_is_told_with_row_column_value_and_what_to_do(self, bulk_site, administrator):
        content = (
            f"{DESKS[0]},short1\r\n0399999999,{NEW}\r\n{DESKS[1]},{NEW}\r\n{DESKS[1]},{NEW}\r\n{NEW},{DESKS[2]}\r\n"
        )
        page = checked(bulk_site, administrator, content.encode())
        assert "ファイルに直すところが4件あります" in page.text
        assert told(page) == [
            ["1", "新規パスワード", "", "8文字以上12文字以下にしてください。"],
            ["2", "電話番号", "0399999999", PROBLEMS[Problem.UNKNOWN_NUMBER]],
            ["4", "電話番号", DESKS[1], "同じ電話番号が3行目にもあります。どちらかの行を削除してください。"],
            ["5", "電話番号", "", PROBLEMS[Problem.NOT_A_NUMBER]],
        ]
        assert NEW not in page.html
        assert page.all("form", class_="form") == []
        kept = administrator.client.get(f"{page.path}/faults.csv", base_url=administrator._base)
        assert kept.headers["Content-Disposition"] == 'attachment; filename="password-faults.csv"'
        rows = list(csv.reader(io.StringIO(kept.get_data().decode("utf-8-sig"), newline="")))
        assert rows == [["行", "列", "値", "内容"], *told(page)]

    @pytest.mark.rule("BULK-8")
    def test_of_very_many_faults_the_first_are_shown_and_all_can_be_had(self, bulk_site, administrator):
        content = "".join(f"03{place:08},x\r\n" for place in range(90_000_000, 90_001_200)).encode()
        page = checked(bulk_site, administrator, content)
        assert len(told(page)) == 100
        kept = administrator.client.get(f"{page.path}/faults.csv", base_url=administrator._base)
        assert kept.get_data().count(b"\r\n") == 1201

    @pytest.mark.rule("BULK-7")
    def test_a_dropped_zero_is_put_back_by_whoever_ticks_the_box(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, f"{DESKS[0][1:]},{NEW}\r\n".encode())
        assert told(page) == [["1", "電話番号", DESKS[0][1:], "03-1111-0001"]]
        page = press(administrator, "confirm")
        said = "先頭の0を補うことを確かめて、チェックを入れてください。"
        assert page.faults == {"corrected": [said]}
        assert page.one("input", id="corrected").get("aria-invalid") == "true"
        assert [text(link) for link in page.all("a", href="#corrected")] == [said]
        page = administrator.get(page.path)
        assert page.faults == {}
        press(administrator, "confirm", corrected="1")
        bulk_site.work()
        assert "変更しました" in administrator.get(page.path).text

    @pytest.mark.rule("BULK-8")
    def test_a_file_of_more_than_two_mebibytes_is_told_about_like_any_other_fault(self, bulk_site, administrator):
        page = send(administrator, b"\r\n" * (MOST_BYTES // 2 + 1))
        assert told(page) == [["ファイル全体", "", "", PROBLEMS[Problem.TOO_LARGE]]]

    @pytest.mark.rule("BULK-8")
    @pytest.mark.parametrize("filling", [b"\r\n", b" " * 61 + b"\r\n", b"x" * 1000 + b",y\r\n"])
    def test_a_file_of_nearly_two_mebibytes_is_taken_whatever_is_in_it(self, bulk_site, administrator, filling):
        content = of(DESKS) + filling * ((MOST_BYTES - 1000) // len(filling))
        assert "ファイルの内容を確かめています" in send(administrator, content).text

    @pytest.mark.rule("BULK-9")
    def test_what_was_set_meanwhile_wins_and_the_page_names_the_row(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of(DESKS))
        bulk_site.set_temporary(DESKS[4], AuthUnit.ADMIN_USER, caller=OFFICE)
        press(administrator, "confirm")
        bulk_site.work()
        page = administrator.get(page.path)
        assert "どの電話番号も設定していません" in page.text
        assert told(page) == [["5", "電話番号", "03-1111-0005", PROBLEMS[Problem.MOVED_MEANWHILE]]]
        assert bulk_site.browser().log_in(DESKS[0], NEW).heading == "ログイン"
        assert bulk_site.browser().log_in(DESKS[4], TEMPORARY).heading == "パスワード変更"

    @pytest.mark.rule("BULK-9")
    def test_given_up_it_changes_nothing_and_cannot_be_confirmed_any_more(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of(DESKS))
        ready = page
        assert "中止しました" in press(administrator, "withdraw").text
        response = administrator.send(f"{ready.path}/confirm", ready)
        page = administrator._arrive(response, ready.path)
        assert "もう設定できません" in page.text
        assert "中止したため、このファイルの一括設定は終わっています" in page.text

    @pytest.mark.rule("BULK-9")
    def test_another_file_ends_one_that_waits_and_both_pages_say_so(self, bulk_site, administrator):
        first = checked(bulk_site, administrator, of(DESKS))
        said = "確認待ちのファイルは、同じログインで別のファイルを送信すると、設定できなくなります"
        assert said in administrator.get(PAGE).text
        second = checked(bulk_site, administrator, of(DESKS[:2]))
        press(administrator, "withdraw")
        assert said not in administrator.get(PAGE).text
        assert "別のファイルが送信されたため" in administrator.get(first.path).text
        assert "別のファイルが送信されたため" not in administrator.get(second.path).text

    @pytest.mark.rule("BULK-6", "LOGIN-9")
    def test_the_confirmation_tells_whose_logins_end(self, bulk_site, administrator):
        user = bulk_site.logged_in(DESKS[0], AuthUnit.ADMIN_USER, caller=OFFICE)
        page = checked(bulk_site, administrator, of([OFFICE, DESKS[0]]))
        assert "この一括設定をするご自身のログインだけは、そのまま続きます" in page.text
        press(administrator, "confirm")
        bulk_site.work()
        assert "変更しました" in administrator.get(page.path).text
        assert user.get("/services").path.startswith("/timed-out")

    @pytest.mark.rule("BULK-9")
    def test_one_comes_back_to_a_file_after_leaving_the_page_and_after_the_next_login(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of(DESKS))
        press(administrator, "confirm")
        administrator.post("/logout")
        bulk_site.work()
        administrator.log_in(OFFICE, PASSWORD)
        listed = administrator.get(PAGE).all("a", class_="row row--link")
        assert [(link.get("href"), "設定しました（33行）" in text(link)) for link in listed] == [(page.path, True)]
        assert "変更しました" in administrator.get(page.path).text

    @pytest.mark.rule("BULK-9")
    def test_files_of_one_minute_are_told_apart_by_their_second_and_state(self, bulk_site, administrator):
        checked(bulk_site, administrator, of(DESKS, "x"))
        bulk_site.later(seconds=7)
        checked(bulk_site, administrator, of(DESKS))
        rows = administrator.get(PAGE).all("a", class_="row row--link")
        moments = [text(row[0]) for row in rows]
        assert [moment[-3:] for moment in moments] == ["07秒", "00秒"]
        assert [text(row[1]) for row in rows] == [
            "確認待ちで、まだ設定していません（33行）",
            "直すところがあり、設定していません（33行）",
        ]

    @pytest.mark.rule("BULK-9")
    def test_a_form_that_is_sent_twice_is_one_file(self, bulk_site, administrator):
        administrator.get(PAGE)
        shown = administrator.shown.form(PAGE)
        places = []
        for _ in range(2):
            fields = {**shown, "file": (io.BytesIO(of(DESKS)), "twice.csv")}
            response = administrator.client.post(PAGE, data=fields, base_url=administrator._base)
            places.append(response.headers["Location"])
        assert places[0] == places[1]

    @pytest.mark.rule("BULK-1")
    def test_another_number_finds_nothing_at_the_address_of_a_file(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of([DESKS[0]]))
        press(administrator, "confirm")
        bulk_site.work()
        user = bulk_site.browser()
        user.log_in(DESKS[0], NEW)
        assert user.get(page.path).path == "/password"

    def test_while_bulk_is_away_the_page_says_so_and_passwords_can_still_be_changed(self, bulk_site, administrator):
        bulk_site.failing = lambda procedure: Unavailable("bulk") if procedure == "uploads" else None
        assert administrator.get(PAGE).status == 503
        assert administrator.get("/password/numbers").status == 200


@pytest.mark.rule("BULK-6")
@pytest.mark.parametrize("problem", Problem)
def test_whatever_is_wrong_with_a_file_its_sentence_says_what_to_do(problem):
    assert "ください" in PROBLEMS[problem]


@pytest.mark.rule("BULK-4", "BULK-8")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (of(DESKS[:2]).decode().encode("utf-16"), "UTF-8でもShift_JISでもない"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "UTF-8でもShift_JISでもない"),
        (of(DESKS[:2]).replace(b",", b"\t"), "タブで区切られています"),
    ],
    ids=["utf_16", "binary", "tabs"],
)
def test_a_file_of_other_characters_or_with_tabs_is_told_so_and_nothing_of_quotes(
    bulk_site, administrator, content, sentence
):
    ((_, _, _, said),) = told(checked(bulk_site, administrator, content))
    assert (sentence in said, "引用符" in said) == (True, False)


class TestProgress:
    def news(self, browser: Browser, path: str) -> list[dict[str, object]]:
        response = browser.client.get(f"{path}/progress", base_url=browser._base)
        assert response.headers["Content-Type"].startswith("text/event-stream")
        return [
            json.loads(found) for found in re.findall(r"^data: (.*)$", response.get_data(as_text=True), re.MULTILINE)
        ]

    @pytest.mark.rule("BULK-9")
    def test_it_is_told_as_it_comes_and_ends_when_there_is_nothing_more_to_wait_for(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of(DESKS))
        assert self.news(administrator, page.path) == [{"state": "ready", "rows": 33, "done": 33}]

    @pytest.mark.rule("BULK-9", "LINE-4")
    def test_another_login_is_told_nothing_of_a_file_whose_address_it_knows(self, bulk_site, administrator):
        page = checked(bulk_site, administrator, of(DESKS))
        press(administrator, "confirm")
        bulk_site.work()
        user = bulk_site.browser()
        user.log_in(DESKS[0], NEW)
        assert self.news(user, page.path) == [{"state": "gone", "rows": 0, "done": 0}]

    @pytest.mark.rule("BULK-9")
    def test_a_login_follows_so_many_files_at_once_and_a_further_one_when_one_of_them_has_ended(
        self, bulk_site, administrator
    ):
        page = checked(bulk_site, administrator, of(DESKS))
        follow = functools.partial(administrator.client.get, f"{page.path}/progress", base_url=administrator._base)
        streams = [follow(buffered=False) for _ in range(bulk_progress.STREAMS_AT_ONCE)]
        begun = [next(stream.response) for stream in streams]
        assert begun == [b"retry: 1000\n\n"] * len(streams)
        assert follow().get_data() == b"retry: 10000\n\n"
        streams[0].close()
        assert len(self.news(administrator, page.path)) == 1
        for stream in streams:
            stream.close()
        assert not bulk_progress._open

    @pytest.mark.rule("LOGIN-8")
    def test_neither_a_page_that_loads_itself_again_nor_its_script_keeps_anybody_logged_in(
        self, bulk_site, administrator
    ):
        page = checked(bulk_site, administrator, of(DESKS))
        for _ in range(3):
            bulk_site.later(minutes=9)
            administrator.get(f"{page.path}?automatic=1")
            self.news(administrator, page.path)
        bulk_site.later(minutes=4)
        assert administrator.get(page.path).heading != "パスワード一括変更"
        stranger = administrator.client.get(f"{page.path}/progress", base_url=administrator._base)
        assert stranger.status_code == 404


class TestDownloads:
    def kept(self, browser: Browser, form: str) -> bytes:
        response = browser.client.get(f"{PAGE}/download/{form}", base_url=browser._base)
        assert response.status_code == 200
        return response.get_data()

    @pytest.mark.rule("BULK-4", "BULK-5")
    def test_csv_has_a_byte_order_mark_and_carriage_returns_and_no_secret(self, administrator):
        assert "ログインできない電話番号は入っていません" in administrator.get(PAGE).text
        lines = self.kept(administrator, "csv").decode("utf-8").removeprefix("\ufeff").split("\r\n")
        assert lines[:2] == [f"{OFFICE},", "0311110001,"]
        assert (len(lines), lines[-1]) == (OFFICE_SIZE + 1, "")
        assert self.kept(administrator, "csv").startswith(b"\xef\xbb\xbf")
        assert self.kept(administrator, "cp932").startswith(b"0311110000,\r\n")

    @pytest.mark.rule("BULK-5")
    def test_a_workbook_has_text_cells_so_that_no_zero_is_lost(self, administrator):
        book = zipfile.ZipFile(io.BytesIO(self.kept(administrator, "xlsx")))
        strings = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        cells = list(strings.iter(f"{SHEET}c"))
        assert {cell.get("t") for cell in cells} <= {"inlineStr", "s", None}
        shown = [text(cell) for cell in cells]
        assert shown[:3] == ["電話番号", "新規パスワード", OFFICE]
        assert strings.find(f"{SHEET}sheetData//{SHEET}f") is None

    @pytest.mark.rule("BULK-5", "BULK-7")
    def test_the_file_that_was_downloaded_can_be_filled_in_and_sent(self, bulk_site, administrator):
        content = self.kept(administrator, "csv").replace(b",\r\n", f",{NEW}\r\n".encode())
        assert "設定する電話番号60件" in checked(bulk_site, administrator, content).text

    @pytest.mark.rule("BULK-10")
    @pytest.mark.parametrize("cell", ["=1+1", "+81", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1"])
    def test_what_a_spreadsheet_would_run_is_neutralised(self, cell):
        assert neutral(cell) == f"'{cell}"

    @pytest.mark.rule("BULK-10")
    def test_numbers_and_stars_stay_as_they_are(self):
        assert [neutral(cell) for cell in ("0300001111", "*", "", "03-0000-1111")] == [
            "0300001111",
            "*",
            "",
            "03-0000-1111",
        ]


class TestLargeBodies:
    @pytest.mark.rule("BULK-8")
    def test_only_who_was_shown_the_page_may_send_more_than_a_form_has(self, bulk_site, administrator):
        administrator.get("/services")
        token = administrator.shown.form("/logout")
        content = b"x" * 200_000
        fields = {**token, "file": (io.BytesIO(content), "any.csv")}
        response = administrator.client.post(PAGE, data=fields, base_url=administrator._base)
        assert response.status_code == 413
        administrator.get(PAGE)
        fields = {**administrator.shown.form(PAGE), "file": (io.BytesIO(content), "any.csv")}
        assert administrator.client.post(PAGE, data=fields, base_url=administrator._base).status_code == 303
        fields = {**token, "file": (io.BytesIO(content), "any.csv")}
        assert administrator.client.post("/password", data=fields, base_url=administrator._base).status_code == 413


class WorksMeanwhile:
    """The bulk service, which puts in force what was confirmed right before it tells how a file stands."""

    def __init__(self, bulk, work):
        self._bulk, self._work = bulk, work

    def __getattr__(self, procedure):
        if procedure == "upload":
            self._work()
        return getattr(self._bulk, procedure)


class TestTheUnit:
    """認証単位変更 一括設定 (PAGES 22, 23)."""

    TO = "/unit/administrator/bulk"
    LINE = "/unit/line/bulk"

    @pytest.fixture
    def person(self, bulk_site: Site) -> Browser:
        """Of the contract number under 電話番号単位; another number has a password, too."""
        bulk_site.logged_in(DESKS[0], AuthUnit.NUMBER, caller=OFFICE)
        return bulk_site.logged_in(OFFICE, AuthUnit.NUMBER, caller=OFFICE)

    @pytest.mark.rule("UNIT-8", "BULK-2")
    def test_the_form_of_a_large_line_leads_to_the_file(self, person):
        page = person.get("/unit/administrator")
        (link,) = [one for one in page.all("a") if one.get("href") == self.TO]
        assert text(link) == "一括設定"
        page = person.get(self.TO)
        assert page.heading == "認証単位変更 一括設定"
        assert "管理者／ユーザ単位" in text(page.one("main"))
        assert person.get("/unit/number/bulk").status == 404

    @pytest.mark.rule("UNIT-8")
    def test_a_small_line_has_the_form_only(self, bulk_site):
        browser = bulk_site.logged_in(unit=AuthUnit.NUMBER)
        assert "一括設定" not in browser.get("/unit/line").text
        assert browser.get(self.LINE).path == "/unit/line"

    @pytest.mark.rule("BULK-2", "UNIT-1", "UNIT-5", "UNIT-6")
    def test_the_downloaded_file_filled_in_changes_the_unit(self, bulk_site, person):
        kept = person.client.get(f"{self.TO}/download/csv", base_url=person._base).get_data().decode("utf-8-sig")
        assert [line.split(",")[0] for line in kept.split("\r\n") if line.endswith(",")] == [OFFICE, DESKS[0]]
        assert kept.count(",*\r\n") == OFFICE_SIZE - 2
        content = kept.replace(",\r\n", f",{PASSWORD}\r\n").encode()
        page = checked(bulk_site, person, content, self.TO)
        assert counted(page) == {
            "この回線の電話番号": f"{OFFICE_SIZE}件",
            "パスワードを確かめた電話番号": "2件",
            "パスワードの要らない電話番号": f"{OFFICE_SIZE - 2}件",
            "パスワードが変わらない電話番号": f"{OFFICE_SIZE}件",
        }
        proven, exempt = "確かめたパスワード →から 変わりません", "パスワード不要（*） →から 変わりません"
        assert changes(page) == [[proven]] * 2 + [[exempt]] * (OFFICE_SIZE - 2)
        page = press(person, "confirm")
        bulk_site.work()
        page = person.get(page.path)
        assert "認証単位を管理者／ユーザ単位に変更しました" in page.text
        assert "管理者としてログイン" in page.text
        assert "認証単位管理者／ユーザ単位" in page.text

    @pytest.mark.rule("UNIT-8", "BULK-6")
    def test_a_file_for_one_unit_is_not_shown_as_one_for_another(self, bulk_site, person):
        page = checked(bulk_site, person, of([OFFICE, DESKS[0]], PASSWORD), self.TO)
        assert "まだ何も設定していません" in page.text
        assert person.get(page.path.replace("administrator", "line")).path == self.LINE
        assert not person.shown.all("a", class_="row row--link")
        assert person.get(self.TO).all("a", class_="row row--link")

    @pytest.mark.rule("UNIT-3", "UNIT-5", "BULK-9")
    @pytest.mark.parametrize(("number", "to"), [(OFFICE, TO), (DESKS[0], LINE)])
    def test_a_page_that_is_on_its_way_while_the_unit_changes_speaks_of_the_new_one_only(
        self, bulk_site, person, number, to
    ):
        browser = bulk_site.browser()
        browser.log_in(number, PASSWORD)
        page = checked(bulk_site, browser, of([OFFICE, DESKS[0]], PASSWORD), to)
        page = press(browser, "confirm")
        bulk_site.bulk = WorksMeanwhile(bulk_site.bulk, bulk_site.work)
        page = browser.get(page.path)
        assert "認証単位電話番号単位" not in page.text
        assert page.path == ("/unit/done" if number != OFFICE else page.path)
        assert "変更しました" in page.text

    @pytest.mark.rule("UNIT-9")
    def test_a_wrong_password_is_named(self, bulk_site, person):
        page = checked(bulk_site, person, of([OFFICE, DESKS[0]], PASSWORD).replace(b"8hosi", b"9hosi"), self.TO)
        assert told(page) == [[row, "現在のパスワード", "", PROBLEMS[Problem.WRONG_PASSWORD]] for row in ("1", "2")]

    @pytest.mark.rule("BULK-9", "LOGIN-9")
    @pytest.mark.parametrize("error", [Unavailable("auth"), RemoteFailure("auth", "OperationalError")])
    def test_while_auth_is_away_nobody_is_told_at_a_file_that_the_login_is_over(self, bulk_site, person, error):
        page = checked(bulk_site, person, of([OFFICE, DESKS[0]], PASSWORD), self.LINE)
        bulk_site.failing = lambda procedure: error if procedure == "session" else None
        assert person.get(page.path).status == 503
        bulk_site.failing = lambda procedure: None
        assert "まだ何も設定していません" in person.get(page.path).text

    @pytest.mark.rule("UNIT-3")
    def test_an_additional_number_that_gives_the_line_away_is_told_and_logged_out(self, bulk_site, person):
        user = bulk_site.browser()
        user.log_in(DESKS[0], PASSWORD)
        page = checked(bulk_site, user, of([OFFICE, DESKS[0]], PASSWORD), self.LINE)
        page = press(user, "confirm")
        bulk_site.work()
        page = user.get(page.path)
        assert page.path == "/unit/done"
        assert "ログアウトしました" in page.text
        assert "契約番号 03-1111-0000 でログインしてください" in page.text
        assert user.get("/services").heading == "ログイン"
