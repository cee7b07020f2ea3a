"""故障・回復通知機能 in the browser without scripts: proved addresses, rules, the news there were (FEAT-5)."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from contracts.base import Secret
from contracts.phone import AuthUnit
from contracts.settings.address_links import UseAddressLink
from contracts.settings.network import NETWORK_EVENT, TakeNetworkEvent
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import OFFICE, Site
from tests.gateway.test_pages_call_notification import said, set_rules, summary

ADDRESS = "yamada@mail.example"
OCCURRED = "2026-04-01T17:30:00+09:00"


@pytest.fixture
def browser(office: Site) -> Browser:
    """The administrator of the office line, at the settings of its one number with the feature."""
    browser = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    browser.get("/services/fault-notification")
    return browser


@pytest.fixture
def tokens(office: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of the links that are mailed from now on."""
    found: list[str] = []

    def known(_bytes: int) -> str:
        found.append(uuid4().hex)
        return found[-1]

    monkeypatch.setattr("services.settings.address_links.secrets", SimpleNamespace(token_urlsafe=known))
    return found


def add(browser: Browser, address: str = ADDRESS) -> Page:
    return browser.post(f"{browser.shown.path}/addresses", address=address)


def tell(site: Site, kind: str = "LineFault", **told: object) -> None:
    when = {"LineFault": "occurred_at", "LineRecovered": "recovered_at"}
    data = {"fault": "F-12", "line": OFFICE, "cause": "ケーブルの断線", when[kind]: OCCURRED, **told}
    event = {"id": str(uuid4()), "type": kind, "time": OCCURRED, "data": data}
    assert site.settings is not None
    site.settings.take_network_event(TakeNetworkEvent(event=NETWORK_EVENT.validate_python(event)))


@pytest.mark.rule("FEAT-5")
def test_an_address_is_proved_by_its_link_in_any_browser(office, browser, tokens):
    page = add(browser)
    assert said(page)[0].startswith("メールアドレスを追加し、確認メールを送りました。")
    assert summary(page)["送信先のメールアドレス"] == f"{ADDRESS}（確認待ち）"
    assert "確認待ちのメールアドレスが1件あります。" in page.text
    elsewhere = office.browser()
    path = f"/notices/links/{tokens[0]}"
    for _ in range(2):
        opened = elsewhere.get(path)
        assert "y***@mail.example" in opened.text
        assert "******0000" in opened.text
    done = elsewhere.post(path)
    assert "お知らせは「利用しない」になっているため、まだ届きません。" in said(done)[0]
    assert summary(browser.get(page.path))["送信先のメールアドレス"] == ADDRESS
    assert "メールで届いたリンクから変更" in browser.get(f"{page.path}/history").text
    browser.get(page.path)
    assert said(set_rules(browser, on="yes", kinds=["fault"], windows=["8-19"])) == [
        "設定しました。故障の発生を、1件のメールアドレスにお知らせします（8時から19時まで）。"
    ]
    assert said(elsewhere.get(path)) == [
        (
            "メールアドレスの確認は完了しています。"
            "設定サイトで選ばれた内容と時間帯のお知らせが、このメールアドレスに届きます。"
        )
    ]


@pytest.mark.rule("FEAT-5")
@pytest.mark.parametrize("another", [False, True])
def test_rules_chosen_on_the_page_that_stayed_open_while_its_link_was_opened_are_set(office, browser, tokens, another):
    page = add(browser)
    office.settings.use_address_link(UseAddressLink(token=Secret(tokens[0])))
    typed = {"on": "yes", "kinds": ["fault"], "windows": ["8-19"]}
    if another:
        page = browser.post(f"{page.path}/addresses", address="suzuki@mail.example", **typed)
        office.settings.use_address_link(UseAddressLink(token=Secret(tokens[1])))
    page = browser.post(page.path, **page.typed("rules") | ({} if another else typed))
    assert said(page)[0].startswith("設定しました。故障の発生を、")
    shown = summary(page)
    assert (shown["お知らせ"], shown["お知らせする内容"], shown["受信する時間帯"]) == (
        "利用する",
        "故障の発生",
        "8時から19時まで",
    )


@pytest.mark.rule("FEAT-5")
def test_a_link_that_leads_nowhere_says_what_to_do(office, browser, tokens):
    page = add(browser)
    stranger = office.browser()
    assert stranger.get("/notices/links/nonsense").status == 404
    stranger.get(f"/notices/links/{tokens[0]}")
    office.later(hours=25)
    assert "確認メールを送り直してください。" in stranger.post(f"/notices/links/{tokens[0]}").text
    browser = office.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    page = browser.get(page.path)
    again = f"{page.path}/addresses/link"
    page = browser.post(again, address_id=str(page.one("button", formaction=again).get("value")))
    assert said(page)[0].startswith("確認メールを送りました。メールのURLを開いてください。")
    assert office.settings is not None
    office.settings.use_address_link(UseAddressLink(token=Secret(tokens[1])))
    assert "確認待ち" not in browser.get(page.path).text


@pytest.mark.rule("FEAT-5")
def test_the_rules_are_set_together_with_every_fault_beside_its_field(browser, tokens):
    page = set_rules(browser, on="yes", kinds=[], windows=[])
    assert set(page.faults) == {"on", "kinds", "windows"}
    add(browser)
    page = set_rules(browser, on="yes", kinds=["recovery"], windows=["8-19", "19-23"])
    assert said(page)[0] == (
        "設定しました。「利用する」になっていますが、確認の終わったメールアドレスがないため、"
        "お知らせメールはお送りしません。確認メールのURLが開かれると、お送りします。"
    )
    shown = summary(page)
    assert (shown["お知らせ"], shown["お知らせする内容"]) == ("利用する", "故障の回復")
    assert shown["受信する時間帯"] == "8時から19時まで、19時から23時まで"


@pytest.mark.rule("FEAT-5")
def test_the_news_of_the_number_have_a_page(office, browser):
    path = f"{browser.shown.path}/news"
    assert "記録はありません。" in browser.get(path).text
    tell(office)
    office.later(minutes=5)
    tell(office, "LineRecovered")
    recovery, fault = (text(one) for one in browser.get(path).all("li", class_="change"))
    assert recovery.startswith("故障の回復")
    assert "回復日時2026年4月1日 17時30分" in recovery
    for words in ("故障の発生", "発生日時2026年4月1日 17時30分", "ケーブルの断線", "F-12"):
        assert words in fault


@pytest.mark.rule("MENU-3")
@pytest.mark.parametrize("topic", ["call-notification", "fault-notification"])
def test_the_feature_has_a_help_page_of_its_own(browser, topic):
    page = browser.get(f"/help/{topic}")
    assert "前の設定に戻したいとき" in page.text
