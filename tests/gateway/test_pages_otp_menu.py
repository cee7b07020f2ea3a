"""Use, address, confirmation ID and password changed by the menu (OTP-10..13, MENU-1, PAGES 24-28)."""

from __future__ import annotations

import pytest

from contracts.auth.provisioning import FindHolder
from contracts.otp.common import Holder
from contracts.otp.registration import ResetOtp
from contracts.phone import AuthUnit
from tests.gateway.browser import Browser, text
from tests.gateway.conftest import ADDITIONAL, CODE, CONTRACT, PASSWORD
from tests.gateway.otp_steps import (
    CONFIRMATION_ID,
    CONFIRMATION_PASSWORD,
    NEW_ADDRESS,
    PAIR,
    at_choice,
    choose,
    enter,
    logging_in,
    open_link,
    register,
    send,
    settled,
)

WITHOUT = ["サービス選択", "パスワード変更", "認証単位変更", "ワンタイムパスワード利用選択変更", "ログアウト"]
WITH = [
    *WITHOUT[:-1],
    "ワンタイムパスワード受信用メールアドレス変更",
    "確認用ID変更",
    "確認用パスワード変更",
    "ワンタイムパスワード各種一括設定",
    "ログアウト",
]


@pytest.fixture
def person(otp_site) -> Browser:
    """Logged in with a one-time password."""
    return settled(otp_site)


@pytest.fixture
def without(otp_site) -> Browser:
    """Logged in by the password alone, having chosen so."""
    browser = at_choice(otp_site)
    choose(browser, "not_used")
    browser.post("/otp/choice/confirmation")
    return browser


class TestTheMenu:
    @pytest.mark.rule("MENU-1")
    def test_without_one_time_passwords(self, without):
        assert without.get("/services").menu == WITHOUT

    @pytest.mark.rule("MENU-1")
    def test_with_them_has_the_entries_that_change_them(self, person):
        page = person.get("/services")
        assert page.menu == WITH
        for path, title in {
            "/otp/use": "ワンタイムパスワード 利用選択変更",
            "/otp/address": "ワンタイムパスワード受信用メールアドレス変更",
            "/otp/confirmation-id": "確認用ID変更",
            "/otp/confirmation-password": "確認用パスワード変更",
        }.items():
            page = person.get(path)
            assert page.heading == title
            assert page.one("a", aria_current="page").get("href") == path

    @pytest.mark.rule("OTP-10", "OTP-12", "OTP-13")
    @pytest.mark.parametrize("path", ["/otp/address", "/otp/confirmation-id", "/otp/confirmation-password"])
    def test_what_it_does_not_have_leads_to_the_choice_when_its_address_is_typed(self, without, path):
        assert without.get(path).path == "/otp/use"


