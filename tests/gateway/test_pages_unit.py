"""Changing the authentication unit (UNIT, PAGES 20-22)."""

from __future__ import annotations

import pytest

from contracts.phone import AuthUnit, Feature
from gateway import unit_form
from gateway.words import UNITS
from tests.gateway.browser import text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, OFFICE, PASSWORD, TEMPORARY

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER
OTHER = "umi5kaze"
OWN, USERS = f"password-{CONTRACT}", f"password-{ADDITIONAL}"
SLUGS = {LINE: "line", NUMBER: "number", ADMIN_USER: "administrator"}


def settled(site, unit):
    """Both numbers have passwords, PASSWORD and OTHER; the browsers of the contract and of the additional number."""
    contract = site.logged_in(CONTRACT, unit, caller=CONTRACT)
    site.set_temporary(ADDITIONAL, unit, caller=ADDITIONAL)
    user = site.browser()
    user.log_in(ADDITIONAL, TEMPORARY)
    user.change_password(TEMPORARY, OTHER)
    return contract, user


@pytest.mark.rule("UNIT-0")
@pytest.mark.parametrize("unit", AuthUnit)
def test_the_choice_explains_the_three_and_has_buttons_for_the_two_others(site, unit):
    page = site.logged_in(unit=unit).get("/unit")
    assert page.heading == "認証単位の選択"
    assert text(page.one("div", class_="units__unit units__unit--present")).startswith(f"{UNITS[unit]}現在の認証単位")
    assert [link.text for link in page.all("a", class_="button")] == [UNITS[one] for one in AuthUnit if one is not unit]
    assert page.one("a", class_="button button--outline").get("href") == "/services"


@pytest.mark.rule("UNIT-2", "UNIT-4", "UNIT-6")
@pytest.mark.parametrize("to", [NUMBER, ADMIN_USER])
def test_from_the_line_the_own_password_is_enough_and_the_copy_is_told(site, to):
    browser = site.logged_in()
    page = browser.get(f"/unit/{SLUGS[to]}")
    assert page.heading == "認証単位変更"
    assert [label.text for label in page.all("label")] == ["パスワード"]
    page = browser.post(f"/unit/{SLUGS[to]}", **{OWN: PASSWORD})
    assert (page.path, page.heading) == ("/unit/done", "認証単位変更")
    assert f"認証単位を{UNITS[to]}に変更しました" in page.text
    assert "03-0000-1111" in text(page.one("div", class_="notice notice--success"))
    assert "すべての電話番号のパスワードが、いまお使いのものと同じになりました" in page.text
    assert UNITS[to] in text(browser.get("/services").one("section", class_="target"))
    assert site.browser().log_in(ADDITIONAL, PASSWORD).path == "/services"


@pytest.mark.rule("UNIT-5", "LINE-5")
def test_before_numbers_are_on_their_own_the_page_says_how_many_have_no_password(site):
    browser = site.logged_in(unit=ADMIN_USER)
    assert "電話番号2件のうち、1件には、いま使えるパスワードがありません。" in browser.get("/unit/number").text
    assert "いま使えるパスワードがありません" not in browser.get("/unit/line").text
    site.set_temporary(ADDITIONAL, ADMIN_USER, caller=CONTRACT)
    assert "いま使えるパスワードがありません" not in browser.get("/unit/number").text
    site.later(hours=24)
    browser = site.browser()
    browser.log_in(CONTRACT, PASSWORD)
    assert "電話番号2件のうち、1件には" in browser.get("/unit/number").text, "a temporary password is void after a day"
    line = site.logged_in(CONTRACT, ADMIN_USER)
    site.provision(CONTRACT, {CONTRACT: {Feature.CALL_NOTIFICATION}, ADDITIONAL: set()})
    assert "いま使えるパスワードがありません" not in line.get("/unit/number").text, "it could not log in anyway"


@pytest.mark.rule("UNIT-4")
def test_from_the_line_no_number_is_left_without_a_password(site):
    assert "いま使えるパスワードがありません" not in site.logged_in().get("/unit/number").text


