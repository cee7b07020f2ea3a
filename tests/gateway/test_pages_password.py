"""Changing passwords (PWD, PAGES 3, 17, 18)."""

from __future__ import annotations

import pytest

from contracts.auth import PasswordFault
from contracts.phone import AuthUnit
from gateway.words import PASSWORD_FAULTS, PASSWORD_RULES
from tests.gateway.browser import Page
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
    assert set(PASSWORD_FAULTS) == set(PASSWORD_RULES) == set(PasswordFault)


@pytest.mark.rule("PWD-2")
def test_the_present_password_is_refused_as_the_new_one(subscriber):
    page = subscriber.change_password(PASSWORD, PASSWORD)
    assert page.faults == {"new": [PASSWORD_FAULTS[PasswordFault.SAME_AS_PRESENT]]}


@pytest.mark.rule("PWD-5")
def test_a_retyping_mistake_is_found_before_auth_is_asked(site, subscriber):
    site.asked.clear()
    page = subscriber.change_password("wrong", OTHER, again="umi5kazf")
    assert page.faults == {"again": ["新しいパスワードと一致していません。同じものをもう一度入力してください。"]}
    assert "change_password" not in site.asked


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


class TestTheAdministrator:
    @pytest.fixture
    def administrator(self, office):
        return office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)

    @pytest.mark.rule("PWD-6")
    def test_chooses_any_number_from_a_paged_list(self, administrator):
        page = administrator.get("/password")
        numbers = [link.get("href") for link in page.all("a", class_="row row--link")]
        assert numbers[0] == f"/password/{OFFICE}?page=1"
        assert len(numbers) == 50
        page = administrator.get(str(page.one("a", rel="next").get("href")))
        page = administrator.get(str(page.all("a", class_="row row--link")[0].get("href")))
        assert "03-1111-0050 のパスワードを変更します" in page.text
        assert page.one("a", class_="button button--outline").get("href") == "/password?page=2"

    @pytest.mark.rule("PWD-6")
    def test_gives_that_numbers_present_password_and_goes_on_working(self, office, administrator):
        office.set_temporary("0311110007", AuthUnit.ADMIN_USER, caller=OFFICE)
        office.browser().log_in("0311110007", TEMPORARY)
        administrator.get("/password/0311110007?page=1")
        page = administrator.post("/password/0311110007?page=1", present=TEMPORARY, new=OTHER, again=OTHER)
        assert "03-1111-0007 のパスワードを変更しました" in page.text
        assert administrator.get("/services").path == "/services"
        assert office.browser().log_in("0311110007", OTHER).path == "/services"

    def test_changes_the_own_one_from_the_same_list(self, office, administrator):
        administrator.get(f"/password/{OFFICE}?page=1")
        page = administrator.post(f"/password/{OFFICE}?page=1", present=PASSWORD, new=OTHER, again=OTHER)
        assert page.path == "/password/done"
        assert administrator.get("/services").path == "/services"

    def test_reads_of_a_number_without_a_valid_password(self, administrator):
        administrator.get("/password/0311110007?page=1")
        page = administrator.post("/password/0311110007?page=1", present="x", new=OTHER, again=OTHER)
        assert page.faults == {
            "present": ["この電話番号のパスワードは無効になっています。電話で仮パスワードを設定してください。"]
        }

    @pytest.mark.parametrize("path", [f"/password/{CONTRACT}", "/password/0311110055?page=1", "/password/x"])
    def test_is_led_back_to_the_list_from_a_number_that_is_not_on_it(self, administrator, path):
        page = administrator.get(path)
        assert page.path == "/password"
        assert "電話番号を選び直してください" in page.text

    @pytest.mark.parametrize(("path", "status"), [(f"/password/{CONTRACT}", 403), ("/password/x", 404)])
    def test_cannot_change_a_foreign_number(self, administrator, path, status):
        shown = administrator.get(f"/password/{OFFICE}?page=1")
        fields = shown.form(f"/password/{OFFICE}")
        response = administrator.client.post(path, data={**fields, "present": "x", "new": OTHER, "again": OTHER})
        assert Page(response, path).status == status


@pytest.mark.rule("PWD-6")
def test_a_user_is_led_to_the_own_page(site):
    browser = site.logged_in(ADDITIONAL, AuthUnit.ADMIN_USER, caller=CONTRACT)
    assert browser.get(f"/password/{CONTRACT}").path == "/password"
    assert "03-0000-2222 のパスワードを変更します" in browser.shown.text