class TestTheUse:
    @pytest.mark.rule("OTP-12")
    def test_is_turned_on_and_the_registration_follows_in_full(self, otp_site, without):
        page = without.get("/otp/use")
        assert "「ワンタイムパスワードを利用しない」を選択しています" in page.text
        page = without.post("/otp/use/on")
        assert (page.path, page.heading) == ("/otp/use/changed", "ワンタイムパスワード 利用選択変更完了")
        assert "本登録はまだ完了していません" in page.text
        assert [link.get("href") for link in page.all("a", class_="button")] == ["/otp/registration"]
        assert page.menu == WITHOUT
        without.get("/otp/registration")
        page = register(without)
        assert (page.path, "もう一度ログイン" in page.text) == ("/otp/sent", False)
        assert open_link(otp_site, without).path == "/otp/registered"
        assert without.get("/services").menu == WITH
        without.get("/otp/send")
        send(without)
        page = enter(otp_site, without)
        assert (page.path, "ワンタイムパスワードを確認しました" in page.text) == ("/services", True)

    @pytest.mark.rule("OTP-14")
    def test_turned_on_and_left_there_is_taken_up_at_the_next_login(self, otp_site, without):
        without.get("/otp/use")
        without.post("/otp/use/on")
        assert without.get("/services").path == "/services"
        assert otp_site.browser().log_in(CONTRACT, PASSWORD).path == "/otp/registration"

    @pytest.mark.rule("OTP-12")
    def test_turned_on_and_not_registered_it_can_be_gone_on_with_or_turned_off(self, without):
        without.get("/otp/use")
        without.post("/otp/use/on")
        page = without.get("/otp/use")
        assert [text(link) for link in page.one("main").iter("a")] == ["登録を続ける", "「サービス選択」に戻る"]
        assert "「ワンタイムパスワードを利用しない」に変更しました" in without.post("/otp/use/off").text

    @pytest.mark.rule("OTP-12")
    def test_is_turned_off_by_agreeing_and_nothing_of_it_is_used_again(self, otp_site, person):
        page = person.get("/otp/use")
        assert "「ワンタイムパスワードを利用する」を選択しています" in page.text
        assert "「サービス選択」に戻る" in page.text
        page = person.post("/otp/use/off")
        assert (page.path, page.heading) == ("/otp/done/use", "ワンタイムパスワード 利用選択変更")
        assert page.menu == WITHOUT
        assert person.get("/otp/done/use").path == "/otp/use"
        assert otp_site.browser().log_in(CONTRACT, PASSWORD).path == "/services"
        person.post("/otp/use/on")
        person.get("/otp/registration")
        assert person.shown.one("input", id="address").get("value") is None

    @pytest.mark.rule("OTP-12")
    def test_is_not_turned_off_by_a_login_that_gave_no_one_time_password(self, otp_site, without):
        without.get("/otp/use")
        without.post("/otp/use/on")
        without.get("/otp/registration")
        register(without)
        open_link(otp_site, without)
        without.get("/otp/use")
        page = without.post("/otp/use/off")
        assert page.path == "/otp/send"
        assert "この操作には、ワンタイムパスワードの入力が必要です" in page.text
        send(without)
        enter(otp_site, without)
        without.get("/otp/use")
        assert without.post("/otp/use/off").path == "/otp/done/use"

    def test_turned_off_in_another_tab_leads_old_forms_to_the_choice(self, person):
        form = person.get("/otp/confirmation-id")
        person.get("/otp/use")
        person.post("/otp/use/off")
        answer = person.send("/otp/confirmation-id", form, present="x", new="y", again="y")
        assert answer.headers["Location"] == "/otp/use"
        assert "利用状況が変わっています" in person.get("/otp/use").text


class TestTheAddress:
    @pytest.mark.rule("OTP-10", "OTP-11")
    def test_is_changed_without_the_pair_and_ends_with_a_code_to_the_new_one(self, otp_site, person):
        page = person.get("/otp/address")
        assert "y***@mail.example" in page.text
        assert "hikari.example からのメール" in page.text
        person.post("/otp/address", address=NEW_ADDRESS, address_again=NEW_ADDRESS)
        page = person.post("/otp/address/confirmation")
        assert page.path == "/otp/sent"
        assert [link.get("href") for link in page.all("a", class_="button button--outline")] == ["/otp/address"]
        assert "y***@mail.example" in person.get("/otp/address").text
        assert open_link(otp_site, person).path == "/otp/registered"
        send(person)
        otp_site.newest_mail(CODE)
        code, notice = otp_site.postbox.mails[-2:]
        assert (code.recipient, notice.recipient) == (NEW_ADDRESS, "yamada@mail.example")
        assert enter(otp_site, person).path == "/services"

    @pytest.mark.rule("OTP-6")
    def test_a_code_that_came_too_late_ends_no_complete_login(self, otp_site, person):
        person.get("/otp/send")
        send(person)
        code = otp_site.newest_mail(CODE)
        otp_site.later(seconds=300)
        page = enter(otp_site, person, code)
        assert (page.path, "有効時間（300秒）が過ぎました" in page.text) == ("/otp/send", True)
        assert person.get("/services").path == "/services"


