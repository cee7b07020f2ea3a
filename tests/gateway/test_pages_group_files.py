"""CSVファイルで入力 of a group of 一括転送機能, with the real bulk and settings behind it (FEAT-4, BULK-4..10)."""

from __future__ import annotations

import csv
import io

import pytest

from contracts.base import Unavailable
from contracts.bulk.faults import Problem
from contracts.phone import AuthUnit, Feature
from gateway.bulk_words import PROBLEMS
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, Site
from tests.gateway.test_pages_bulk import changes, checked, counted, numbers, press, send, told
from tests.gateway.test_pages_forwarding_groups import created, ordered, said, summary

FEATURES = {Feature.BULK_FORWARDING, Feature.CALL_FORWARDING}
THIRD, BARE = "0300003333", "0300004444"


@pytest.fixture
def line(bulk_site: Site) -> Site:
    able = dict.fromkeys((CONTRACT, ADDITIONAL, THIRD), FEATURES)
    bulk_site.provision(CONTRACT, {**able, BARE: {Feature.CALL_NOTIFICATION}})
    return bulk_site


@pytest.fixture
def browser(line: Site) -> Browser:
    """Of the line's administrator."""
    return line.logged_in(unit=AuthUnit.ADMIN_USER)


def new_group(browser: Browser, **fields: str) -> str:
    """The address of its page; in it are two numbers, unless it is said."""
    return created(browser, **fields).path


def file_for(site: Site, browser: Browser, group: str, content: str) -> Page:
    """Sent and checked."""
    return checked(site, browser, content.encode(), f"{group}/file")


@pytest.mark.rule("FEAT-4", "BULK-6", "BULK-9")
def test_from_the_groups_page_by_file_and_difference_to_the_result(line, browser):
    group = new_group(browser)
    (link,) = [one for one in browser.get(group).all("a") if text(one) == "CSVファイルで入力する"]
    page = browser.get(str(link.get("href")))
    assert (page.path, page.heading) == (f"{group}/file", "CSVファイルで入力")
    assert "本社" in text(page.one("p", class_="eyebrow"))
    page = file_for(line, browser, group, f"電話番号,転送先\r\n{THIRD},0312345678\r\n{CONTRACT},06-1234-5678\r\n")
    assert "まだ何も設定していません" in page.text
    assert counted(page) == {
        "対象の電話番号": "3件",
        "グループに追加": "1件",
        "グループから削除": "1件",
        "転送先の変更": "1件",
    }
    assert numbers(page) == [THIRD, CONTRACT, ADDITIONAL]
    assert changes(page) == [
        ["転送先：なし →から 03-1234-5678"],
        ["転送先：090-1234-5678 →から 06-1234-5678"],
        ["転送先：03-1234-5678 →から グループから削除"],
    ]
    press(browser, "confirm")
    line.work()
    page = browser.get(page.path)
    assert "このグループの電話番号と転送先を置き換えました" in page.text
    assert changes(page) == [["グループに追加"], ["転送先の変更"], ["グループから削除"]]
    (back,) = [one for one in page.all("a") if text(one) == "グループの画面へ"]
    page = browser.get(str(back.get("href")))
    assert (summary(page)["電話番号"], summary(page)["状態"]) == ("2件", "停止中")
    known = browser.get(f"{group}/file").all("a", class_="row row--link")
    assert ["設定しました" in text(one) for one in known] == [True]
    other = new_group(browser, name="支社", members="")
    assert not browser.get(f"{other}/file").all("a", class_="row row--link")


@pytest.mark.rule("FEAT-4", "BULK-6", "BULK-8")
def test_every_fault_is_told_with_row_column_value_and_what_to_do_and_can_be_kept(line, browser):
    group = new_group(browser)
    page = file_for(
        line,
        browser,
        group,
        f"{CONTRACT},110\r\n0399998888,0312345678\r\n{BARE},\r\n{ADDITIONAL},{THIRD}\r\n{THIRD},{ADDITIONAL}\r\n",
    )
    assert told(page) == [
        ["1", "転送先", "110", PROBLEMS[Problem.TARGET_EMERGENCY]],
        ["2", "電話番号", "0399998888", PROBLEMS[Problem.UNKNOWN_NUMBER]],
        ["3", "転送先", "", PROBLEMS[Problem.EMPTY_CELL]],
        ["3", "電話番号", BARE, PROBLEMS[Problem.NOT_CONTRACTED]],
        ["4", "転送先", THIRD, PROBLEMS[Problem.TARGET_LOOP].format(other=5)],
        ["5", "転送先", ADDITIONAL, PROBLEMS[Problem.TARGET_LOOP].format(other=4)],
    ]
    kept = browser.client.get(f"{page.path}/faults.csv", base_url=browser._base)
    assert kept.headers["Content-Disposition"] == 'attachment; filename="forwarding-group-faults.csv"'
    rows = list(csv.reader(io.StringIO(kept.get_data().decode("utf-8-sig"), newline="")))
    assert rows == [["行", "列", "値", "内容"], *told(page)]
    assert summary(browser.get(group))["電話番号"] == "2件"


