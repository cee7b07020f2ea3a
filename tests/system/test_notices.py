"""Calls and faults from the network to the mailbox, with the address proved by its mailed link (FEAT-1, FEAT-5)."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.system.person import Person, provision
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.browser]
CALLS = "call-watcher@mail.example"
PATIENCE = 30
FAULTS = "fault-watcher@mail.example"


@pytest.fixture
def person(page: Page, shared_site: Site) -> Person:
    return Person(page, shared_site)


def tell(person: Person, *what: str) -> str:
    """What the command says."""
    done = person.site.cli("network", *what)
    assert done.returncode == 0, done.stderr
    return done.stdout


def mailed(person: Person, *words: str) -> None:
    """Look into the mailbox until all of it has come."""
    deadline = time.monotonic() + PATIENCE
    main = person.page.get_by_role("main")
    while True:
        person.open("/mailbox")
        missing = [word for word in words if word not in main.inner_text()]
        if not missing:
            return
        assert time.monotonic() < deadline, missing
        time.sleep(0.2)


@pytest.mark.rule("FEAT-1", "FEAT-5", "FEAT-6", "AUDIT-1")
def test_calls_and_faults_are_told_as_the_pages_were_set_and_all_of_it_is_in_the_trail(person: Person) -> None:
    page, main = person.page, person.page.get_by_role("main")
    number = person.contract
    provision(person.site, number, {number: ["call_notification", "fault_notification"]})
    person.settle()
    main.get_by_role("link", name=re.compile("着信お知らせメール")).click()
    person.sees("着信お知らせメール")
    main.get_by_role("link", name=re.compile("契約番号")).click()
    main.get_by_label("追加するメールアドレス").fill(CALLS)
    main.get_by_role("button", name="追加").click()
    main.get_by_label("利用する").check()
    main.get_by_role("button", name="設定する").click()
    expect(main).to_contain_text("お知らせメールをお送りします")
    person.open("/services/fault-notification")
    person.sees("故障・回復通知機能")
    main.get_by_label("追加するメールアドレス").fill(FAULTS)
    main.get_by_role("button", name="追加").click()
    expect(main).to_contain_text("確認待ち")
    main.get_by_label("利用する").check()
    main.get_by_role("button", name="設定する").click()
    expect(main).to_contain_text("お知らせメールをお送りします")
    settings = page.url

    mailed(person, "メールアドレスの確認のお願い")
    link = main.locator("a[href^='/notices/links/']").first.get_attribute("href")
    person.open(link or "")
    expect(page.get_by_text("メールアドレスの確認は完了しています。")).to_be_visible()

    for _ in range(2):
        tell(person, "call", number, "--caller", "0312345678", "--id", "the-same-call")
    tell(person, "fault", number, "--fault", "F-7", "--cause", "ケーブルの断線")
    page.goto(settings + "/news")
    expect(main).to_contain_text("ケーブルの断線")
    mailed(person, "着信のお知らせ", "0312345678", "故障発生のお知らせ", "ケーブルの断線")
    assert main.get_by_role("heading", name=re.compile("着信のお知らせ")).count() == 1

    trail = person.site.cli("audit", "list", "--number", number).stdout
    for kind in ("CallNotificationChanged", "FaultNotificationChanged", "NoticeSent"):
        assert kind in trail
    assert CALLS not in trail
