"""From the choice to the full registration, on the way in (OTP-1..5, OTP-14, PAGES 4-9)."""

from __future__ import annotations

import time

import pytest

from tests.gateway.browser import Browser
from tests.gateway.conftest import CONTRACT, LINK, PASSWORD
from tests.gateway.otp_steps import (
    ADDRESS,
    CONFIRM,
    CONFIRMATION_ID,
    CONFIRMATION_PASSWORD,
    NEW_ADDRESS,
    REGISTRATION,
    TYPED,
    at_choice,
    choose,
    enter,
    fill_in,
    open_link,
    register,
    send,
)


@pytest.fixture
def registering(otp_site) -> Browser:
    """At 6."""
    browser = at_choice(otp_site)
    choose(browser)
    return browser


class TestTheChoice:
    @pytest.mark.rule("OTP-1", "LOGIN-7", "MENU-1")
    def test_is_asked_for_after_the_password_and_before_anything_else(self, otp_site):
        page = at_choice(otp_site).shown
        assert (page.path, page.heading) == ("/otp/choice", "ワンタイムパスワード 利用選択画面")
        assert [choice.get("checked") for choice in page.all("input", type="radio")] == [None, None]
        assert page.menu == ["サービス選択", "パスワード変更", "認証単位変更", "ログアウト"]
        assert page.all("a", class_="menu__entry") == []

    @pytest.mark.rule("OTP-1")
    def test_is_said_to_be_missing_beside_the_field(self, otp_site):
        browser = at_choice(otp_site)
        page = browser.post("/otp/choice")
        assert page.faults == {"use": ["ワンタイムパスワードを利用するかどうかを選んでください。"]}

    @pytest.mark.rule("OTP-1")
    def test_not_to_use_them_is_confirmed_first_and_completes_the_login(self, otp_site):
        browser = at_choice(otp_site)
        before = browser.cookies["hikari_session"]
        page = choose(browser, "not_used")
        assert (page.path, page.heading) == ("/otp/choice/confirmation", "ワンタイムパスワード 利用選択確認")
        assert [link.get("href") for link in page.all("a", class_="button button--outline")] == ["/otp/choice"]
        assert browser.get("/services").path == "/otp/choice"
        browser.get("/otp/choice/confirmation")
        assert browser.post("/otp/choice/confirmation").path == "/services"
        assert browser.cookies["hikari_session"] != before
        assert otp_site.browser().log_in(CONTRACT, PASSWORD).path == "/services"

    @pytest.mark.rule("OTP-1")
    def test_agreed_to_by_a_double_click_arrives_at_the_service_selection(self, otp_site):
        browser = at_choice(otp_site)
        form, jar = choose(browser, "not_used"), dict(browser.client._cookies or {})
        browser.send("/otp/choice/confirmation", form)
        browser.client._cookies = jar
        assert browser.post("/otp/choice/confirmation").path == "/services"

    @pytest.mark.rule("OTP-14")
    def test_to_use_them_is_remembered_until_the_registration_is_done(self, otp_site, registering):
        assert (registering.shown.path, registering.shown.heading) == (
            REGISTRATION,
            "ワンタイムパスワード利用情報 仮登録",
        )
        later = otp_site.browser()
        assert later.log_in(CONTRACT, PASSWORD).path == REGISTRATION

    @pytest.mark.rule("OTP-1")
    def test_can_be_made_otherwise_as_long_as_nothing_is_registered(self, registering):
        back = [link for link in registering.shown.all("a") if link.text == "戻る"]
        assert [link.get("href") for link in back] == ["/otp/choice"]
        registering.get("/otp/choice")
        choose(registering, "not_used")
        assert registering.post("/otp/choice/confirmation").path == "/services"


