"""一括転送機能 in the browser without scripts (FEAT-4)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from contracts.phone import AuthUnit, Feature
from contracts.settings.bulk_forwarding import MemberFault
from contracts.settings.routing import RouteQuery
from gateway.group_words import MEMBER_FAULTS
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, PASSWORD, Site

LIST = "/services/bulk-forwarding"
NEW = f"{LIST}/groups/new"
TARGET = "090-1234-5678"
BOTH = f"{CONTRACT},{TARGET}\n{ADDITIONAL}\t03-1234-5678\n"
FORM = {"name": "本社", "automatic": "no", "members": BOTH}
FEATURES = {Feature.BULK_FORWARDING, Feature.CALL_FORWARDING}


@pytest.fixture
def line(site: Site) -> Site:
    site.provision(CONTRACT, {CONTRACT: FEATURES, ADDITIONAL: FEATURES})
    return site


@pytest.fixture
def browser(line: Site) -> Browser:
    return line.logged_in()


def created(browser: Browser, **fields: str) -> Page:
    browser.get(NEW)
    return browser.post(NEW, **{**FORM, **fields})


def ordered(browser: Browser, order: str) -> Page:
    """By the button of the group's page and that of the confirmation."""
    address = f"{browser.shown.path}/{order}"
    assert browser.get(address).status == 200
    return browser.post(address)


def summary(page: Page) -> dict[str, str]:
    return {text(row[0]): text(row[1]) for row in page.one("dl", class_="summary")}


def said(page: Page) -> list[str]:
    return [text(one) for one in page.all("p", class_="notice__text")]


def target_of(site: Site, number: str = CONTRACT) -> str | None:
    assert site.settings is not None
    return site.settings.route_call(RouteQuery(number=number)).target


@pytest.mark.rule("FEAT-4", "MENU-3")
def test_a_group_is_made_from_lines_as_a_spreadsheet_pastes_them(browser):
    page = browser.get(LIST)
    assert page.heading == "一括転送機能"
    assert page.one("a", class_="header__help").get("href") == "/help/bulk-forwarding"
    page = created(browser)
    assert said(page) == ["「本社」を保存しました（電話番号 2件）。転送は、「開始する」を押すまで始まりません。"]
    assert summary(page)["状態"] == "停止中"
    assert [text(one) for one in page.all("li", class_="row")] == [
        "03-0000-1111 →転送先： 090-1234-5678",
        "03-0000-2222 →転送先： 03-1234-5678",
    ]
    assert "本社" in browser.get(LIST).text
    assert "一部失敗" in browser.get("/help/bulk-forwarding").text


@pytest.mark.rule("FEAT-4", "MENU-3")
def test_a_number_whose_feature_was_withdrawn_is_shown_as_resting(line, browser):
    page = created(browser)
    line.provision(CONTRACT, {CONTRACT: FEATURES, ADDITIONAL: {Feature.CALL_FORWARDING}})
    line.settings_follow()
    page = browser.get(page.path)
    assert summary(page)["電話番号"] == "1件（ほかに休止中 1件）"
    assert [text(one) for one in page.all("li", class_="row")] == [
        "03-0000-1111 →転送先： 090-1234-5678",
        "03-0000-2222 →転送先： 03-1234-5678 休止中",
    ]
    assert "休止中の電話番号" in page.text
    line.provision(CONTRACT, {CONTRACT: FEATURES, ADDITIONAL: FEATURES})
    line.settings_follow()
    assert "休止中" not in browser.get(page.path).text


@pytest.mark.rule("FEAT-4")
def test_a_start_says_in_figures_what_will_happen_and_a_stop_gives_everything_back(line, browser):
    page = created(browser)
    address = page.path
    page = browser.get(f"{address}/start")
    assert text(page.one("p", class_="lead")) == "電話番号 2件のうち、2件を転送します。"
    assert target_of(line) is None
    page = browser.post(f"{address}/start")
    assert said(page) == ["転送を開始しました。2件を転送しています。"]
    assert summary(page)["状態"] == "転送中"
    assert target_of(line) == "09012345678"
    assert "2件を転送しています" in browser.get(LIST).text
    own = browser.choose(CONTRACT, "/services/call-forwarding")
    assert f"いまは一括転送機能により、{TARGET} に転送しています" in own.text
    browser.get(address)
    page = browser.get(f"{address}/stop")
    assert "いま転送している2件" in text(page.one("p", class_="lead"))
    page = browser.post(f"{address}/stop")
    assert summary(page)["状態"] == "停止中"
    assert target_of(line) is None


