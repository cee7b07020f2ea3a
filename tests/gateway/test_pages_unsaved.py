"""Nothing typed on a feature's page is lost by another button of it: it comes back, and is said not to be set (FEAT-1, FEAT-2, FEAT-5)."""

from __future__ import annotations

import pytest

from contracts.phone import Feature
from tests.gateway.browser import Browser, Page
from tests.gateway.conftest import ADDITIONAL, CONTRACT, PASSWORD, Site
from tests.gateway.test_pages_call_notification import ADDRESS, CALLER, add, chosen, remove, said, set_rules, summary

NOT_SET = "まだ設定していない変更があります（{}）。「設定する」を押すと、設定されます。"
NOT_ADDED = "入力したメールアドレスは、まだ追加していません。「追加」を押すと、追加されます。"
SUZUKI = "suzuki@mail.example"
TYPED: dict[str, dict[str, str | list[str]]] = {
    "call-notification": {"withheld": "no", "listed": "090-1234-5678", "week": ["0-9"]},
    "fax-notification": {"when_full": "drop_oldest"},
    "fault-notification": {"kinds": ["recovery"], "windows": ["8-19"]},
}
LABELS = {
    "call-notification": "選別する電話番号、番号の通知がない着信、お知らせする時間帯",
    "fax-notification": "受信箱がいっぱいのとき",
    "fault-notification": "お知らせする内容、受信する時間帯",
}
CALLS = "/services/call-notification"


@pytest.fixture
def browser(site: Site) -> Browser:
    """The person of the example line, one number of which has every feature."""
    site.provision(CONTRACT, {CONTRACT: set(Feature), ADDITIONAL: set()})
    return site.logged_in()


def shown(page: Page, *names: str) -> dict[str, str | list[str]]:
    """What stands in these fields."""
    typed = page.typed("rules")
    return {name: typed[name] for name in names}


def described(page: Page) -> dict[str, str]:
    """What is in force, but for the addresses."""
    return {
        label: words for label, words in summary(page).items() if label not in {"送信先のメールアドレス", "いまの動作"}
    }


def address_field(page: Page) -> str | None:
    return page.one("input", id="address").get("value")


@pytest.mark.rule("FEAT-1", "FEAT-2", "FEAT-5")
@pytest.mark.parametrize("feature", TYPED)
def test_what_was_typed_stays_while_addresses_come_and_go_and_can_then_be_set(browser: Browser, feature: str):
    in_force = described(browser.get(f"/services/{feature}"))
    pages = [add(browser, ADDRESS, **TYPED[feature]), add(browser, SUZUKI), remove(browser)]
    for page in pages:
        assert said(page)[1] == NOT_SET.format(LABELS[feature])
        assert shown(page, *TYPED[feature]) == TYPED[feature]
        assert described(page) == in_force
    page = browser.post(page.path, **page.typed("rules"))  # type: ignore[arg-type]  # boxes are lists
    assert said(page)[0].startswith("設定しました。")
    assert NOT_SET.format(LABELS[feature]) not in said(page)
    assert shown(page, *TYPED[feature]) == TYPED[feature]
    assert described(page) != in_force
    assert SUZUKI in summary(page)["送信先のメールアドレス"]


@pytest.mark.rule("FEAT-1")
def test_a_form_that_nobody_has_touched_is_not_said_to_be_unsaved(browser: Browser):
    browser.get(CALLS)
    assert len(said(add(browser))) == 1
    set_rules(browser, on="yes", every_call="no", outcomes=["busy", "unanswered"], callers="listed", listed=CALLER)
    assert len(said(add(browser, SUZUKI))) == 1


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize(("address", "says"), [("yamada@", "メールアドレスの形"), ("", "メールアドレスを入力して")])
def test_an_address_with_a_fault_is_told_beside_its_field_and_the_rules_stay_as_typed(browser: Browser, address, says):
    browser.get(CALLS)
    page = add(browser, address, withheld="no")
    assert page.faults["address"][0].startswith(says)
    assert address_field(page) == address
    assert shown(page, "withheld") == {"withheld": "no"}
    assert said(page) == [NOT_SET.format("番号の通知がない着信")]
    page = add(browser)
    assert shown(page, "withheld") == {"withheld": "no"}
    assert summary(set_rules(browser))["番号の通知がない着信"] == "お知らせしない"


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize("goes_back", [True, False])
def test_what_was_typed_survives_the_question_about_the_last_address(browser: Browser, goes_back: bool):
    path = browser.get(CALLS).path
    add(browser)
    set_rules(browser, on="yes")
    asking = remove(browser, withheld="no")
    assert asking.heading == "メールアドレスの削除"
    page = browser.get(path) if goes_back else browser.post(f"{path}/addresses/remove")
    assert said(page)[-1] == NOT_SET.format("番号の通知がない着信")
    assert shown(page, "withheld") == {"withheld": "no"}
    assert shown(page, "on") == {"on": "yes" if goes_back else "no"}, "what was not touched is as it is in force"
    assert summary(set_rules(browser))["番号の通知がない着信"] == "お知らせしない"