@pytest.mark.rule("UNIT-1", "UNIT-3", "UNIT-6")
def test_from_numbers_every_number_has_a_field_and_the_contract_number_logs_in_from_now_on(site):
    contract, _ = settled(site, NUMBER)
    page = contract.get("/unit/line")
    assert [label.text for label in page.all("label")] == ["03-0000-1111 のパスワード", "03-0000-2222 のパスワード"]
    assert [field.get("autocomplete") for field in page.all("input", type="password")] == ["current-password", "off"]
    page = contract.post("/unit/line", **{OWN: PASSWORD, USERS: OTHER})
    assert "契約番号 03-0000-1111 でログインしてください" in page.text
    assert "追加番号のパスワードと仮パスワードは、使えなくなりました" in page.text
    assert contract.get("/services").path == "/services"
    assert site.browser().log_in(ADDITIONAL, OTHER).path == "/login"


@pytest.mark.rule("UNIT-3", "UNIT-6")
def test_an_additional_number_that_changes_to_the_line_reads_with_which_number_to_log_in_and_is_logged_out(site):
    _, user = settled(site, NUMBER)
    user.get("/unit/line")
    page = user.post("/unit/line", **{OWN: PASSWORD, USERS: OTHER})
    assert page.path == "/unit/done"
    assert "契約番号 03-0000-1111 でログインしてください" in page.text
    assert "ログアウトしました" in page.text
    assert not page.all("section", class_="target"), "nobody is logged in"
    assert page.one("a", class_="button").get("href") == "/login"
    assert user.get("/services").path == "/login"
    assert user.get("/unit/done").path == "/login", "said once"
    assert site.browser().log_in(CONTRACT, OTHER).path == "/services"


@pytest.mark.rule("UNIT-5", "UNIT-7")
def test_an_additional_number_that_changes_to_administrator_and_users_goes_on_as_a_user(site):
    _, user = settled(site, NUMBER)
    user.get("/unit/administrator")
    page = user.post("/unit/administrator", **{OWN: PASSWORD, USERS: OTHER})
    assert "03-0000-2222 でユーザとしてログインしてください" in page.text
    assert "管理者は、契約番号 03-0000-1111" in page.text
    assert "認証単位変更" not in page.menu


@pytest.mark.rule("UNIT-2", "UNIT-5", "UNIT-6")
@pytest.mark.parametrize(
    ("to", "said"), [(LINE, "追加番号では、ログインできなくなりました"), (NUMBER, "今までお使いのものです")]
)
def test_from_administrator_and_users_the_administrators_password_is_enough(site, to, said):
    contract, user = settled(site, ADMIN_USER)
    page = contract.get(f"/unit/{SLUGS[to]}")
    assert len(page.all("input", type="password")) == 1
    page = contract.post(f"/unit/{SLUGS[to]}", **{OWN: PASSWORD})
    assert said in page.text
    ended = user.get("/services")
    assert ended.path == "/timed-out?cause=unit_changed"
    assert "認証単位が変更されました" in ended.text


@pytest.mark.rule("UNIT-1")
def test_numbers_without_a_password_are_marked_and_have_no_field(site):
    contract = site.logged_in(CONTRACT, NUMBER)
    page = contract.get("/unit/administrator")
    assert [field.get("name") for field in page.all("input", type="password")] == [OWN]
    assert "03-0000-2222 *" in page.text
    assert "*印の電話番号は" in page.text
    assert contract.post("/unit/administrator", **{OWN: PASSWORD}).path == "/unit/done"


@pytest.mark.rule("UNIT-9", "LOGIN-3")
def test_wrong_passwords_are_said_beside_each_number_and_in_the_summary_and_never_come_back(site):
    contract, _ = settled(site, NUMBER)
    contract.get("/unit/line")
    page = contract.post("/unit/line", **{OWN: PASSWORD, USERS: "not this one"})
    assert page.path == "/unit/line"
    assert page.faults == {"password-1": ["03-0000-2222 のパスワードが違います。入力し直してください。"]}
    assert [link.get("href") for link in page.one("div", id="error-summary").iter("a")] == ["#password-1"]
    assert "not this one" not in page.html
    assert PASSWORD not in page.html
    page = contract.post("/unit/line", **{OWN: "not this one", USERS: "nor this"})
    assert set(page.faults) == {"password-0", "password-1"}
    assert "回線単位" not in text(page.one("section", class_="target"))


