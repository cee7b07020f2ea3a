"""The one-time password sent, sent again and entered, and its address changed before it (OTP-6..11, PAGES 10-14)."""

from __future__ import annotations

import pytest

from contracts.auth.provisioning import FindHolder
from contracts.base import Unavailable
from contracts.otp.common import Holder, HolderGone, LoginOutdated
from contracts.otp.registration import ResetOtp
from contracts.phone import AuthUnit
from tests.gateway.browser import Browser
from tests.gateway.conftest import CODE, CONTRACT, LINK, PASSWORD, TEMPORARY
from tests.gateway.otp_steps import (
    CONFIRMATION_ID,
    NEW_ADDRESS,
    PAIR,
    at_choice,
    choose,
    enter,
    logging_in,
    open_link,
    register,
    send,
    wrong,
)

NEW = {"address": NEW_ADDRESS, "address_again": NEW_ADDRESS}


@pytest.fixture
def person(otp_site) -> Browser:
    """At 10."""
    return logging_in(otp_site)


class TestSending:
    @pytest.mark.rule("OTP-6", "AUDIT-2")
    def test_says_to_which_address_without_telling_it(self, person):
        page = person.shown
        assert page.heading == "ワンタイムパスワード 送信確認画面"
        assert "y***@mail.example" in page.text
        assert "yamada" not in page.html
        assert [link.text for link in page.all("a", class_="button button--outline")] == ["メールアドレスの変更"]

    @pytest.mark.rule("OTP-7", "OTP-6")
    def test_again_voids_the_former_and_the_page_says_so_beforehand(self, otp_site, person):
        send(person)
        former = otp_site.newest_mail(CODE)
        page = person.get("/otp/send")
        assert "前のものは使えなくなります" in page.text
        send(person)
        newest = otp_site.newest_mail(CODE)
        if former != newest:
            assert "ワンタイムパスワードが違います" in enter(otp_site, person, former).text
        assert enter(otp_site, person, newest).path == "/services"

    @pytest.mark.rule("OTP-8")
    def test_is_granted_five_times_in_15_minutes_and_the_sixth_is_told_how_long_to_wait(self, otp_site, person):
        for _ in range(5):
            assert send(person).path == "/otp/code"
            person.get("/otp/send")
            otp_site.later(seconds=60)
        page = send(person)
        assert page.path == "/otp/send"
        assert "約10分待ってから、もう一度お試しください" in page.text
        otp_site.later(minutes=10)
        assert send(person).path == "/otp/code"

    def test_twice_by_a_double_click_mails_one(self, otp_site, person):
        mails = len(otp_site.postbox.mails)
        form = person.shown
        for _ in range(2):
            assert person.send("/otp/send", form).headers["Location"] == "/otp/code"
        otp_site.newest_mail(CODE)
        assert len(otp_site.postbox.mails) == mails + 1

    def test_says_what_has_become_of_the_mail(self, otp_site, person):
        assert "ワンタイムパスワードのメールを送信しています" in send(person).text
        otp_site.send_mail()
        assert "ワンタイムパスワードのメールを送信しました" in person.get("/otp/code").text
        otp_site.postbox.answers_rcpt = lambda _recipient: "550 no such mailbox"
        person.get("/otp/send")
        send(person)
        otp_site.send_mail()
        page = person.get("/otp/code")
        assert "お送りできませんでした" in page.text
        assert [link.get("href") for link in page.all("a", class_="button button--outline")] == ["/otp/send"]

    @pytest.mark.rule("LOGIN-8")
    def test_the_question_for_its_mail_is_no_activity_and_tells_strangers_nothing(self, otp_site, person):
        send(person)
        assert otp_site.browser().client.get("/otp/mail/code", base_url="http://localhost").json == {"mail": None}
        otp_site.later(minutes=29)
        otp_site.send_mail()
        assert person.client.get("/otp/mail/link", base_url="http://localhost").json == {"mail": None}
        otp_site.later(minutes=2)
        assert person.get("/otp/send").path.startswith("/timed-out")


