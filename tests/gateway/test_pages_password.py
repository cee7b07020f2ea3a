"""Changing passwords (PWD, PAGES 3, 17, 18)."""

from __future__ import annotations

import pytest

from contracts.auth.passwords import PasswordFault
from contracts.phone import AuthUnit
from gateway.words import PASSWORD_FAULTS, PASSWORD_RULES
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, PASSWORD, TEMPORARY

OTHER = "umi5kaze"


@pytest.fixture
def subscriber(site):
    """Someone who is logged in under their own number."""
    browser = site.logged_in()
    browser.get("/password")
    return browser


@pytest.mark.rule("PWD-5")
def test_the_own_password_is_changed_and_said_to_be_changed_once(site, subscriber):
    page = subscriber.change_password(PASSWORD, OTHER)
    assert (page.path, page.heading) == ("/password/done", "パスワード変更")
    assert "03-0000-1111 のパスワードを変更しました" in page.text
    assert subscriber.get("/password/done").path == "/password"
    assert site.browser().log_in(CONTRACT, OTHER).path == "/services"


@pytest.mark.rule("PWD-6")
def test_the_own_page_has_the_guides_three_fields(subscriber):
    labels = [label.text for label in subscriber.shown.all("label")]
    assert labels == ["現在のパスワード", "新しいパスワード", "新しいパスワード（再入力）"]
    kinds = [field.get("autocomplete") for field in subscriber.shown.all("input", type="password")]
    assert kinds == ["current-password", "new-password", "new-password"]


@pytest.mark.rule("PWD-9")
def test_every_broken_rule_is_said_beside_the_field_and_in_the_summary(subscriber):
    page = subscriber.change_password(PASSWORD, "1234")
    wanted = [PasswordFault.LENGTH, PasswordFault.NO_LETTER, PasswordFault.SEQUENCE]
    assert page.faults == {"new": [PASSWORD_FAULTS[fault] for fault in wanted]}
    assert [link.get("href") for link in page.one("div", id="error-summary").iter("a")] == ["#new"] * 3


@pytest.mark.rule("PWD-9")
def test_everything_that_can_be_wrong_at_once_fits_into_the_cookie_that_carries_it(subscriber):
    page = subscriber.change_password("wrong", "0300001111 aaaa")
    assert len(page.faults["new"]) >= 4
    assert page.faults["present"] == ["現在のパスワードが違います。入力し直してください。"]
    assert all(len(value) < 4000 for value in subscriber.cookies.values())


def test_every_rule_and_every_fault_has_its_words():
    # That the second entry differs is said beside the second field.
    assert set(PASSWORD_FAULTS) == set(PASSWORD_RULES) == set(PasswordFault) - {PasswordFault.NOT_REPEATED}


@pytest.mark.rule("PWD-2")
def test_the_present_password_is_refused_as_the_new_one(subscriber):
    page = subscriber.change_password(PASSWORD, PASSWORD)
    assert page.faults == {"new": [PASSWORD_FAULTS[PasswordFault.SAME_AS_PRESENT]]}


@pytest.mark.rule("PWD-5", "PWD-9")
def test_a_retyping_mistake_changes_nothing_and_hides_no_broken_rule(subscriber):
    retyped = ["新しいパスワードと一致していません。同じものをもう一度入力してください。"]
    assert subscriber.change_password(PASSWORD, OTHER, again="umi5kazf").faults == {"again": retyped}
    page = subscriber.change_password("wrong", "umi", again="um")
    assert set(page.faults) == {"present", "new", "again"}
    assert page.faults["new"] == [PASSWORD_FAULTS[PasswordFault.LENGTH], PASSWORD_FAULTS[PasswordFault.NO_DIGIT]]
    assert page.faults["again"] == retyped
    assert subscriber.change_password(PASSWORD, OTHER).faults == {}


@pytest.mark.rule("PWD-2", "PWD-9")
def test_a_wrong_present_password_is_not_what_the_new_one_must_differ_from(subscriber):
    assert set(subscriber.change_password(OTHER, OTHER).faults) == {"present"}


@pytest.mark.rule("PWD-5")
def test_passwords_never_come_back_to_the_page(subscriber):
    page = subscriber.change_password("secret word", "1234")
    assert "secret word" not in page.html
    assert 'value="1234"' not in page.html


@pytest.mark.rule("PWD-10")
def test_password_pages_advise(subscriber):
    for advice in ("定期的に変更", "誕生日、車のナンバー、電話番号", "ほかのサイトなどで使っているパスワード"):
        assert advice in subscriber.shown.text


@pytest.mark.rule("PWD-5")
def test_a_password_that_becomes_void_by_wrong_guesses_ends_the_login_and_says_what_to_do(subscriber):
    for _ in range(9):
        subscriber.change_password("wrong", OTHER)
    page = subscriber.change_password("wrong", OTHER)
    assert page.path.startswith("/timed-out")
    assert "仮パスワードを設定してください" in page.text
    assert "03-6304-4747（有料）" in page.text


@pytest.mark.rule("TEMP-7")
def test_a_forced_change_after_24_hours_is_refused_and_says_what_to_do(site, browser):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    site.later(hours=23, minutes=50)
    browser.log_in(CONTRACT, TEMPORARY)
    site.later(minutes=10)
    page = browser.change_password(TEMPORARY, PASSWORD)
    assert page.path == "/timed-out?cause=void"
    assert "03-6304-4747（有料）" in page.text


@pytest.mark.rule("PWD-6")
def test_a_user_is_led_to_the_own_page(site):
    administrator = site.logged_in(CONTRACT, AuthUnit.ADMIN_USER)
    other = administrator.choose(CONTRACT).path
    browser = site.logged_in(ADDITIONAL, AuthUnit.ADMIN_USER, caller=CONTRACT)
    for path in ("/password/numbers", other):
        assert browser.get(path).path == "/password"
        assert "03-0000-2222 のパスワードを変更します" in browser.shown.text


@pytest.mark.rule("PWD-6")
@pytest.mark.parametrize("unit", [AuthUnit.LINE, AuthUnit.NUMBER])
def test_without_an_administrator_there_is_only_the_own_password_whatever_the_size_of_the_line(office, unit):
    browser = office.logged_in(OFFICE, unit, caller=OFFICE)
    assert browser.get("/password").path == "/password"
    assert len(browser.shown.all("input", type="password")) == 3
    assert browser.get("/password/numbers").path == "/password"


@pytest.mark.rule("PWD-8", "LOGIN-5")
def test_a_password_of_180_days_is_changed_at_login_before_anything_else(site):
    site.logged_in()
    site.later(days=180, seconds=-1)
    assert site.browser().log_in(CONTRACT, PASSWORD).path == "/services"
    site.later(seconds=1)
    browser = site.browser()
    page = browser.log_in(CONTRACT, PASSWORD)
    assert page.path == "/login/password"
    assert "有効期限" in page.text
    assert browser.get("/password").path == "/login/password"
    assert browser.change_password(PASSWORD, PASSWORD).faults == {
        "new": [PASSWORD_FAULTS[PasswordFault.SAME_AS_PRESENT]]
    }
    assert browser.change_password(PASSWORD, OTHER).path == "/services"
    assert site.browser().log_in(CONTRACT, OTHER).path == "/services"