def test_an_empty_field_is_found_before_anyone_is_asked(site):
    contract, _ = settled(site, NUMBER)
    contract.get("/unit/line")
    site.asked.clear()
    page = contract.post("/unit/line", **{OWN: PASSWORD, USERS: ""})
    assert page.faults == {"password-1": ["03-0000-2222 のパスワードを入力してください。"]}
    assert "change_unit" not in site.asked


@pytest.mark.rule("UNIT-1")
def test_a_number_that_needs_a_password_since_the_form_was_opened_is_asked_for(site):
    contract = site.logged_in(CONTRACT, NUMBER)
    contract.get("/unit/line")
    settle = site.browser()
    site.set_temporary(ADDITIONAL, NUMBER, caller=ADDITIONAL)
    settle.log_in(ADDITIONAL, TEMPORARY)
    settle.change_password(TEMPORARY, OTHER)
    page = contract.post("/unit/line", **{OWN: PASSWORD})
    assert unit_form.MORE_ASKED in page.text
    assert len(page.all("input", type="password")) == 2
    assert contract.post("/unit/line", **{OWN: PASSWORD, USERS: OTHER}).path == "/unit/done"


@pytest.mark.rule("UNIT-1")
def test_the_tenth_wrong_password_blocks_the_change_and_the_page_says_what_to_do_and_not_which_number_it_is(site):
    contract, _ = settled(site, NUMBER)
    contract.get("/unit/line")
    for _ in range(9):
        assert contract.post("/unit/line", **{OWN: PASSWORD, USERS: "wrong"}).faults
    page = contract.post("/unit/line", **{OWN: PASSWORD, USERS: "wrong"})
    assert not page.all("input", type="password")
    assert "パスワードを設定し直す必要のある電話番号が、この回線にあります" in page.text
    assert "03-0000-2222" not in page.text
    assert "03-6304-4747（有料）" in page.text
    assert "プッシュ信号" in page.text


@pytest.mark.rule("UNIT-2", "LOGIN-2")
def test_ten_wrong_own_passwords_end_the_login(site):
    browser = site.logged_in()
    browser.get("/unit/number")
    for _ in range(9):
        browser.post("/unit/number", **{OWN: "wrong"})
    assert browser.post("/unit/number", **{OWN: "wrong"}).path == "/timed-out?cause=locked"


@pytest.mark.rule("UNIT-7")
def test_a_user_under_an_administrator_is_refused_whatever_address_is_typed(site):
    _, user = settled(site, ADMIN_USER)
    for path in ("/unit", "/unit/line", "/unit/number"):
        assert user.get(path).status == 403
    page = user.get("/password")
    response = user.client.post(
        "/unit/line", data={**page.form("/password"), "before": "administrator", OWN: PASSWORD, USERS: OTHER}
    )
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/unit/nothing", "/unit/LINE", "/unit/line/x"])
def test_what_is_no_unit_has_no_page(site, path):
    assert site.logged_in().get(path).status == 404


def test_the_present_unit_leads_back_to_the_choice(site):
    assert site.logged_in().get("/unit/line").path == "/unit"