class TestTheForm:
    @pytest.mark.rule("OTP-2")
    def test_wants_everything_twice(self, registering):
        page = registering.post(REGISTRATION)
        assert set(page.faults) == set(TYPED)
        assert all(len(faults) == 1 for faults in page.faults.values())
        assert "入力内容を確かめてください（6件）" in page.text

    @pytest.mark.rule("OTP-2", "OTP-4", "OTP-5")
    def test_tells_every_fault_beside_its_field_at_once(self, registering):
        page = fill_in(
            registering,
            address="yamada",
            address_again="yamada@mail.example",
            confirmation_id="ABCDEFGH",
            confirmation_id_again="ABCDEFGI",
            confirmation_password="1234",
            confirmation_password_again="1234",
        )
        assert page.faults == {
            "address": ["メールアドレスの形になっていません。例のように入力してください。例：abc@def.co.jp"],
            "address_again": ["メールアドレスと一致していません。同じものをもう一度入力してください。"],
            "confirmation_id": ["確認用IDが英字の大文字だけになっています。小文字か数字を入れてください。"],
            "confirmation_id_again": ["確認用IDと一致していません。同じものをもう一度入力してください。"],
            "confirmation_password": [
                "確認用パスワードは8文字以上12文字以下にしてください。",
                "確認用パスワードに英字を1文字以上入れてください。",
            ],
        }
        assert page.title.startswith("エラー：")

    @pytest.mark.rule("OTP-4")
    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ("abcdefgh", "英字の小文字だけ"),
            ("12345678", "数字だけ"),
            ("abc_1234", "使えない文字"),
            ("Abc1", "8文字以上12文字以下"),
        ],
    )
    def test_says_which_rule_a_confirmation_id_breaks(self, registering, typed, told):
        page = fill_in(registering, confirmation_id=typed, confirmation_id_again=typed)
        assert [told in fault for fault in page.faults["confirmation_id"]] == [True]

    @pytest.mark.rule("OTP-2", "AUDIT-2")
    def test_is_confirmed_with_the_password_masked(self, registering):
        page = fill_in(registering)
        assert (page.path, page.heading) == (CONFIRM, "ワンタイムパスワード利用情報 仮登録内容確認")
        assert ADDRESS in page.text
        assert CONFIRMATION_ID in page.text
        assert CONFIRMATION_PASSWORD not in page.html

    @pytest.mark.rule("OTP-2", "AUDIT-2")
    def test_leaves_nothing_readable_in_the_cookie_or_the_address(self, registering):
        page = fill_in(registering)
        with registering.client.session_transaction(base_url="http://localhost") as kept:
            readable = str(dict(kept))
        for typed in (ADDRESS, CONFIRMATION_ID, CONFIRMATION_PASSWORD):
            assert typed not in readable
            assert typed not in page.path
        assert sum(map(len, registering.cookies.values())) < 3000

    @pytest.mark.rule("OTP-2")
    def test_brings_back_the_address_and_nothing_else(self, registering):
        fill_in(registering)
        page = registering.get(REGISTRATION)
        values = {name: page.one("input", id=name).get("value") for name in TYPED}
        assert {name: value for name, value in values.items() if value} == {
            "address": ADDRESS,
            "address_again": ADDRESS,
        }

    def test_does_not_show_a_password_that_was_typed_where_the_address_belongs(self, registering):
        page = fill_in(registering, address=CONFIRMATION_PASSWORD, address_again=CONFIRMATION_PASSWORD)
        assert CONFIRMATION_PASSWORD not in page.html

    def test_is_worth_nothing_to_another_login_in_the_same_browser(self, otp_site, registering):
        fill_in(registering)
        kept = registering.client.get_cookie("hikari_form")
        other = otp_site.browser(registering.client.application)
        other.log_in(CONTRACT, PASSWORD)
        assert kept is not None
        other.client.set_cookie("hikari_form", kept.value)
        assert other.get(CONFIRM).path == REGISTRATION
        assert other.shown.one("input", id="address").get("value") is None

    def test_is_kept_for_half_an_hour_and_no_longer(self, registering, monkeypatch):
        fill_in(registering)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 29 * 60)
        assert registering.get(CONFIRM).path == CONFIRM
        monkeypatch.setattr(time, "time", lambda: now + 31 * 60)
        assert registering.post(CONFIRM).path == REGISTRATION
        assert registering.shown.one("input", id="address").get("value") is None

    def test_of_one_tab_is_not_registered_by_the_confirmation_that_another_shows(self, otp_site, registering):
        shown = fill_in(registering)
        registering.get(REGISTRATION)
        fill_in(registering, address=NEW_ADDRESS, address_again=NEW_ADDRESS)
        answer = registering.send(CONFIRM, shown)
        assert answer.headers["Location"] == CONFIRM
        assert NEW_ADDRESS in registering.get(CONFIRM).text