@pytest.mark.rule("FEAT-4")
def test_what_cannot_be_forwarded_is_named_before_and_after_the_start(browser):
    page = created(browser, members=f"{CONTRACT},{ADDITIONAL}\n{ADDITIONAL},{CONTRACT}")
    address = page.path
    page = browser.get(f"{address}/start")
    assert text(page.one("p", class_="lead")) == "電話番号 2件のうち、1件を転送します。1件は転送できません。"
    page = browser.post(f"{address}/start")
    assert summary(page)["状態"] == "一部失敗"
    assert "1件は転送できませんでした" in said(page)[0]
    assert "戻ってきます" in page.text


@pytest.mark.rule("FEAT-4")
def test_every_faulty_line_is_named_by_its_place_and_what_was_typed_stays(browser):
    rows = f"電話番号,転送先\n{CONTRACT},110\n\n0399998888,{TARGET}\n{ADDITIONAL},\nabc,def"
    page = created(browser, name="", members=rows)
    assert set(page.faults) == {"name", "members"}
    browser.get(NEW)
    page = browser.post(NEW, **{**FORM, "members": rows})
    assert [fault.split("：")[0] for fault in page.faults["members"]] == ["2行目", "4行目", "5行目", "6行目"]
    assert "緊急通報" in page.faults["members"][0]
    kept = (page.one("textarea", id="members").text or "").splitlines()
    assert kept == rows.splitlines(), "each line stands where the message counts it"
    assert page.one("input", id="name").get("value") == "本社"


@pytest.mark.rule("FEAT-4")
def test_a_line_with_too_many_cells_is_named(browser):
    page = created(browser, members=f"{CONTRACT},{TARGET},本社")
    assert page.faults["members"] == ["1行目の項目が多すぎます。電話番号と転送先の2つだけにしてください。"]


def test_a_list_with_a_fault_in_every_row_still_fits_into_the_cookie(browser):
    rows = "\n".join(f"09{index * 7919 % 100000000:08},080{index * 104729 % 100000000:08}" for index in range(200))
    page = browser.get(NEW)
    answer = browser.send(NEW, page, **{**FORM, "members": rows})
    assert all(len(value) < 4000 for value in browser.cookies.values())
    page = browser._arrive(answer, NEW)
    assert len(page.faults["members"]) == 21
    assert (page.one("textarea", id="members").text or "").splitlines() == rows.splitlines()
    page = browser.post(NEW, **{**FORM, "members": f"{rows}\n" * 9})
    assert said(page)[0].startswith("入力した「転送する電話番号と転送先」は長いため、もう一度表示できません。")


@pytest.mark.rule("FEAT-4")
def test_what_is_on_is_not_edited_or_removed_and_a_stopped_group_is(browser):
    page = created(browser)
    address = page.path
    ordered(browser, "start")
    for order in ("edit", "remove"):
        page = browser.get(f"{address}/{order}")
        assert (page.path, said(page)) == (
            address,
            ["転送しているグループは変更できません。停止してから操作してください。"],
        )
    ordered(browser, "stop")
    browser.get(f"{address}/edit")
    page = browser.post(f"{address}/edit", **{**FORM, "name": "支社", "automatic": "yes"})
    assert summary(page)["故障のときの自動開始"] == "故障のときに自動で開始する"
    page = ordered(browser, "remove")
    assert urlsplit(page.path).path == LIST
    assert said(browser.get(address)) == ["このグループは、もうありません。一覧から選び直してください。"]


@pytest.mark.rule("FEAT-6")
def test_the_history_tells_what_was_set_started_and_stopped_by_whom(browser):
    address = created(browser).path
    ordered(browser, "start")
    ordered(browser, "stop")
    browser.get(f"{address}/edit")
    browser.post(f"{address}/edit", **{**FORM, "members": f"{CONTRACT},{TARGET}"})
    page = browser.get(f"{address}/history")
    told = [
        text(item) for change in page.all("li", class_="change") for item in change.iter("li") if item is not change
    ]
    assert told == [
        "03-0000-2222：03-1234-5678 → なし",
        "画面の操作で停止しました。2件の転送を止めました。",
        "画面の操作で開始しました。2件を転送しました。",
        "グループを作成しました（電話番号 2件）。",
    ]
    assert text(page.all("p", class_="change__who")[0]) == "03-0000-1111 のログインによる操作"