@pytest.mark.rule("FEAT-1", "FEAT-5")
def test_an_address_typed_and_not_added_stays_when_the_rules_are_set(browser: Browser):
    browser.get(CALLS)
    page = set_rules(browser, withheld="no", address=ADDRESS)
    assert said(page)[0].startswith("設定しました。")
    assert (said(page)[1], address_field(page)) == (NOT_ADDED, ADDRESS)
    page = set_rules(browser, on="yes", address=ADDRESS)
    assert page.faults["on"]
    assert address_field(page) == ADDRESS
    page = set_rules(browser, fill="none", address=ADDRESS)
    assert address_field(page) == ADDRESS
    add(browser, SUZUKI)
    page = remove(browser, address=ADDRESS)
    assert address_field(page) == ADDRESS
    page = set_rules(browser, address="yamada")
    assert address_field(page) == "yamada"
    assert not address_field(browser.get(page.path)), "once"


@pytest.mark.rule("FEAT-5")
def test_sending_the_link_again_loses_nothing_that_was_typed(browser: Browser):
    browser.get("/services/fault-notification")
    page = add(browser)
    again = f"{page.path}/addresses/link"
    asked = str(page.one("button", formaction=again).get("value"))
    page = browser.post(again, address_id=asked, kinds=["fault"], address=SUZUKI)  # type: ignore[arg-type]
    assert said(page)[1:3] == [NOT_SET.format("お知らせする内容"), NOT_ADDED]
    assert (shown(page, "kinds"), address_field(page)) == ({"kinds": ["fault"]}, SUZUKI)


@pytest.mark.rule("FEAT-1")
def test_enter_adds_the_address_that_was_typed_and_else_sets_the_rules(browser: Browser):
    path = browser.get(CALLS).path
    first = next(one for one in browser.shown.tree.iter("button") if one.get("form") == "rules")
    assert (first.get("name"), first.get("formaction")) == ("enter", None), "a browser presses the form's first button"
    page = set_rules(browser, enter="yes", address=ADDRESS, withheld="no")
    assert summary(page)["送信先のメールアドレス"] == ADDRESS
    assert summary(page)["番号の通知がない着信"] == "お知らせする"
    page = set_rules(browser, enter="yes", address="")
    assert summary(page)["番号の通知がない着信"] == "お知らせしない"
    assert page.path == path


@pytest.mark.rule("FEAT-1")
def test_rules_that_waited_overwrite_nothing_that_others_set_meanwhile(site: Site, browser: Browser):
    page = browser.get(CALLS)
    stale = {**page.typed("rules"), "listed": CALLER, "address": ADDRESS}
    set_rules(browser, withheld="no")
    sent = browser.client.post(f"{page.path}/addresses", data=stale, base_url="http://localhost")
    page = browser._arrive(sent, page.path)
    assert shown(page, "listed") == {"listed": CALLER}
    page = set_rules(browser)
    assert said(page)[0].startswith("この画面を開いたあとに、設定が変更されました。")
    assert summary(page)["番号の通知がない着信"] == "お知らせしない"
    assert said(page)[1] == NOT_SET.format("選別する電話番号")
    assert shown(page, "listed", "withheld") == {"listed": CALLER, "withheld": "no"}
    page = set_rules(browser)
    assert said(page)[0].startswith("設定しました。")
    assert summary(page)["番号の通知がない着信"] == "お知らせしない"
    assert summary(page)["選別する電話番号"] == "090-1234-5678"