class TestTwice:
    """A double click, the back button, another tab."""

    def test_a_form_sent_twice_is_said_to_be_done(self, site):
        """The browser drops the first answer, cookies and all, and waits for the second."""
        browser = site.logged_in()
        form, jar = browser.get("/unit/number"), dict(browser.client._cookies)
        assert browser.send("/unit/number", form, **{OWN: PASSWORD}).headers["Location"] == "/unit/done"
        browser.client._cookies = jar
        page = browser.post("/unit/number", **{OWN: PASSWORD})
        assert page.path == "/unit/done"
        assert "認証単位を電話番号単位に変更しました" in page.text
        assert "すべての電話番号のパスワードが" in page.text
        assert browser.get("/services").path == "/services"

    def test_a_form_sent_again_after_it_was_done_is_said_to_be_done_and_counts_nothing(self, site):
        browser = site.logged_in()
        form = browser.get("/unit/number")
        browser.post("/unit/number", **{OWN: PASSWORD})
        for _ in range(12):
            assert browser.send("/unit/number", form, **{OWN: PASSWORD}).headers["Location"] == "/unit/done"
        assert browser.get("/services").path == "/services"

    def test_a_form_from_before_another_change_leads_to_the_choice(self, site):
        browser = site.logged_in()
        form = browser.get("/unit/number")
        browser.get("/unit/administrator")
        browser.post("/unit/administrator", **{OWN: PASSWORD})
        assert browser.send("/unit/number", form, **{OWN: PASSWORD}).headers["Location"] == "/unit"
        page = browser.get("/unit")
        assert "認証単位が変わっています" in page.text
        assert "管理者／ユーザ単位" in text(page.one("section", class_="target"))

    def test_the_former_token_opens_nothing_after_the_change(self, site):
        browser = site.logged_in()
        browser.get("/unit/number")
        thief = site.browser(browser.client.application)
        thief.client._cookies = dict(browser.client._cookies)
        browser.post("/unit/number", **{OWN: PASSWORD})
        assert thief.get("/services").path.startswith("/timed-out")

    def test_the_page_that_says_so_opened_again_leads_to_the_choice(self, site):
        browser = site.logged_in()
        browser.get("/unit/number")
        browser.post("/unit/number", **{OWN: PASSWORD})
        assert browser.get("/unit/done").path == "/unit"


class TestALargeLine:
    def members(self, count):
        return [OFFICE, *(f"03{place * 7919 % 90000000 + 10000000}" for place in range(1, count))]

    def line(self, site, count):
        numbers = self.members(count)
        site.provision(OFFICE, {number: {Feature.CALL_NOTIFICATION} for number in numbers})
        browser = site.logged_in(OFFICE, AuthUnit.LINE, caller=OFFICE)
        browser.get("/unit/number")
        browser.post("/unit/number", **{f"password-{OFFICE}": PASSWORD})
        return browser, numbers

    @pytest.mark.rule("UNIT-8")
    @pytest.mark.parametrize(("count", "told"), [(32, False), (33, True)])
    def test_from_33_numbers_the_page_says_how_it_is_with_csv_and_has_its_fields_all_the_same(self, site, count, told):
        browser, numbers = self.line(site, count)
        page = browser.get("/unit/line")
        assert ("CSVファイルでまとめて入力" in page.text) is told
        assert len(page.all("input", type="password")) == len(numbers)

    def test_with_200_numbers_all_faults_fit_into_the_cookie_and_all_passwords_into_the_form(self, site):
        browser, numbers = self.line(site, unit_form.MOST_FIELDS)
        browser.get("/unit/line")
        page = browser.post("/unit/line", **{f"password-{number}": "wrong" for number in numbers})
        assert len(page.faults) == len(numbers)
        browser.send("/unit/line", page, **{f"password-{number}": "wrong" for number in numbers})
        assert all(len(value) < 4000 for value in browser.cookies.values())
        browser.get("/unit/line")
        page = browser.post("/unit/line", **{f"password-{number}": PASSWORD for number in numbers})
        assert page.path == "/unit/done"

    def test_with_more_numbers_the_page_points_to_the_telephone(self, site):
        browser, _ = self.line(site, unit_form.MOST_FIELDS + 1)
        page = browser.get("/unit/administrator")
        assert not page.all("input", type="password")
        assert f"電話番号が{unit_form.MOST_FIELDS + 1}件あるため" in page.text
        assert "03-6304-4747（有料）" in page.text

    def test_more_fields_than_a_page_has_are_not_read(self, site):
        browser = site.logged_in(CONTRACT, NUMBER)
        page = browser.get("/unit/line")
        fields = {f"password-03{place:08d}": "x" for place in range(11111111, 11111111 + unit_form.MOST_FIELDS + 1)}
        assert browser.send("/unit/line", page, **fields).status_code == 400