@pytest.mark.rule("FEAT-6")
def test_an_earlier_content_is_brought_back_from_the_history_and_saved(browser):
    address = created(browser).path
    browser.get(f"{address}/edit")
    browser.post(f"{address}/edit", **{**FORM, "name": "支社", "members": f"{CONTRACT},{TARGET}"})
    page = browser.get(f"{address}/history")
    (link,) = [one for one in page.all("a") if text(one).startswith("この内容に戻す")]
    page = browser.get(str(link.get("href")))
    assert "この内容に戻ります" in said(page)[0]
    typed = {"name": str(page.one("input", id="name").get("value")), "automatic": "no"}
    page = browser.post(f"{address}/edit", **typed, members=page.one("textarea", id="members").text or "")
    assert page.heading == "本社"
    assert summary(page)["電話番号"] == "2件"
    assert browser.get(f"{address}/edit?place=99").status == 404


def test_a_double_click_makes_one_group_and_starts_it_once(browser):
    page = browser.get(NEW)
    for _ in range(2):
        browser.send(NEW, page, **FORM)
    links = browser.get(LIST).all("a", class_="row row--link")
    assert len(links) == 1
    address = str(links[0].get("href"))
    page = browser.get(f"{address}/start")
    for _ in range(2):
        browser.send(f"{address}/start", page)
    assert summary(browser.get(address))["状態"] == "転送中"
    assert browser.get(f"{address}/history").text.count("開始しました") == 1


def test_a_group_that_was_changed_since_its_figures_were_shown_is_shown_again(browser):
    address = created(browser).path
    figures = browser.get(f"{address}/start")
    browser.get(f"{address}/edit")
    browser.post(f"{address}/edit", **{**FORM, "members": f"{CONTRACT},{TARGET}"})
    page = browser._arrive(browser.send(f"{address}/start", figures), f"{address}/start")
    assert "設定が変更されました" in said(page)[0]
    assert text(page.one("p", class_="lead")) == "電話番号 1件のうち、1件を転送します。"


@pytest.mark.rule("LINE-3", "LINE-4")
@pytest.mark.parametrize("unit", [AuthUnit.NUMBER, AuthUnit.ADMIN_USER])
def test_whoever_does_not_manage_the_whole_line_is_told_who_does(line, unit):
    if unit is AuthUnit.ADMIN_USER:
        line.logged_in(CONTRACT, unit)
        person = line.logged_in(ADDITIONAL, unit, caller=ADDITIONAL)
    else:
        person = line.logged_in(CONTRACT, unit)
    page = person.get(LIST)
    assert "契約番号 03-0000-1111 の管理者" in page.text
    assert not page.all("a", href=NEW)
    assert person.get(NEW).status == 403


@pytest.mark.rule("FEAT-4")
def test_lines_that_are_too_long_together_are_refused_and_not_cut_short(browser):
    page = created(browser, members=" " * 40_000 + BOTH)
    assert "長すぎます。" in text(page.one("div", id="error-summary"))
    assert "本社" not in browser.get(LIST).text


@pytest.mark.rule("FEAT-4", "LINE-3")
def test_what_is_on_when_the_unit_becomes_that_of_numbers_can_still_be_stopped(line, browser):
    address = created(browser).path
    ordered(browser, "start")
    browser.get("/unit/number")
    browser.post("/unit/number", **{f"password-{CONTRACT}": PASSWORD})
    page = browser.get(LIST)
    assert "このログインでは、停止だけができます" in page.text
    page = browser.get(address)
    assert not [one for one in page.all("a") if text(one) in {"開始する", "編集する", "削除する"}]
    page = ordered(browser, "stop")
    assert summary(page)["状態"] == "停止中"
    assert target_of(line) is None
    assert browser.get(f"{address}/start").status == 403
    assert browser.get(f"{address}/edit").status == 403


@pytest.mark.rule("MENU-3")
def test_without_the_contract_there_is_no_such_page(line, browser):
    line.provision(CONTRACT, {CONTRACT: {Feature.CALL_FORWARDING}, ADDITIONAL: set()})
    assert browser.get(LIST).status == 404
    assert browser.get(NEW).status == 404


def test_there_are_words_for_every_reason():
    assert set(MEMBER_FAULTS) == set(MemberFault)