class TestTheProvisionalRegistration:
    @pytest.mark.rule("OTP-2")
    def test_says_what_to_do_and_whose_mail_to_let_in(self, otp_site, registering):
        page = register(registering)
        assert (page.path, page.heading) == ("/otp/sent", "ワンタイムパスワード利用情報 仮登録完了")
        assert "y***@mail.example" in page.text
        assert ADDRESS not in page.html
        assert "hikari.example からのメール" in page.text
        assert "4月2日 18時00分まで" in page.text
        assert "この画面を閉じたときは、もう一度ログインが必要です" in page.text
        assert "を送信しています" in page.text
        back = [link.get("href") for link in page.all("a") if link.text == "ワンタイムパスワード 仮登録画面へ戻る"]
        assert back == [REGISTRATION]
        otp_site.newest_mail(LINK)
        assert "本登録のご案内メールを送信しました" in registering.get("/otp/sent").text

    @pytest.mark.rule("OTP-2")
    def test_says_that_the_mail_was_refused(self, otp_site, registering):
        otp_site.postbox.answers_rcpt = lambda _recipient: "550 no such mailbox"
        register(registering)
        otp_site.send_mail()
        assert "お送りできませんでした" in registering.get("/otp/sent").text

    def test_sent_twice_by_a_double_click_mails_one_link(self, otp_site, registering):
        form, jar = fill_in(registering), dict(registering.client._cookies)
        assert registering.send(CONFIRM, form).headers["Location"] == "/otp/sent"
        registering.client._cookies = jar
        assert registering.post(CONFIRM).path == "/otp/sent"
        otp_site.newest_mail(LINK)
        assert len(otp_site.postbox.mails) == 1

    def test_sent_again_from_the_former_page_leads_to_where_it_was_done(self, registering):
        form = fill_in(registering)
        registering.post(CONFIRM)
        assert registering.send(CONFIRM, form).headers["Location"] == CONFIRM
        assert registering.get(CONFIRM).path == "/otp/sent"

    @pytest.mark.rule("OTP-8")
    def test_is_mailed_five_times_and_then_there_is_a_waiting_time(self, otp_site, registering):
        for _ in range(5):
            registering.get(REGISTRATION)
            assert register(registering).path == "/otp/sent"
        registering.get(REGISTRATION)
        page = register(registering)
        assert page.path == CONFIRM
        assert "約15分待ってから、もう一度お試しください" in page.text
        otp_site.later(minutes=15)
        assert registering.post(CONFIRM).path == "/otp/sent"

    @pytest.mark.rule("OTP-2", "OTP-6", "LOGIN-7")
    def test_is_completed_by_the_link_and_the_one_time_password(self, otp_site, registering):
        register(registering)
        page = open_link(otp_site, registering)
        assert (page.path, page.heading) == ("/otp/registered", "ワンタイムパスワード利用情報 本登録")
        assert send(registering).path == "/otp/code"
        assert enter(otp_site, registering).path == "/services"
        page = registering.get("/services")
        assert "確認用ID変更" in page.menu

    @pytest.mark.rule("OTP-2", "OTP-14")
    def test_is_begun_anew_when_the_link_is_24_hours_old(self, otp_site, registering):
        register(registering)
        link = otp_site.newest_mail(LINK)
        otp_site.later(hours=24)
        browser = otp_site.browser()
        assert "有効期限（24時間）が過ぎました" in browser.get(link).text
        assert browser.log_in(CONTRACT, PASSWORD).path == REGISTRATION