class TestEntering:
    @pytest.mark.rule("OTP-6")
    def test_has_one_field_that_browsers_and_telephones_understand(self, person):
        page = send(person)
        assert page.heading == "ワンタイムパスワード 入力画面"
        field = page.one("input", id="code")
        assert (field.get("autocomplete"), field.get("inputmode"), field.get("type")) == (
            "one-time-code",
            "numeric",
            "text",
        )
        assert "18時25分00秒までです" in page.text
        assert "あと5分です" in page.text

    @pytest.mark.rule("OTP-6")
    @pytest.mark.parametrize("spelt", ["{}", " {} ", "{:.3} {:.3}", "wide", "{:.3}-{:.3}"])
    def test_takes_the_code_however_it_is_spelt_and_completes_the_login(self, otp_site, person, spelt):
        before = person.cookies["hikari_session"]
        send(person)
        code = otp_site.newest_mail(CODE)
        wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        page = enter(otp_site, person, wide if spelt == "wide" else spelt.format(code, code[3:]))
        assert (page.path, page.heading) == ("/services", "サービス選択")
        assert person.cookies["hikari_session"] != before

    @pytest.mark.rule("OTP-7")
    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "一二三四五六"])
    def test_does_not_count_what_cannot_be_one(self, otp_site, person, typed):
        send(person)
        otp_site.asked.clear()
        page = person.post("/otp/code", code=typed)
        assert list(page.faults) == ["code"]
        assert "answer_challenge" not in otp_site.asked

    @pytest.mark.rule("OTP-7")
    def test_says_how_many_tries_are_left_and_five_wrong_ones_lead_back(self, otp_site, person):
        send(person)
        code = wrong(otp_site)
        for left in (4, 3, 2, 1):
            page = enter(otp_site, person, code)
            assert page.faults == {"code": [f"ワンタイムパスワードが違います。あと{left}回間違えると無効になります。"]}
        page = enter(otp_site, person, code)
        assert page.path == "/otp/send"
        assert "5回間違えたため、このワンタイムパスワードは無効になりました" in page.text
        assert person.get("/otp/code").path == "/otp/send"
        send(person)
        assert enter(otp_site, person).path == "/services"

    @pytest.mark.rule("OTP-9", "TEMP-12", "LOGIN-9")
    def test_ten_wrong_ones_across_resends_lock_and_the_page_says_what_helps(self, otp_site, person):
        for _ in range(2):
            send(person)
            code = wrong(otp_site)
            for _ in range(5):
                page = enter(otp_site, person, code)
        assert page.path.startswith("/timed-out")
        assert page.heading == "パスワードが無効になりました"
        assert "03-6304-4747（有料）" in page.text
        assert "プッシュ信号" in page.text
        assert "hikari_session" not in person.cookies
        again = otp_site.browser().log_in(CONTRACT, PASSWORD)
        assert "パスワードが無効になっています" in again.text
        otp_site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT, password="20260402")
        assert otp_site.browser().log_in(CONTRACT, "20260402").path == "/login/password"

    @pytest.mark.rule("OTP-6")
    def test_after_300_seconds_the_login_begins_anew(self, otp_site, person):
        send(person)
        code = otp_site.newest_mail(CODE)
        otp_site.later(seconds=300)
        page = enter(otp_site, person, code)
        assert page.heading == "もう一度ログインしてください"
        assert "有効時間（300秒）" in page.text
        assert "hikari_session" not in person.cookies
        assert person.get("/otp/send").path == "/login"

    @pytest.mark.rule("OTP-6")
    def test_can_be_given_up_for_a_new_login(self, person):
        send(person)
        page = person.post("/otp/log-in-again")
        assert page.heading == "もう一度ログインしてください"
        assert "ログインの手続きを終わりました" in page.text
        assert "有効時間" not in page.text
        assert person.log_in(CONTRACT, PASSWORD).path == "/otp/send"

    def test_twice_by_a_double_click_arrives_at_the_service_selection(self, otp_site, person):
        form, jar = send(person), dict(person.client._cookies)
        code = otp_site.newest_mail(CODE)
        assert person.send("/otp/code", form, code=code).headers["Location"] == "/services"
        person.client._cookies = jar
        assert person.post("/otp/code", code=code).path == "/services"

    def test_two_clicks_that_are_worked_on_at_once_both_arrive_with_the_session_that_goes_on(self, otp_site, person):
        """The twin is accepted after otp has taken this one and before auth is asked; the browser waits for this one."""
        form, code = send(person), otp_site.newest_mail(CODE)
        twin = otp_site.browser(person.client.application)
        twin.client._cookies = dict(person.client._cookies or {})
        sent: list[str | None] = []

        def and_meanwhile(procedure: str) -> None:
            if procedure == "advance_login" and not sent:
                sent.append(None)
                sent[0] = twin.send("/otp/code", form, code=code).headers["Location"]

        otp_site.failing = and_meanwhile
        answer = person.send("/otp/code", form, code=code)
        assert [answer.headers["Location"], *sent] == ["/services", "/services"]
        assert person.get("/services").path == "/services"
        assert twin.get("/services").path == "/services"

    def test_completed_meanwhile_by_another_tab_the_login_goes_on_under_its_token(self, otp_site, person):
        form, code = send(person), otp_site.newest_mail(CODE)
        other = otp_site.browser(person.client.application)
        other.client._cookies = dict(person.client._cookies or {})
        asked: list[str] = []

        def and_meanwhile(procedure: str) -> None:
            asked.append(procedure)
            if asked.count("advance_login") == 1 and procedure == "advance_login":
                other.get("/otp/waiting")

        otp_site.failing = and_meanwhile
        assert person.send("/otp/code", form, code=code).headers["Location"] == "/services"
        assert person.get("/services").path == "/services"
        assert other.get("/services").path == "/services"

    def test_a_wrong_one_twice_by_a_double_click_counts_once(self, otp_site, person):
        form, code = send(person), wrong(otp_site)
        for _ in range(2):
            person.send("/otp/code", form, code=code)
        assert "あと4回" in person.get("/otp/code").text

    def test_without_anything_sent_leads_back(self, person):
        assert person.get("/otp/code").path == "/otp/send"

    @pytest.mark.rule("OTP-7")
    def test_one_that_was_sent_to_another_login_is_not_taken(self, otp_site, person):
        form = send(person)
        other = otp_site.browser()
        other.log_in(CONTRACT, PASSWORD)
        send(other)
        answer = person.send("/otp/code", form, code=otp_site.newest_mail(CODE))
        assert answer.headers["Location"] == "/otp/send"
        assert "別の画面での操作により" in person.get("/otp/send").text
        assert enter(otp_site, other).path == "/services"

    @pytest.mark.rule("LOGIN-10")
    def test_guesses_are_throttled_like_passwords(self, otp_site, person):
        limited = otp_site.browser(
            otp_site.app(HIKARI_LOGIN_THROTTLE="60/minute", HIKARI_LOGIN_THROTTLE_NUMBER="2/minute")
        )
        limited.log_in(CONTRACT, PASSWORD)
        send(limited)
        code = wrong(otp_site)
        enter(otp_site, limited, code)
        assert enter(otp_site, limited, code).status == 429