class TestTheConfirmationPair:
    @pytest.mark.rule("OTP-13", "OTP-4")
    def test_the_id_is_changed_with_the_present_one(self, otp_site, person):
        person.get("/otp/confirmation-id")
        page = person.post("/otp/confirmation-id", present=CONFIRMATION_ID, new="abcdefgh", again="abcdefgh")
        assert (page.path, page.heading) == ("/otp/done/confirmation-id", "確認用ID変更")
        assert "確認用IDを変更しました" in page.text
        browser = otp_site.browser()
        browser.log_in(CONTRACT, PASSWORD)
        browser.get("/otp/pair")
        assert browser.post("/otp/pair", **{**PAIR, "confirmation_id": "abcdefgh"}).path == "/otp/address"

    @pytest.mark.rule("OTP-13", "OTP-5")
    def test_the_password_is_changed_with_the_present_one(self, otp_site, person):
        person.get("/otp/confirmation-password")
        typed = {"present": CONFIRMATION_PASSWORD, "new": "baiyou5q", "again": "baiyou5q"}
        page = person.post("/otp/confirmation-password", **typed)
        assert page.path == "/otp/done/confirmation-password"
        browser = otp_site.browser()
        browser.log_in(CONTRACT, PASSWORD)
        browser.get("/otp/pair")
        assert browser.post("/otp/pair", **{**PAIR, "confirmation_password": "baiyou5q"}).path == "/otp/address"

    @pytest.mark.rule("OTP-13", "OTP-4")
    def test_every_fault_is_told_beside_its_field_at_once(self, person):
        person.get("/otp/confirmation-id")
        page = person.post("/otp/confirmation-id", present="wrong123", new="1234", again="12345")
        assert page.faults == {
            "present": ["変更前の確認用IDが違います。入力し直してください。"],
            "new": [
                "変更後の確認用IDは8文字以上12文字以下にしてください。",
                "変更後の確認用IDが数字だけになっています。英字を入れてください。",
            ],
            "again": ["変更後の確認用IDと一致していません。同じものをもう一度入力してください。"],
        }
        assert "wrong123" not in page.html
        person.get("/otp/confirmation-password")
        page = person.post(
            "/otp/confirmation-password", present=CONFIRMATION_PASSWORD, new="baiyouqq", again="baiyouqq"
        )
        assert page.faults == {"new": ["変更後のパスワードに数字を1文字以上入れてください。"]}

    def test_a_faulty_change_sent_again_with_a_right_one_is_made(self, otp_site, person):
        """With the same form, as the back button shows it: not taken for a repeat of the faulty one."""
        form = person.get("/otp/confirmation-id")
        person.send("/otp/confirmation-id", form, present=CONFIRMATION_ID, new="1234", again="1234")
        answer = person.send("/otp/confirmation-id", form, present=CONFIRMATION_ID, new="def67890", again="def67890")
        assert answer.headers["Location"] == "/otp/done/confirmation-id"
        person.get("/otp/confirmation-id")
        page = person.post("/otp/confirmation-id", present=CONFIRMATION_ID, new="ghi67890", again="ghi67890")
        assert list(page.faults) == ["present"]

    def test_a_change_sent_twice_by_a_double_click_is_made_once(self, person):
        form = person.get("/otp/confirmation-id")
        for _ in range(2):
            answer = person.send(
                "/otp/confirmation-id", form, present=CONFIRMATION_ID, new="def67890", again="def67890"
            )
            assert answer.headers["Location"] == "/otp/done/confirmation-id"

    @pytest.mark.rule("OTP-9", "OTP-13", "LOGIN-9")
    def test_ten_wrong_present_ones_lock_and_end_the_login(self, otp_site, person):
        person.get("/otp/confirmation-password")
        for _ in range(10):
            page = person.post("/otp/confirmation-password", present="wrong123", new="baiyou5q", again="baiyou5q")
        assert page.heading == "パスワードが無効になりました"
        assert person.get("/services").path == "/login"
        assert "パスワードが無効になっています" in otp_site.browser().log_in(CONTRACT, PASSWORD).text


@pytest.mark.rule("OTP-15")
def test_reset_by_an_operator_the_menu_follows_and_the_choice_is_made_anew(otp_site, person):
    holder = otp_site.auth.find_holder(FindHolder(number=CONTRACT))
    otp_site.otp.reset(ResetOtp(holder=Holder.model_validate(holder.model_dump()), reason="電話で本人確認済み"))
    page = person.get("/otp/confirmation-id")
    assert (page.path, page.menu) == ("/otp/use", WITHOUT)
    assert "まだ選択していません" in page.text
    assert otp_site.browser().log_in(CONTRACT, PASSWORD).path == "/otp/choice"


@pytest.mark.rule("UNIT-10")
def test_each_number_has_a_registration_of_its_own(otp_site):
    settled(otp_site)
    otp_site.set_temporary(ADDITIONAL, AuthUnit.NUMBER, caller=CONTRACT)
    browser = otp_site.logged_in(ADDITIONAL, AuthUnit.NUMBER)
    assert browser.shown.path == "/otp/choice"


def test_a_code_of_the_login_before_is_not_taken(otp_site):
    browser = logging_in(otp_site)
    send(browser)
    code = otp_site.newest_mail(CODE)
    browser.post("/logout")
    browser.log_in(CONTRACT, PASSWORD)
    send(browser)
    if code != otp_site.newest_mail(CODE):
        assert "ワンタイムパスワードが違います" in enter(otp_site, browser, code).text