@pytest.mark.rule("BULK-7")
def test_dropped_zeros_in_both_columns_are_put_back_by_whoever_ticks_the_box(line, browser):
    group = new_group(browser, members="")
    page = file_for(line, browser, group, f"{CONTRACT[1:]},9012345678\r\n")
    assert told(page) == [
        ["1", "電話番号", CONTRACT[1:], "03-0000-1111"],
        ["1", "転送先", "9012345678", "090-1234-5678"],
    ]
    assert "corrected" in press(browser, "confirm").faults
    browser.get(page.path)
    press(browser, "confirm", corrected="1")
    line.work()
    assert "置き換えました" in browser.get(page.path).text


@pytest.mark.rule("BULK-4")
def test_a_file_that_is_no_csv_by_its_name_is_refused_beside_the_field(browser):
    group = new_group(browser)
    page = send(browser, b"0300001111,0312345678\n", "group.xlsx", f"{group}/file")
    assert "「.csv」" in page.faults["file"][0]


@pytest.mark.rule("BULK-5", "BULK-10", "FEAT-4")
def test_the_file_to_start_from_has_the_group_or_all_that_can_be_in_it_and_can_be_sent_back(line, browser):
    def kept(form: str = "csv") -> bytes:
        answer = browser.client.get(f"{group}/file/download/{form}", base_url=browser._base)
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="forwarding-group-bulk.')
        content: bytes = answer.get_data()
        return content

    group = new_group(browser)
    assert kept() == f"\ufeff{CONTRACT},09012345678\r\n{ADDITIONAL},0312345678\r\n".encode()
    assert kept("cp932") == kept().removeprefix(b"\xef\xbb\xbf")
    assert kept("xlsx").startswith(b"PK")
    page = file_for(line, browser, group, kept().decode())
    assert changes(page) == [["変わらない"]] * 2
    group = new_group(browser, name="支社", members="")
    assert kept().decode("utf-8-sig") == "".join(f"{number},\r\n" for number in (CONTRACT, ADDITIONAL, THIRD))


@pytest.mark.rule("FEAT-4")
def test_a_group_that_is_on_takes_no_file(line, browser):
    group = new_group(browser)
    page = browser.get(f"{group}/file")
    shown = page.form(f"{group}/file")
    browser.get(group)
    ordered(browser, "start")
    page = browser.get(f"{group}/file")
    assert (page.path, said(page)[0][:8]) == (group, "転送しているグル")
    answer = browser.client.post(
        f"{group}/file", data={**shown, "file": (io.BytesIO(b"x"), "x.csv")}, base_url=browser._base
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, group)


@pytest.mark.rule("FEAT-4", "BULK-9")
def test_a_group_that_is_started_before_the_file_is_confirmed_wins_and_the_page_says_why(line, browser):
    group = new_group(browser)
    ready = file_for(line, browser, group, f"{THIRD},0312345678\r\n")
    browser.get(group)
    ordered(browser, "start")
    browser.get(ready.path)
    press(browser, "confirm")
    line.work()
    page = browser.get(ready.path)
    assert told(page) == [["ファイル全体", "", "", PROBLEMS[Problem.GROUP_IS_ON]]]


@pytest.mark.rule("FEAT-4", "BULK-9")
def test_a_file_is_for_the_version_of_the_group_that_its_page_showed_and_for_no_other_group(line, browser):
    group = new_group(browser)
    other = new_group(browser, name="支社", members="")
    browser.get(f"{group}/file")
    stale = browser.shown.form(f"{group}/file") | {"seen": "99"}
    answer = browser.client.post(
        f"{group}/file",
        data={**stale, "file": (io.BytesIO(f"{THIRD},0312345678\r\n".encode()), "x.csv")},
        base_url=browser._base,
    )
    line.work()
    page = browser.get(answer.headers["Location"])
    assert told(page) == [["ファイル全体", "", "", PROBLEMS[Problem.GROUP_MOVED]]]
    assert browser.get(page.path.replace(group, other)).path == f"{other}/file"