class TestTheAddressBeforeIt:
    @pytest.mark.rule("OTP-10", "OTP-11")
    def test_is_changed_with_the_confirmation_pair_and_the_new_one_gets_the_code(self, otp_site, person):
        page = person.get("/otp/pair")
        assert page.heading == "メールアドレスの変更"
        page = person.post("/otp/pair", **PAIR)
        assert (page.path, page.heading) == ("/otp/address", "ワンタイムパスワード受信用メールアドレス変更")
        page = person.post("/otp/address", **NEW)
        assert page.heading == "ワンタイムパスワード受信用メールアドレス変更内容確認"
        assert NEW_ADDRESS in page.text
        page = person.post("/otp/address/confirmation")
        assert (page.path, "t***@other.example" in page.text) == ("/otp/sent", True)
        otp_site.newest_mail(LINK)
        person.get("/otp/send")
        send(person)
        otp_site.newest_mail(CODE)
        assert otp_site.postbox.mails[-1].recipient == "yamada@mail.example"
        assert open_link(otp_site, person).path == "/otp/registered"
        send(person)
        otp_site.newest_mail(CODE)
        code, notice = otp_site.postbox.mails[-2:]
        assert (code.recipient, notice.recipient) == (NEW_ADDRESS, "yamada@mail.example")
        assert enter(otp_site, person).path == "/services"

    @pytest.mark.rule("OTP-10")
    def test_is_not_reached_without_the_pair_whatever_address_is_typed(self, otp_site, person):
        for path in ("/otp/address", "/otp/address/confirmation"):
            assert person.get(path).path in {"/otp/pair", "/otp/address"}
            assert person.shown.path == "/otp/pair"
        person.client.post("/otp/address", data={**person.shown.form("/otp/pair"), **NEW}, base_url="http://localhost")
        assert person.get("/otp/address/confirmation").path == "/otp/pair"
        assert "change_address" not in otp_site.asked

    @pytest.mark.rule("OTP-9", "OTP-10")
    def test_a_wrong_pair_is_told_without_saying_which_and_ten_lock(self, otp_site, person):
        person.get("/otp/pair")
        page = person.post("/otp/pair", **{**PAIR, "confirmation_password": "wrong123"})
        assert "確認用IDまたは確認用パスワードが違います" in page.text
        assert page.faults == {}
        assert CONFIRMATION_ID not in page.html
        for _ in range(9):
            page = person.post("/otp/pair", **{**PAIR, "confirmation_id": "wrong123"})
        assert page.heading == "パスワードが無効になりました"
        assert "パスワードが無効になっています" in otp_site.browser().log_in(CONTRACT, PASSWORD).text

    @pytest.mark.rule("OTP-10", "OTP-14")
    def test_is_not_there_while_the_first_registration_is_provisional(self, otp_site):
        browser = at_choice(otp_site)
        choose(browser)
        register(browser)
        assert browser.get("/otp/pair").path == "/otp/registration"
        assert browser.get("/otp/address").path == "/otp/registration"

    @pytest.mark.rule("OTP-2")
    def test_faults_of_the_new_address_are_told_and_a_right_one_comes_back(self, person):
        person.get("/otp/pair")
        person.post("/otp/pair", **PAIR)
        page = person.post("/otp/address", address=NEW_ADDRESS, address_again="taro@other")
        assert list(page.faults) == ["address_again"]
        assert page.one("input", id="address").get("value") == NEW_ADDRESS
        page = person.post("/otp/address", address="taro", address_again="taro")
        assert list(page.faults) == ["address"]