@pytest.mark.rule("FEAT-1", "FEAT-2", "FEAT-5")
@pytest.mark.parametrize("feature", TYPED)
def test_what_was_typed_on_a_page_that_is_out_of_date_comes_back_and_what_was_not_touched_is_as_it_is_in_force(
    browser: Browser, feature: str
):
    first = browser.get(f"/services/{feature}")
    add(browser, ADDRESS)
    page = set_rules(browser, on="yes")
    out_of_date = {**TYPED[feature], "address": SUZUKI}
    page = browser._arrive(browser.send(page.path, first, **first.typed("rules") | out_of_date), page.path)  # type: ignore[arg-type]
    assert said(page)[0].startswith("この画面を開いたあとに、設定が変更されました。")
    assert said(page)[1:3] == [NOT_SET.format(LABELS[feature]), NOT_ADDED]
    assert shown(page, "on", *TYPED[feature]) == {"on": "yes", **TYPED[feature]}
    page = browser.post(page.path, **page.typed("rules"))  # type: ignore[arg-type]
    assert said(page)[0].startswith("設定しました。")
    assert summary(page)["お知らせ"] == "利用する"
    assert shown(page, *TYPED[feature]) == TYPED[feature]


@pytest.mark.rule("FEAT-1", "FEAT-6")
def test_a_page_that_nobody_has_touched_overwrites_nothing_that_was_restored_meanwhile(browser: Browser):
    browser.get(CALLS)
    add(browser)
    path = set_rules(browser, withheld="no").path
    add(browser, SUZUKI)
    out_of_date = set_rules(browser, withheld="yes")
    gone = out_of_date.all("button", formaction=f"{path}/addresses/remove")[1].get("value")
    browser.get(f"{path}/history/2")
    assert summary(browser.post(f"{path}/history/2"))["番号の通知がない着信"] == "お知らせしない"
    sent = browser.send(f"{path}/addresses/remove", out_of_date, address_id=str(gone))
    page = browser._arrive(sent, path)
    assert len(said(page)) == 1, "nothing was typed"
    assert shown(page, "withheld") == {"withheld": "no"}
    assert summary(set_rules(browser))["番号の通知がない着信"] == "お知らせしない"


@pytest.mark.rule("FEAT-1", "FEAT-6")
def test_removing_what_is_gone_does_not_hide_what_others_set_meanwhile(browser: Browser):
    browser.get(CALLS)
    out_of_date = add(browser)
    path = out_of_date.path
    gone = str(out_of_date.one("button", formaction=f"{path}/addresses/remove").get("value"))
    browser.get(f"{path}/history/0")
    browser.post(f"{path}/history/0")
    out_of_date = add(browser, SUZUKI)
    set_rules(browser, withheld="no")
    sent = browser.send(f"{path}/addresses/remove", out_of_date, address_id=gone, listed=CALLER)
    assert said(browser._arrive(sent, path))[1] == NOT_SET.format("選別する電話番号")
    assert said(set_rules(browser))[0].startswith("この画面を開いたあとに、設定が変更されました。")


@pytest.mark.rule("FEAT-1")
def test_an_address_added_twice_by_one_form_keeps_what_was_typed(browser: Browser):
    page = browser.get(CALLS)
    for _ in range(2):
        sent = browser.send(f"{page.path}/addresses", page, address=ADDRESS, withheld="no")
    page = browser._arrive(sent, page.path)
    assert shown(page, "withheld") == {"withheld": "no"}
    assert summary(set_rules(browser))["番号の通知がない着信"] == "お知らせしない"


@pytest.mark.rule("FEAT-1", "AUDIT-2")
def test_what_is_no_number_comes_back_in_its_list_and_address_field_and_waits_sealed_for_this_login(
    site: Site, browser: Browser
):
    page = browser.get(CALLS)
    typed = {"listed": f"やまだ\n{CALLER}\ntsuki8hosi", "on": "yes", "address": "yamada"}
    page = set_rules(browser, **typed)
    assert page.faults["listed"][0].startswith("1件目が電話番号の形になっていません。")
    assert shown(page, "listed") == {"listed": f"やまだ\r\n{CALLER}\r\ntsuki8hosi"}
    assert address_field(page) == "yamada"

    browser.send(page.path, page, **page.typed("rules"))  # type: ignore[arg-type]
    with browser.client.session_transaction(base_url="http://localhost") as waiting:
        assert "returned" in waiting
        assert not any(one in str(dict(waiting)) for one in ("tsuki8hosi", CALLER, "yamada"))
    other = site.browser(browser.client.application)
    other.log_in(CONTRACT, PASSWORD)
    other.client.set_cookie("hikari_form", browser.cookies["hikari_form"])
    assert "tsuki8hosi" not in other.get(page.path).html, "another login cannot open it"


