"""ワンタイムパスワード各種一括設定 with the real otp behind it (BULK-3, OTP-4, OTP-5, PAGES 29)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.auth.provisioning import FindHolder, RemoveNumbers
from contracts.base import HistoryQuery, Unavailable
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import BulkKind
from contracts.otp.common import Login, OtpUse
from contracts.otp.registration import ChooseUse
from contracts.phone import AuthUnit, Feature
from gateway.bulk_words import OF_KIND, PROBLEMS
from tests.gateway.browser import Browser
from tests.gateway.conftest import ADDITIONAL, CODE, CONTRACT, PASSWORD, TEMPORARY, Site
from tests.gateway.otp_steps import (
    CONFIRMATION_ID,
    CONFIRMATION_PASSWORD,
    at_choice,
    choose,
    enter,
    open_link,
    register,
    send,
    settled,
)
from tests.gateway.test_pages_bulk import changes, checked, counted, press, told

PAGE = "/otp/bulk"
WHOLE = f"{ADDITIONAL},1,hanako@mail.example,hana8888,umi5kaze\r\n"


@pytest.fixture
def both(otp_site: Site, bulk_site: Site) -> Site:
    """With bulk and otp."""
    return bulk_site


@pytest.fixture
def administrator(both: Site) -> Browser:
    """Uses one-time passwords; the additional number does not yet."""
    return settled(both, AuthUnit.ADMIN_USER)


def set_all(site: Site, browser: Browser, content: str) -> str:
    """The whole way; what the page of the result says."""
    page = checked(site, browser, content.encode(), PAGE)
    assert "まだ何も設定していません" in page.text, page.text
    press(browser, "confirm")
    site.work()
    return browser.get(page.path).text


def download(browser: Browser) -> list[str]:
    kept = browser.client.get(f"{PAGE}/download/csv", base_url=browser._base)
    return kept.get_data().decode("utf-8-sig").splitlines()


def user_logs_in(site: Site) -> Browser:
    """The additional number, with a password that was just made."""
    site.set_temporary(ADDITIONAL, AuthUnit.ADMIN_USER, caller=CONTRACT)
    browser = site.browser()
    browser.log_in(ADDITIONAL, TEMPORARY)
    browser.change_password(TEMPORARY, PASSWORD)
    return browser


@pytest.mark.rule("BULK-3", "MENU-1")
def test_it_is_in_the_menu_where_the_login_uses_them_and_nowhere_else(both, administrator):
    assert "ワンタイムパスワード各種一括設定" in administrator.get("/services").menu
    assert administrator.get(PAGE).heading == "ワンタイムパスワード各種一括設定"
    other = user_logs_in(both)
    assert other.get(PAGE).path != PAGE


@pytest.mark.rule("BULK-3", "OTP-10", "OTP-12")
def test_who_registered_after_logging_in_gives_a_one_time_password_before_a_file_is_taken(both):
    browser = at_choice(both, unit=AuthUnit.ADMIN_USER)
    choose(browser, "not_used")
    browser.post("/otp/choice/confirmation")
    browser.get("/otp/use")
    browser.post("/otp/use/on")
    browser.get("/otp/registration")
    register(browser)
    open_link(both, browser)
    page = browser.get(PAGE)
    assert page.path == "/otp/send"
    assert "ワンタイムパスワードの入力が必要です" in page.text
    sent = browser.client.post(PAGE, data=page.form("/otp/send"), base_url=browser._base)
    assert sent.headers["Location"] == "/otp/send"
    send(browser)
    enter(both, browser)
    assert browser.get(PAGE).path == PAGE


@pytest.mark.rule("BULK-3", "BULK-5")
@pytest.mark.parametrize(
    ("unit", "rows"),
    [
        (AuthUnit.LINE, [f"{CONTRACT},1,,,"]),
        (AuthUnit.NUMBER, [f"{CONTRACT},1,,,"]),
        (AuthUnit.ADMIN_USER, [f"{CONTRACT},1,,,", f"{ADDITIONAL},,,,"]),
    ],
)
def test_the_download_has_the_numbers_within_reach_and_nothing_registered(both, unit, rows):
    browser = settled(both, unit)
    assert "ログインできない電話番号は入っていません" in browser.get(PAGE).text
    assert download(browser) == rows
    if unit is not AuthUnit.ADMIN_USER:
        page = checked(both, browser, WHOLE.encode(), PAGE)
        assert told(page) == [["1", "電話番号", ADDITIONAL, PROBLEMS[Problem.UNKNOWN_NUMBER]]]


@pytest.mark.rule("BULK-3", "BULK-5", "OTP-1", "OTP-14")
def test_a_download_that_is_sent_back_as_it_is_changes_nothing(both, administrator):
    undecided, unregistered, declined = ADDITIONAL, "0300003333", "0300004444"
    both.provision(CONTRACT, {number: {Feature.CALL_NOTIFICATION} for number in (unregistered, declined)})
    for number, use in ((unregistered, OtpUse.USED), (declined, OtpUse.NOT_USED)):
        holder = both.auth.find_holder(FindHolder(number=number))
        login = Login(**holder.model_dump(), login_id=uuid4(), generation=1)
        both.otp.choose(ChooseUse(login=login, use=use))
    rows = download(administrator)
    assert rows == [f"{CONTRACT},1,,,", f"{undecided},,,,", f"{unregistered},,,,", f"{declined},0,,,"]
    before = both.otp.history(HistoryQuery(limit=1000)).events
    page = checked(both, administrator, "\r\n".join(rows).encode(), PAGE)
    assert changes(page) == [["変わらない"]] * 4
    assert "設定しても何も変わりません" in page.text
    assert "変わる内容を確かめてください" not in page.text
    press(administrator, "confirm")
    both.work()
    done = administrator.get(page.path).text
    assert "いまの設定と同じ内容のため、何も変わりませんでした。（4件" in done
    assert "設定を変更しました" not in done
    assert both.otp.history(HistoryQuery(limit=1000)).events == before
    whole = [f"{number},1,{number}@mail.example,hana8888,umi5kaze" for number in (undecided, unregistered, declined)]
    page = checked(both, administrator, "\r\n".join(whole).encode(), PAGE)
    assert [said[0] for said in changes(page)] == [
        f"ワンタイムパスワード：{was} →から 利用する" for was in ("未選択", "利用する（本登録待ち）", "利用しない")
    ]


@pytest.mark.rule("BULK-3", "OTP-6")
def test_a_number_that_is_set_is_fully_registered_and_is_mailed_at_its_next_login(both, administrator):
    assert "ワンタイムパスワードの設定を変更しました" in set_all(both, administrator, WHOLE)
    user = user_logs_in(both)
    assert user.shown.path == "/otp/send"
    user.post("/otp/send")
    user.post("/otp/code", code=both.newest_mail(CODE))
    assert user.shown.heading == "サービス選択"
    assert both.postbox is not None
    assert both.postbox.mails[-1].message["To"] == "hanako@mail.example"


@pytest.mark.rule("BULK-3", "BULK-6", "AUDIT-2")
def test_the_preview_counts_and_lists_what_is_before_and_after_and_no_secret(both, administrator):
    page = checked(both, administrator, f"{CONTRACT},1,,,\r\n{WHOLE}".encode(), PAGE)
    assert counted(page) == {
        "ファイルの電話番号": "2件",
        "利用開始（未選択だった電話番号）": "1件",
        "受信用メールアドレスの登録・変更": "1件",
        "確認用IDの登録・変更": "1件",
        "確認用パスワードの登録・変更": "1件",
        "変わらない": "1件",
        "ファイルにない電話番号": "0件",
    }
    assert changes(page) == [
        ["変わらない"],
        [
            "ワンタイムパスワード：未選択 →から 利用する",
            "受信用メールアドレス：なし →から hanako@mail.example",
            "確認用ID：登録",
            "確認用パスワード：登録",
        ],
    ]
    assert not any(secret in page.html for secret in ("hana8888", "umi5kaze"))
    set_all(both, administrator, WHOLE)
    assert "hanako" not in administrator.shown.html
    page = checked(both, administrator, f"{ADDITIONAL},1,jiro@mail.example,,\r\n".encode(), PAGE)
    assert changes(page) == [["受信用メールアドレス：h***@mail.example →から jiro@mail.example"]]
    page = checked(both, administrator, f"{ADDITIONAL},0,,,\r\n".encode(), PAGE)
    assert changes(page) == [
        ["ワンタイムパスワード：利用する →から 利用しない", "受信用メールアドレス：h***@mail.example →から 削除"]
    ]


@pytest.mark.rule("BULK-3")
def test_empty_cells_keep_what_is_registered_and_use_0_deletes_it(both, administrator):
    set_all(both, administrator, WHOLE)
    set_all(both, administrator, f"{ADDITIONAL},1,,tsuki999,\r\n")
    assert download(administrator)[1] == f"{ADDITIONAL},1,,,"
    page = checked(both, administrator, f"{ADDITIONAL},0,no address,x,y\r\n".encode(), PAGE)
    assert "利用設定が0のため、ほかの項目は読み取りません" in changes(page)[0]
    press(administrator, "confirm")
    both.work()
    assert download(administrator)[1] == f"{ADDITIONAL},0,,,"
    page = checked(both, administrator, f"{ADDITIONAL},1,,tsuki999,\r\n".encode(), PAGE)
    assert [row[1] for row in told(page)] == ["受信用メールアドレス", "確認用パスワード"]


@pytest.mark.rule("BULK-3", "OTP-4", "OTP-5", "PWD-2", "PWD-3", "PWD-4")
@pytest.mark.parametrize(
    ("number", "cells", "problems"),
    [
        (ADDITIONAL, "2,,,", [Problem.BAD_USE]),
        (ADDITIONAL, "1,,,", [Problem.NEEDED_TO_REGISTER] * 3),
        (ADDITIONAL, "1,no address,hana8888,umi5kaze", [Problem.BAD_ADDRESS]),
        (ADDITIONAL, "1,h@mail.example,12345678,umi5kaze", [Problem.BAD_CONFIRMATION_ID]),
        (ADDITIONAL, "1,h@mail.example,hana8888,short1", [Problem.PASSWORD_LENGTH]),
        (ADDITIONAL, "1,h@mail.example,hana8888,onlyletters", [Problem.PASSWORD_NO_DIGIT]),
        (ADDITIONAL, "1,h@mail.example,hana8888,aaaa1234", [Problem.PASSWORD_REPEATED, Problem.PASSWORD_SEQUENCE]),
        (ADDITIONAL, f"1,h@mail.example,hana8888,x{CONTRACT}", [
            Problem.PASSWORD_REPEATED, Problem.PASSWORD_CONTAINS_NUMBER,
        ]),
        (CONTRACT, f"1,,,{CONFIRMATION_PASSWORD}", [Problem.PASSWORD_SAME_AS_PRESENT]),
    ],
)  # fmt: skip
def test_every_rule_that_is_broken_is_told(both, administrator, number, cells, problems):
    page = checked(both, administrator, f"{number},{cells}\r\n".encode(), PAGE)
    assert [row[3] for row in told(page)] == [PROBLEMS[problem] for problem in problems]
    assert CONFIRMATION_PASSWORD not in page.html


@pytest.mark.rule("OTP-4")
def test_letters_of_one_case_alone_will_do_for_the_id(both, administrator):
    assert "変更しました" in set_all(both, administrator, WHOLE.replace("hana8888", "onlylower"))


@pytest.mark.rule("BULK-9")
def test_what_was_registered_meanwhile_wins(both, administrator):
    page = checked(both, administrator, f"{CONTRACT},1,,hana8888,\r\n".encode(), PAGE)
    administrator.get("/otp/confirmation-id")
    path = administrator.shown.path
    administrator.post(path, present=CONFIRMATION_ID, new="tsuki999", again="tsuki999")
    administrator.get(page.path)
    press(administrator, "confirm")
    both.work()
    failed = administrator.get(page.path)
    assert "どの電話番号も設定していません" in failed.text
    assert [row[0] for row in told(failed)] == ["1"]


@pytest.mark.rule("BULK-9", "LINE-6")
def test_a_number_that_left_the_line_meanwhile_fails_the_file_whole_and_is_named(both, administrator):
    page = checked(both, administrator, f"{CONTRACT},1,,hana8888,\r\n{WHOLE}".encode(), PAGE)
    both.auth.remove_numbers(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    both.otp_follows()
    press(administrator, "confirm")
    both.work()
    failed = administrator.get(page.path)
    assert "どの電話番号も設定していません" in failed.text
    assert [row[:3] for row in told(failed)] == [["2", "電話番号", "03-0000-2222"]]


def changes_the_unit(site: Site, browser: Browser) -> None:
    browser.get("/unit/number")
    assert browser.post("/unit/number", **{f"password-{CONTRACT}": PASSWORD}).path == "/unit/done"


@pytest.mark.rule("BULK-9", "LINE-3")
def test_a_unit_that_changed_after_the_confirmation_leaves_others_numbers_alone(both, administrator):
    page = checked(both, administrator, WHOLE.encode(), PAGE)
    press(administrator, "confirm")
    changes_the_unit(both, administrator)
    both.work()
    failed = administrator.get(page.path)
    assert "どの電話番号も設定していません" in failed.text
    assert told(failed) == [["ファイル全体", "", "", PROBLEMS[Problem.UNIT_MOVED_MEANWHILE]]]


class Deaf:
    """Otp, whose answer to the order is lost."""

    def __init__(self, otp):
        self._otp = otp

    def __getattr__(self, procedure):
        return getattr(self._otp, procedure)

    def apply_otp_rows(self, order):
        self._otp.apply_otp_rows(order)
        raise Unavailable("otp")


@pytest.mark.rule("BULK-9")
def test_a_file_that_was_in_force_before_the_unit_changed_and_whose_answer_was_lost_has_not_failed(both, administrator):
    page = checked(both, administrator, WHOLE.encode(), PAGE)
    press(administrator, "confirm")
    otp = both.otp
    both.otp = Deaf(otp)
    both.work()
    both.otp = otp
    changes_the_unit(both, administrator)
    both.later(seconds=3)
    both.work()
    assert "ワンタイムパスワードの設定を変更しました" in administrator.get(page.path).text


@pytest.mark.rule("BULK-9")
def test_of_two_administrators_with_two_files_at_once_the_second_waits_and_then_loses_what_was_taken(
    both, administrator
):
    second = both.browser()
    second.log_in(CONTRACT, PASSWORD)
    second.post("/otp/send")
    second.post("/otp/code", code=both.newest_mail(CODE))
    checked(both, administrator, WHOLE.encode(), PAGE)
    late = f"{CONTRACT},1,,tsuki999,\r\n{ADDITIONAL},1,jiro@mail.example,hana8888,umi5kaze\r\n"
    page = checked(both, second, late.encode(), PAGE)
    press(administrator, "confirm")
    assert "この回線の別の一括設定を実行しています" in press(second, "confirm").text
    both.work()
    press(second, "confirm")
    both.work()
    assert told(second.get(page.path)) == [
        ["2", "電話番号", "03-0000-2222", OF_KIND[BulkKind.OTP, Problem.MOVED_MEANWHILE]]
    ]
    page = checked(both, second, f"{CONTRACT},1,,{CONFIRMATION_ID},\r\n".encode(), PAGE)
    assert changes(page) == [["変わらない"]]