class TestAnOutage:
    @pytest.mark.parametrize("path", ["/otp/send", "/otp/code", "/otp/pair", "/otp/address", "/otp/sent"])
    def test_of_otp_is_a_page_and_over_when_it_is(self, otp_site, person, path):
        otp_site.failing = lambda procedure: Unavailable("otp") if procedure == "standing" else None
        page = person.get(path)
        assert (page.status, page.heading) == (503, "ただいまつながりにくくなっています")
        otp_site.failing = lambda _procedure: None
        assert person.get(path).status == 200

    def test_of_otp_at_the_login_waits_by_itself_and_asks_for_no_password_again(self, otp_site, person):
        otp_site.failing = lambda procedure: Unavailable("otp") if procedure == "standing" else None
        browser = otp_site.browser()
        page = browser.log_in(CONTRACT, PASSWORD)
        assert (page.status, page.path) == (503, "/otp/waiting")
        assert page.one("meta", http_equiv="refresh", content="10; url=/otp/waiting?automatic=1") is not None
        assert "もう一度入力する必要はありません" in page.text
        assert browser.get("/services").path == "/otp/waiting"
        otp_site.failing = lambda _procedure: None
        assert browser.get("/otp/waiting").path == "/otp/send"

    @pytest.mark.rule("LOGIN-8")
    def test_a_page_that_waits_by_itself_keeps_no_forgotten_login_alive(self, otp_site, person):
        otp_site.failing = lambda procedure: Unavailable("otp") if procedure == "standing" else None
        browser = otp_site.browser()
        browser.log_in(CONTRACT, PASSWORD)
        for _ in range(2):
            otp_site.later(minutes=14)
            assert browser.get("/otp/waiting?automatic=1").status == 503
        otp_site.later(minutes=3)
        assert browser.get("/otp/waiting?automatic=1").path.startswith("/timed-out")

    def test_between_the_right_code_and_auth_loses_nothing(self, otp_site, person):
        form, code = send(person), otp_site.newest_mail(CODE)
        otp_site.failing = lambda procedure: Unavailable("auth") if procedure == "advance_login" else None
        assert person.send("/otp/code", form, code=code).status_code == 503
        otp_site.failing = lambda _procedure: None
        assert person.send("/otp/code", form, code=code).headers["Location"] == "/services"

    def test_of_auth_at_the_lock_still_says_that_it_is_locked(self, otp_site, person):
        otp_site.failing = lambda procedure: Unavailable("auth") if procedure == "advance_login" else None
        for _ in range(2):
            person.get("/otp/send")
            send(person)
            code = wrong(otp_site)
            for _ in range(5):
                page = enter(otp_site, person, code)
        assert page.heading == "パスワードが無効になりました"