@pytest.mark.rule("LINE-4", "FEAT-4", "MENU-3")
def test_a_user_a_line_without_the_feature_and_a_group_that_is_gone_are_told_what_the_groups_page_tells(line, browser):
    group = new_group(browser)
    user = line.logged_in(ADDITIONAL, AuthUnit.ADMIN_USER)
    for address in (f"{group}/file", f"{group}/file/download/csv"):
        assert user.get(address).status == 403
    token = user.get("/services").form("/logout")
    refused = user.client.post(
        f"{group}/file", data={**token, "file": (io.BytesIO(b"x"), "x.csv")}, base_url=user._base
    )
    assert refused.status_code == 403
    browser.get(group)
    ordered(browser, "remove")
    assert browser.get(f"{group}/file").path == "/services/bulk-forwarding"
    line.provision(CONTRACT, {one: {Feature.CALL_NOTIFICATION} for one in (CONTRACT, ADDITIONAL, THIRD)})
    assert browser.get(f"{group}/file").status == 404


@pytest.mark.rule("BULK-9")
def test_what_came_of_a_file_is_shown_also_when_its_group_is_gone_or_settings_out_of_reach(line, browser):
    group = new_group(browser)
    ready = file_for(line, browser, group, f"{THIRD},0312345678\r\n")
    press(browser, "confirm")
    line.failing = lambda procedure: (
        Unavailable("settings") if procedure in {"group", "group_in_bulk", "apply_targets"} else None
    )
    line.work()
    assert "設定しています" in browser.get(ready.path).text
    line.failing = lambda procedure: None
    browser.get(group)
    ordered(browser, "remove")
    line.later(seconds=3)
    line.work()
    page = browser.get(ready.path)
    assert told(page) == [["ファイル全体", "", "", PROBLEMS[Problem.GROUP_GONE]]]


@pytest.mark.rule("BULK-9", "MENU-3")
def test_what_came_of_a_file_is_shown_also_to_who_cannot_reach_its_group_any_more(line, browser):
    group = new_group(browser)
    ready = file_for(line, browser, group, f"{THIRD},0312345678\r\n")
    press(browser, "confirm")
    line.work()
    done = browser.get(ready.path)
    user = line.logged_in(unit=AuthUnit.NUMBER)
    assert [user.get(path).status for path in (f"{group}/file", ready.path)] == [403, 200]
    line.provision(CONTRACT, {one: {Feature.CALL_NOTIFICATION} for one in (CONTRACT, ADDITIONAL, THIRD)})
    assert [user.get(path).status for path in (f"{group}/file", ready.path)] == [404, 200]
    assert user.shown.heading == done.heading


@pytest.mark.rule("FEAT-4")
def test_a_file_that_comes_back_without_the_version_that_was_shown_is_no_form_of_ours(line, browser):
    group = new_group(browser)
    token = browser.get("/services").form("/logout")
    fields = {**token, "file": (io.BytesIO(b"x"), "any.csv")}
    assert browser.client.post(f"{group}/file", data=fields, base_url=browser._base).status_code == 400


@pytest.mark.rule("BULK-8")
def test_only_who_was_shown_the_page_may_send_more_than_a_form_has(line, browser):
    group = new_group(browser)
    token = browser.get("/services").form("/logout")
    for expected in (413, 303):
        fields = {**token, "file": (io.BytesIO(b"x" * 200_000), "any.csv")}
        answer = browser.client.post(f"{group}/file", data=fields, base_url=browser._base)
        assert answer.status_code == expected
        token = browser.get(f"{group}/file").form(f"{group}/file")


@pytest.mark.rule("FEAT-4", "BULK-9")
def test_the_page_of_another_kind_says_which_waiting_file_a_new_one_would_end(bulk_site):
    office = bulk_site.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    group, other = (new_group(office, name=name, members="") for name in ("本社", "支社"))
    waits = "のファイルが、確認中または確認待ちです。ここでファイルを送信すると、そのファイルは設定できなくなります。"
    page = file_for(bulk_site, office, group, f"{OFFICE},0312345678\r\n")
    assert f"「一括転送機能のグループ」{waits}" in office.get("/password/bulk").text
    assert f"「一括転送機能のグループ」{waits}" in office.get(f"{other}/file").text
    assert waits not in office.get(f"{group}/file").text, "there the list of files says it"
    office.get(page.path)
    press(office, "withdraw")
    assert waits not in office.get("/password/bulk").text
    checked(bulk_site, office, b"0311110001,hoshi9tsuki\r\n")
    assert f"「パスワード一括変更」{waits}" in office.get(f"{group}/file").text