@pytest.mark.rule("FEAT-1")
def test_a_fault_behind_what_is_shown_again_of_a_long_list_is_not_counted_among_lines_that_are_gone(
    browser: Browser, monkeypatch
):
    monkeypatch.setattr("gateway.number_lists.LONGEST_LIST_KEPT", ROOM)
    browser.get(CALLS)
    page = set_rules(browser, on="yes", listed="\n".join([*LONG, "やまだ"]))
    assert page.faults["listed"][0].startswith("表示している7件よりあとに入力した1件が電話番号の形になっていません。")


ROOM = 100
LONG = [f"090-1234-{place:04}" for place in range(20)]


@pytest.mark.rule("FEAT-1")
def test_nothing_is_said_of_a_list_that_nobody_has_touched_however_long_it_is(browser: Browser, monkeypatch):
    monkeypatch.setattr("gateway.number_lists.LONGEST_LIST_KEPT", ROOM)
    browser.get(CALLS)
    listed = "\n".join(["+290 12345", *LONG])
    in_force = shown(set_rules(browser, listed=listed), "listed")
    assert str(in_force["listed"]).count("\n") == len(LONG)
    page = add(browser)
    assert len(said(page)) == 1
    assert shown(page, "listed") == in_force
    page = set_rules(browser, on="yes", week=[])
    assert set(page.faults) == {"week"}
    assert shown(page, "listed") == in_force, "not after a fault at another field either"
    assert said(page) == []
    page = set_rules(browser, fill="all")
    assert shown(page, "listed") == in_force


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize("button", ["add", "fault", "conflict"])
def test_a_list_that_is_too_long_to_show_again_is_cut_between_numbers_and_the_page_says_so(
    browser: Browser, monkeypatch, button: str
):
    monkeypatch.setattr("gateway.number_lists.LONGEST_LIST_KEPT", ROOM)
    first = browser.get(CALLS)
    listed = "\n".join(LONG)
    if button == "add":
        page = add(browser, listed=listed)
    elif button == "fault":
        page = set_rules(browser, on="yes", listed=listed)
    else:
        set_rules(browser, withheld="no")
        page = browser._arrive(browser.send(first.path, first, **first.typed("rules") | {"listed": listed}), first.path)  # type: ignore[arg-type]
    assert shown(page, "listed") == {"listed": "\r\n".join(LONG[:7])}
    assert said(page)[-1] == (
        "「選別する電話番号」は長いため、入力したもののうち、はじめの7件を表示しています。"
        "残りの13件は、「設定する」を押す前に入力し直してください。"
    )


@pytest.mark.rule("FEAT-1")
def test_a_foreign_number_with_as_many_digits_as_a_temporary_password_is_shown_again(browser: Browser):
    browser.get(CALLS)
    page = add(browser, listed="+290 12345")
    assert shown(page, "listed") == {"listed": "+290 12345"}


def test_what_waits_for_one_number_is_not_shown_at_another(site: Site, browser: Browser):
    site.provision(CONTRACT, {CONTRACT: set(Feature), ADDITIONAL: set(Feature)})
    browser.choose(CONTRACT, CALLS)
    own = browser.shown.path
    add(browser)
    set_rules(browser, on="yes")
    remove(browser, withheld="no")
    other = browser.choose(ADDITIONAL, CALLS)
    assert said(other) == []
    assert chosen(other)["withheld"] == ["yes"]
    assert chosen(browser.get(own))["withheld"] == ["no"]


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize("key", ["unsaved", "typed"])
def test_what_a_former_gateway_left_unsealed_in_a_cookie_is_passed_over(browser: Browser, key: str):
    page = browser.get(CALLS)
    untouched = shown(page, *TYPED["call-notification"])
    with browser.client.session_transaction(base_url="http://localhost") as waiting:
        waiting[key] = {"page": page.path, "rules": {"withheld": "no"}, "seen": 0, "address": ADDRESS}
    page = browser.get(CALLS)
    assert shown(page, *TYPED["call-notification"]) == untouched
    assert not said(page)
    assert not address_field(page)
