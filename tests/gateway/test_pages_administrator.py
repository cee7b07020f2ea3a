"""The administrator's pages for the passwords of a line (PWD-6, PWD-7, PAGES 16, 18)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from contracts.auth.passwords import PasswordFault
from contracts.auth.provisioning import RemoveNumbers
from contracts.phone import AuthUnit, Feature
from gateway.words import PASSWORD_FAULTS
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import OFFICE, PASSWORD, TEMPORARY, Site

DESK = "0311110007"
LIST = "/password/numbers"
OTHER = "umi5kaze"
CALL = {Feature.CALL_NOTIFICATION}


def rows(page: Page) -> list[str]:
    """The numbers listed, without hyphens."""
    spans = page.all("span", class_="row__main number")
    return [text(span).replace("-", "") for span in spans]


def query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def lead_back(page: Page) -> str:
    """Where ほかの電話番号を選ぶ or 戻る goes."""
    (link,) = [
        one for one in page.all("a", class_="button button--outline") if text(one) in {"戻る", "ほかの電話番号を選ぶ"}
    ]
    return str(link.get("href"))


@pytest.fixture
def administrator(office: Site) -> Browser:
    """Of an office with 60 numbers."""
    return office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)


class TestChoosing:
    @pytest.mark.rule("PWD-6")
    def test_any_number_of_the_line_is_on_a_list_of_pages(self, administrator):
        page = administrator.get(LIST)
        assert (page.path, page.heading) == (LIST, "パスワード変更")
        assert rows(page) == [OFFICE, *(f"03111100{desk:02}" for desk in range(1, 50))]
        assert "電話番号 60件" in page.text
        page = administrator.get(str(page.one("a", rel="next").get("href")))
        assert rows(page) == [f"03111100{desk:02}" for desk in range(50, 60)]
        assert "2／2ページ" in page.text

    @pytest.mark.rule("PWD-6", "LINE-5")
    def test_a_number_that_can_have_no_password_is_listed_with_the_reason_and_no_way_on(self, office, administrator):
        link = administrator.choose(DESK, LIST).path
        office.provision(OFFICE, {DESK: set()})
        page = administrator.get(LIST)
        assert DESK in rows(page)
        assert page.text.count("サービスの契約がないため、パスワードはありません") == 1
        assert all(one.get("href") != link for one in page.all("a", class_="row row--link"))
        assert administrator.get(link).path == LIST

    @pytest.mark.rule("PWD-6")
    def test_the_page_of_a_number_has_three_fields_and_leads_back_to_its_place(self, administrator):
        page = administrator.choose("0311110055", f"{LIST}?page=2")
        assert "03-1111-0055 のパスワードを変更します" in page.text
        assert [label.text for label in page.all("label")] == [
            "現在のパスワード",
            "新しいパスワード",
            "新しいパスワード（再入力）",
        ]
        assert lead_back(page) == f"{LIST}?page=2"

    @pytest.mark.rule("PWD-4")
    def test_the_page_knows_both_numbers_that_must_not_be_in_the_password(self, administrator):
        form = administrator.choose(DESK).one("form", class_="form")
        assert form.get("data-numbers") == f"{DESK} {OFFICE}"

    def test_no_address_names_a_phone_number(self, administrator):
        page = administrator.get(LIST)
        chosen = administrator.choose(DESK)
        addresses = [
            element.get(name) or ""
            for one in (page, chosen)
            for element in one.tree.iter()
            for name in ("href", "action")
        ]
        assert any("/password/numbers/" in address for address in addresses)
        assert not [address for address in addresses if "0311110" in address]

    @pytest.mark.rule("LINE-9")
    def test_a_number_that_left_the_line_meanwhile_is_to_be_chosen_again(self, office, administrator):
        path = administrator.choose(DESK, f"{LIST}?search=0311").path
        form = administrator.shown
        office.auth.remove_numbers(RemoveNumbers(contract_number=OFFICE, numbers=(DESK,)))
        office.provision(OFFICE, {DESK: CALL})
        response = administrator.send(path, form, present=PASSWORD, new=OTHER, again=OTHER)
        assert response.headers["Location"] == f"{LIST}?search=0311"
        assert administrator.get(path).path == f"{LIST}?search=0311"
        assert "電話番号を選び直してください" in administrator.shown.text

    @pytest.mark.rule("LINE-4")
    def test_a_number_of_another_line_cannot_be_chosen_nor_changed(self, site, administrator):
        foreign = site.logged_in(unit=AuthUnit.ADMIN_USER).choose("0300002222").path
        own = administrator.choose(DESK)
        for path in (foreign, f"{LIST}/{uuid4()}"):
            assert administrator.get(path).path == LIST
            fields = {**own.form(own.path), "present": PASSWORD, "new": OTHER, "again": OTHER}
            site.asked.clear()
            assert administrator.client.post(path, data=fields).headers["Location"] == LIST
            assert "change_password" not in site.asked
        assert administrator.get(f"{LIST}/x").status == 404


class TestChanging:
    @pytest.mark.rule("PWD-6")
    def test_asks_for_that_numbers_present_password_and_goes_on_at_the_same_place(self, office, administrator):
        office.set_temporary(DESK, AuthUnit.ADMIN_USER, caller=OFFICE)
        administrator.choose(DESK, f"{LIST}?search=031111*7&page=1")
        page = administrator.change_password(TEMPORARY, OTHER)
        assert "03-1111-0007 のパスワードを変更しました" in page.text
        assert query(lead_back(page)) == {"search": ["031111*7"]}
        assert rows(administrator.get(lead_back(page))) == [f"03111100{tens}7" for tens in range(6)]
        assert administrator.get("/services").path == "/services"
        assert office.browser().log_in(DESK, OTHER).path == "/services"

    @pytest.mark.rule("LOGIN-9")
    def test_ends_that_numbers_logins(self, office, administrator):
        user = office.logged_in(DESK, AuthUnit.ADMIN_USER, caller=OFFICE)
        administrator.choose(DESK)
        administrator.change_password(PASSWORD, OTHER)
        assert user.get("/services").path.startswith("/timed-out")

    def test_does_the_own_number_from_the_same_list(self, office, administrator):
        administrator.choose(OFFICE)
        assert administrator.change_password(PASSWORD, OTHER).path == "/password/done"
        assert administrator.get("/services").path == "/services"

    @pytest.mark.rule("PWD-9")
    def test_tells_every_broken_rule_of_another_number_at_once(self, office, administrator):
        office.logged_in(DESK, AuthUnit.ADMIN_USER, caller=OFFICE)
        faults = PasswordFault
        examples = {
            f"a{DESK}": {faults.CONTAINS_NUMBER, faults.REPEATED},
            f"{OFFICE}b": {faults.CONTAINS_NUMBER, faults.REPEATED},
            PASSWORD: {faults.SAME_AS_PRESENT},
            "1234": {faults.LENGTH, faults.NO_LETTER, faults.SEQUENCE},
            "aaaa!dcba!xyz": {faults.LENGTH, faults.CHARACTERS, faults.NO_DIGIT, faults.REPEATED, faults.SEQUENCE},
        }
        assert set().union(*examples.values()) == set(faults) - {faults.NOT_REPEATED}
        administrator.choose(DESK, f"{LIST}?search=0311")
        for new, broken in examples.items():
            page = administrator.change_password(PASSWORD, new)
            assert page.faults == {"new": [PASSWORD_FAULTS[fault] for fault in PASSWORD_FAULTS if fault in broken]}, new
            assert lead_back(page) == f"{LIST}?search=0311"
        page = administrator.change_password("wrong", "1234")
        assert page.faults["present"] == ["現在のパスワードが違います。入力し直してください。"]
        assert len(page.faults["new"]) == 3

    @pytest.mark.rule("PWD-5")
    def test_counts_wrong_present_passwords_against_the_number_chosen(self, office, administrator):
        office.logged_in(DESK, AuthUnit.ADMIN_USER, caller=OFFICE)
        administrator.choose(DESK)
        for _ in range(10):
            administrator.change_password("wrong", OTHER)
        page = administrator.change_password(PASSWORD, OTHER)
        assert page.faults == {
            "present": ["この電話番号のパスワードは無効になっています。電話で仮パスワードを設定してください。"]
        }
        assert office.browser().log_in(DESK, PASSWORD).path == "/login"
        assert administrator.get("/services").path == "/services"

    def test_says_so_of_a_number_without_a_valid_password(self, administrator):
        administrator.choose(DESK)
        page = administrator.change_password("x", OTHER)
        assert page.faults == {
            "present": ["この電話番号のパスワードは無効になっています。電話で仮パスワードを設定してください。"]
        }

    @pytest.mark.rule("PWD-8")
    def test_another_number_makes_its_password_new_again(self, office, administrator):
        office.logged_in(DESK, AuthUnit.ADMIN_USER, caller=OFFICE)
        office.later(days=179)
        administrator = office.browser()
        administrator.log_in(OFFICE, PASSWORD)
        administrator.choose(DESK)
        administrator.change_password(PASSWORD, OTHER)
        office.later(days=1)
        assert office.browser().log_in(DESK, OTHER).path == "/services"
        assert office.browser().log_in(OFFICE, PASSWORD).path == "/login/password"


class TestTheThreshold:
    """32 and 33 numbers with a contracted feature; the others of the line do not count."""

    @pytest.fixture
    def small(self, site: Site) -> Browser:
        numbers = {f"03111100{desk:02}": set(CALL) for desk in range(32)}
        site.provision(OFFICE, numbers | {f"03111101{desk:02}": set() for desk in range(40)})
        return site.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)

    @pytest.mark.rule("PWD-7")
    def test_with_32_there_is_no_search_although_the_line_has_72_numbers(self, small):
        page = small.get(LIST)
        assert "電話番号 72件" in page.text
        assert not page.all("form", role="search")
        page = small.get(f"{LIST}?search=0399")
        assert "電話番号 72件" in page.text
        assert not page.all("form", role="search")
        assert "search" not in page.one("a", rel="next").get("href", "")

    @pytest.mark.rule("PWD-7")
    def test_with_32_a_faulty_search_is_no_fault(self, small):
        page = small.get(f"{LIST}?search=abc")
        assert not page.title.startswith("エラー")
        assert len(rows(page)) == 50

    @pytest.mark.rule("PWD-7")
    def test_with_33_the_search_appears(self, site, small):
        site.provision(OFFICE, {"0311110132": set(CALL)})
        page = small.get(LIST)
        assert page.one("form", role="search").get("method") == "get"
        assert len(rows(small.get(f"{LIST}?search=03111100"))) == 32

    @pytest.mark.rule("PWD-7")
    def test_the_choice_between_one_and_many_appears_with_33(self, site):
        numbers = {f"03111100{desk:02}": set(CALL) for desk in range(32)}
        site.provision(OFFICE, numbers)
        site.set_temporary(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
        browser = site.browser()
        browser.log_in(OFFICE, TEMPORARY)
        browser.change_password(TEMPORARY, PASSWORD)
        assert browser.get("/password").path == LIST
        site.provision(OFFICE, {"0311110132": set(CALL)})
        page = browser.get("/password")
        assert (page.path, page.heading) == ("/password", "パスワード変更")
        choices = {text(card.find("span")): card.get("href") for card in page.all("a", class_="card")}
        assert choices == {"パスワード変更": LIST, "パスワード一括変更": "/password/bulk"}


class TestSearching:
    def search(self, administrator: Browser, typed: str) -> Page:
        """Fill the form in and send it."""
        form = administrator.get(LIST).one("form", role="search")
        response = administrator.client.get(str(form.get("action")), query_string={"search": typed})
        return administrator._arrive(response, LIST)

    @pytest.mark.rule("PWD-7")
    def test_a_search_is_answered_with_what_begins_so_and_says_how_many(self, administrator):
        page = self.search(administrator, "０３-1111-005")
        assert rows(page) == [f"031111005{desk}" for desk in range(10)]
        assert "「031111005」で始まる電話番号 10件" in page.text
        assert page.title.startswith("検索結果 10件")
        assert page.one("input", id="search").get("value") == "０３-1111-005"

    @pytest.mark.rule("PWD-7")
    def test_an_asterisk_stands_for_what_is_not_known(self, administrator):
        assert rows(self.search(administrator, "03＊0055")) == ["0311110055"]
        assert rows(self.search(administrator, "*0009")) == ["0311110009"]

    @pytest.mark.rule("PWD-7")
    def test_pages_of_what_was_found_keep_the_search(self, administrator):
        page = self.search(administrator, "0311*1")
        assert page.status == 200
        page = self.search(administrator, "031111")
        following = str(page.one("a", rel="next").get("href"))
        assert query(following) == {"search": ["031111"], "page": ["2"]}
        page = administrator.get(following)
        assert rows(page) == [f"03111100{desk:02}" for desk in range(50, 60)]
        assert query(str(page.all("a", class_="row row--link")[0].get("href"))) == query(following)

    @pytest.mark.rule("PWD-7")
    @pytest.mark.parametrize("typed", ["03%", "03_1", "03?", "[0-9]", "山田", "<b>", "' OR 1=1"])
    def test_what_is_no_search_is_said_beside_the_field(self, administrator, typed):
        page = self.search(administrator, typed)
        assert page.faults == {
            "search": ["検索に使えるのは数字と*だけです。ほかの文字を除いて、もう一度検索してください。"]
        }
        assert page.title.startswith("エラー")
        assert page.one("input", id="search").get("value") == typed
        assert page.one("input", id="search").get("aria-describedby") == "search-support search-error"
        assert [link.get("href") for link in page.one("div", id="error-summary").iter("a")] == ["#search"]
        assert not rows(page)

    @pytest.mark.rule("PWD-7")
    def test_too_many_digits_are_said_beside_the_field(self, administrator):
        page = self.search(administrator, "031111000001")
        assert page.faults == {"search": ["数字が多すぎます。11桁までで入力してください。"]}

    @pytest.mark.rule("PWD-7")
    def test_a_search_that_finds_nothing_says_what_to_do(self, administrator):
        page = self.search(administrator, "0399")
        assert "「0399」で始まる電話番号は、この回線にはありません" in page.text
        assert "もう一度検索してください" in page.text
        everything = [link.get("href") for link in page.all("a") if text(link) == "すべての電話番号を表示"]
        assert everything == [LIST]

    @pytest.mark.rule("PWD-7")
    @pytest.mark.parametrize("typed", ["", " ", "*", "＊＊"])
    def test_an_empty_search_shows_everything(self, administrator, typed):
        assert "電話番号 60件" in self.search(administrator, typed).text

    @pytest.mark.parametrize("page", ["0", "-1", "99999999", "x", "3"])
    def test_a_page_that_there_is_not_is_answered_with_one_that_there_is(self, administrator, page):
        assert rows(administrator.get(f"{LIST}?search=0311&page={page}"))


@pytest.mark.rule("LINE-7", "PWD-7")
def test_the_administrator_of_ten_thousand_numbers_is_served(site):
    site.provision("0311110000", {f"031111{desk:04}": set(CALL) for desk in range(10_000)})
    browser = site.logged_in("0311110000", AuthUnit.ADMIN_USER, caller="0311110000")
    page = browser.get(LIST)
    assert "電話番号 10000件" in page.text
    assert "1／200ページ" in page.text
    assert rows(browser.get(f"{LIST}?page=200"))[-1] == "0311119999"
    assert rows(browser.get(f"{LIST}?search=*9999")) == ["0311119999"]
    assert "03-1111-9999 のパスワードを変更します" in browser.choose("0311119999", f"{LIST}?page=200").text