class TestALoginThatIsOver:
    @pytest.mark.rule("LOGIN-9", "TEMP-9")
    def test_by_a_new_temporary_password_says_so_at_the_next_step(self, otp_site, person):
        form = send(person)
        otp_site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
        answer = person.send("/otp/code", form, code="123456")
        assert answer.headers["Location"] == "/timed-out?cause=temporary_set"

    @pytest.mark.rule("LOGIN-9", "LINE-9")
    @pytest.mark.parametrize(
        ("refusal", "said"),
        [(HolderGone(), "ご利用になれなくなりました"), (LoginOutdated(), "新しい仮パスワードが設定されました")],
    )
    def test_as_otp_hears_before_auth_has_its_page_too(self, otp_site, person, refusal, said):
        otp_site.failing = lambda procedure: refusal if procedure == "standing" else None
        page = person.get("/otp/send")
        assert said in page.text
        assert "hikari_session" not in person.cookies

    @pytest.mark.rule("OTP-15")
    def test_reset_by_an_operator_meanwhile_it_goes_on_with_the_choice(self, otp_site, person):
        holder = otp_site.auth.find_holder(FindHolder(number=CONTRACT))
        otp_site.otp.reset(ResetOtp(holder=Holder.model_validate(holder.model_dump()), reason="電話で本人確認済み"))
        assert send(person).path == "/otp/choice"


@pytest.mark.rule("LOGIN-7", "LOGIN-5")
def test_a_forced_change_comes_before_the_one_time_password_and_does_not_replace_it(otp_site, person):
    otp_site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = otp_site.browser()
    assert browser.log_in(CONTRACT, TEMPORARY).path == "/login/password"
    assert browser.get("/otp/send").path == "/login/password"
    assert browser.change_password(TEMPORARY, "umi5kaze").path == "/otp/send"
    send(browser)
    assert enter(otp_site, browser).path == "/services"


@pytest.mark.rule("LOGIN-11")
def test_logging_out_works_at_every_step(otp_site, person):
    send(person)
    assert person.post("/logout").heading == "ログアウト"
    assert person.get("/otp/code").path == "/login"
