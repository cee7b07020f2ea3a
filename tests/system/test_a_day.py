"""A day of an office line of forty numbers, from the first settings in the morning to the books at night (FEAT-1..6).

It is lived twice: on the site as `./hikari run` starts it, and over RabbitMQ and PostgreSQL with two of every service,
where the broker delivers each message of the day twice. At night all that the network told is told once more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chassis.clock import utc_now
from contracts.settings.common import JAPAN
from contracts.settings.fault_notification import ReceivingWindow
from deploy.plan import NAMES
from gateway.settings_words import RECEIVING
from gateway.words import phone
from tests.services.settings.faxes import fax
from tests.system.a_day import (
    CONTRACT,
    COUNTER,
    MAIL,
    NUMBERS,
    SALES,
    SHOP,
    Day,
    on_the_distributed_site,
    on_the_embedded_site,
)
from tests.system.distributed import Distributed, eventually
from tests.system.office import instance, is_all_sent, kept
from tests.system.person import PASSWORD
from tests.system.site import Site
from tests.system.test_otp import Subscriber

pytestmark = [pytest.mark.system, pytest.mark.browser]

CUSTOMER, PARTNER, MOBILE, HOME, BRANCH = "0312345678", "0611112222", "09012345678", "0451234567", "0521234567"
CALL, FAX, FAULT, RECOVERY = "着信のお知らせ", "FAX受信のお知らせ", "故障発生のお知らせ", "故障回復のお知らせ"
OTHER_PASSWORD = "kaze53mori"


def at(hour: int) -> str:
    """On a Wednesday, in Japan."""
    return datetime(2026, 4, 1, hour, tzinfo=JAPAN).isoformat()


@pytest.fixture(scope="module")
def twofold() -> Iterator[Distributed]:
    """Two of every service over private servers."""
    made = Path(tempfile.mkdtemp(prefix="hikari-twofold-"))
    made.chmod(0o711)
    data = made / "site"
    data.mkdir(mode=0o711)
    running = Distributed(data, ",".join(f"{name}=2" for name in NAMES), HIKARI_LOGIN_THROTTLE="off")
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        yield running
    finally:
        running.down()
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def embedded_day(new_site: Callable[..., Site], chromium: Browser, tmp_path: Path) -> Iterator[Day]:
    with on_the_embedded_site(new_site, chromium, tmp_path) as day:
        yield day


@pytest.fixture
def distributed_day(twofold: Distributed, chromium: Browser, tmp_path: Path) -> Iterator[Day]:
    with on_the_distributed_site(twofold, chromium, tmp_path) as day:
        yield day


@pytest.mark.rule(
    "FEAT-1", "FEAT-2", "FEAT-3", "FEAT-4", "FEAT-5", "FEAT-6", "LINE-4", "EVENT-2", "AUDIT-1", "AUDIT-2", "AUDIT-4"
)
@pytest.mark.parametrize(
    "lived",
    [
        "embedded_day",
        pytest.param("distributed_day", marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
)
def test_a_day_of_an_office_line_goes_as_it_was_set_and_nothing_of_it_is_done_twice(
    request: pytest.FixtureRequest, lived: str
) -> None:
    day: Day = request.getfixturevalue(lived)
    for step in (
        the_administrator_sets_the_line,
        users_set_their_own_numbers,
        calls_come_in,
        a_fax_comes_in_and_is_read,
        a_fault_comes_and_goes,
        held_news_leave_when_their_hours_begin,
        settings_are_changed_and_an_earlier_state_is_brought_back,
        every_step_is_in_the_books,
        all_is_told_once_more_and_nothing_follows,
    ):
        step(day)


@pytest.mark.rule("LOGIN-7", "LINE-7", "OTP-6")
@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_the_first_login_goes_well_with_two_of_everything(page: Page, twofold: Distributed) -> None:
    person = Subscriber(page, twofold)  # type: ignore[arg-type]  # it asks for an address and a secret, no more
    person.enrol()  # the telephone, a temporary password, the forced change, the link by mail, the one-time password
    person.choose("パスワード変更")
    person.change(PASSWORD, OTHER_PASSWORD)
    person.open("/services")
    person.sees("サービス選択")
    person.page.get_by_role("button", name="ログアウト").click()
    person.sees("ログアウト")
    person.log_in(person.contract, OTHER_PASSWORD)
    person.sees("ワンタイムパスワード 送信確認画面")
    person.give_code()
    running = {program["name"] for program in twofold.state["programs"] if program["pid"]}
    assert {f"{name}-{which}" for name in NAMES for which in (1, 2)} <= running


# --- the day ------------------------------------------------------------------------------------------------------


def the_administrator_sets_the_line(day: Day) -> None:
    boss = day.administrator
    boss.begin(administrator=True)

    boss.feature("着信お知らせメール", CONTRACT)
    boss.adds(f"chief{MAIL}")
    boss.adds(f"front{MAIL}")
    boss.chooses("利用する", "次のうち、選んだ着信だけ", "応答がなかった着信", "話し中の着信")
    boss.chooses("登録した電話番号以外からの着信", "お知らせしない")
    boss.main.get_by_label("選別する電話番号").fill(PARTNER)
    boss.sets()

    for number in (CONTRACT, SHOP):
        boss.feature("故障・回復通知機能", number)
        boss.adds(f"chief{MAIL}")
        boss.chooses("利用する")
        boss.sets()
        day.follows_the_link(boss, "chief")

    boss.open("/services/bulk-forwarding")
    boss.follow("グループを作成する")
    boss.main.get_by_label("グループの名前").fill("支店へ")
    boss.chooses("故障のときに自動で開始する")
    boss.main.get_by_label("転送する電話番号と転送先").fill("\n".join(f"{one},{BRANCH}" for one in NUMBERS[:30]))
    boss.press("保存する")
    boss.finds("停止中", "30件")


def users_set_their_own_numbers(day: Day) -> None:
    sales, counter = day.sales, day.counter
    sales.begin()
    sales.feature("ボイスワープ")
    sales.chooses(
        "転送する", "無応答時転送（呼び出しても応答がないとき）", "登録した相手からの電話は転送せずに呼び出す"
    )
    sales.main.get_by_label("呼び出す秒数").fill("10")
    sales.main.get_by_role("textbox", name="転送先1").fill(MOBILE)
    sales.main.get_by_label("呼び出す相手の電話番号").fill(PARTNER)
    sales.sets()
    sales.feature("着信お知らせメール")
    sales.adds(f"sales{MAIL}")
    sales.chooses("利用する")
    sales.press("平日の9時から18時")
    sales.sets()

    counter.begin()
    counter.feature("着信お知らせメール")
    counter.adds(f"counter{MAIL}")
    counter.feature("FAXお知らせメール")
    counter.adds(f"counter{MAIL}")
    counter.chooses("利用する")
    counter.sets()
    counter.feature("故障・回復通知機能")
    counter.adds(f"counter{MAIL}")
    for window, label in RECEIVING.items():
        counter.main.get_by_label(label, exact=True).set_checked(window is closed_for_hours())
    counter.chooses("利用する")
    counter.sets()
    day.follows_the_link(counter, "counter")


def closed_for_hours() -> ReceivingWindow:
    """A part of the day that is not now and does not come next."""
    hour = utc_now().astimezone(JAPAN).hour
    if hour in range(8, 19):
        return ReceivingWindow.NIGHT
    return ReceivingWindow.DAY if hour in range(19, 23) else ReceivingWindow.EVENING


def calls_come_in(day: Day) -> None:
    network, post = day.network, day.post
    assert network.route(SALES) == f"forward to {MOBILE} after 10 (call_forwarding)"
    assert network.route(SALES, caller=PARTNER) == "ring (not_selected)"
    assert network.route(SALES, condition="busy") == "refuse (busy)"
    assert network.route(CONTRACT) == network.route(COUNTER) == "ring (not_set)"

    network.tells("IncomingCall", at(10), number=CONTRACT, caller=CUSTOMER, outcome="unanswered")
    (mail, _) = post.brings(CALL, "chief", "front")
    assert phone(CUSTOMER) in mail.text
    network.tells("IncomingCall", at(10), number=CONTRACT, caller=CUSTOMER, outcome="answered")
    network.tells("IncomingCall", at(10), number=CONTRACT, caller=PARTNER, outcome="unanswered")
    network.tells("IncomingCall", at(10), number=CONTRACT, withheld="anonymous", outcome="busy")
    network.tells("IncomingCall", at(10), number=CONTRACT, caller=CUSTOMER, outcome="busy")
    post.brings(CALL, "chief", "front")
    network.tells("IncomingCall", at(11), number=SALES, caller=PARTNER, outcome="answered")
    network.tells("IncomingCall", at(21), number=SALES, caller=PARTNER, outcome="answered")
    network.tells("IncomingCall", at(11), number=COUNTER, caller=CUSTOMER, outcome="unanswered")
    network.tells("IncomingCall", at(11), number=SHOP, caller=CUSTOMER, outcome="unanswered")
    post.brings(CALL, "sales")

    rush = [
        network.event("IncomingCall", at(12), number=number, caller=CUSTOMER, outcome="unanswered")
        for number in (SALES, COUNTER) * 10
    ]
    day.puts(rush)
    post.brings(CALL, *["sales"] * 10)


def a_fax_comes_in_and_is_read(day: Day) -> None:
    network, counter = day.network, day.counter
    content = fax(2)
    document = network.hands_over(content, "the-order")
    network.tells("FaxReceived", at(13), number=COUNTER, caller=CUSTOMER, document=document)
    day.post.brings(FAX, "counter")

    counter.feature("FAXお知らせメール")
    counter.main.get_by_role("link", name="FAX受信箱").click()
    counter.sees("FAX受信箱")
    expect(counter.main.get_by_role("listitem").filter(has_text="未読")).to_have_count(1)
    counter.main.get_by_role("link", name="2ページ").click()
    counter.sees("受信したFAX")
    for label, beginning in (("PDFで保存", b"%PDF"), ("TIFFで保存", content)):
        with counter.page.expect_download() as saving:
            counter.follow(label)
        assert Path(saving.value.path()).read_bytes().startswith(beginning)
    counter.press("このFAXを削除")
    counter.follow("削除したFAX（1件）")
    counter.press("受信箱に戻す")
    counter.finds("FAXを受信箱に戻しました")


def a_fault_comes_and_goes(day: Day) -> None:
    network, post, boss = day.network, day.post, day.administrator
    trouble = {"fault": "F-7", "line": CONTRACT, "extent": "すべての通話", "cause": "ケーブルの断線"}
    network.tells("LineFault", at(14), occurred_at=at(14), **trouble)
    (mail,) = post.brings(FAULT, "chief")
    assert "ケーブルの断線" in mail.text
    assert [one for one in NUMBERS if phone(one) in mail.text] == [CONTRACT, SHOP]
    bulk = f"forward to {BRANCH} after 0 (bulk_forwarding)"
    eventually(lambda: network.route(SALES) == bulk, 30)
    assert [network.route(one) for one in (CONTRACT, SALES, COUNTER)] == [bulk] * 3
    assert network.route(SALES, caller=PARTNER) == bulk
    assert network.route(SHOP) == "ring (not_set)"
    day.sales.feature("ボイスワープ")
    day.sales.finds("一括転送機能", phone(BRANCH))
    boss.open("/services/bulk-forwarding")
    boss.finds("転送中", "うち 30件を転送しています")

    network.tells("LineRecovered", at(15), recovered_at=at(15), **trouble)
    (mail,) = post.brings(RECOVERY, "chief")
    assert [one for one in NUMBERS if phone(one) in mail.text] == [CONTRACT, SHOP]
    assert network.route(SALES) == f"forward to {MOBILE} after 10 (call_forwarding)"
    assert network.route(CONTRACT) == "ring (not_set)"
    boss.open("/services/bulk-forwarding")
    boss.finds("停止中")
    day.counter.feature("故障・回復通知機能")
    day.counter.follow("故障・工事の記録")
    day.counter.finds("故障の発生", "故障の回復", "ケーブルの断線")


def held_news_leave_when_their_hours_begin(day: Day) -> None:
    with instance(day.env) as now:
        eventually(lambda: is_all_sent(now, but=2), 30)
        before = day.post.mails()
        now.send_mail()
        assert day.post.mails() == before
        assert is_all_sent(now, but=2)
    with instance(day.env, ahead=timedelta(days=1)) as tomorrow:
        assert not tomorrow.send_mail()
        assert is_all_sent(tomorrow)
    day.post.brings_all((FAULT, "counter"), (RECOVERY, "counter"))


def settings_are_changed_and_an_earlier_state_is_brought_back(day: Day) -> None:
    network, post, sales, boss = day.network, day.post, day.sales, day.administrator
    sales.feature("ボイスワープ")
    sales.main.get_by_role("textbox", name="転送先2").fill(HOME)
    sales.main.get_by_role("radio", name="転送先2").check()
    sales.sets()
    assert network.route(SALES) == f"forward to {HOME} after 10 (call_forwarding)"
    sales.follow("変更の履歴")
    sales.finds(f"{phone(SALES)} のログイン", phone(HOME))
    sales.brings_back("この時点の設定に戻す")
    assert network.route(SALES) == f"forward to {MOBILE} after 10 (call_forwarding)"

    boss.feature("着信お知らせメール", SALES)
    boss.chooses("利用しない")
    boss.sets()
    network.tells("IncomingCall", at(16), number=SALES, caller=CUSTOMER, outcome="unanswered")
    sales.feature("着信お知らせメール")
    sales.follow("変更の履歴")
    sales.finds(f"{phone(CONTRACT)} のログイン")
    sales.brings_back("この時点の設定に戻す")
    network.tells("IncomingCall", at(17), number=SALES, caller=CUSTOMER, outcome="unanswered")
    (mail,) = post.brings(CALL, "sales")
    assert "17時00分" in mail.text


def every_step_is_in_the_books(day: Day) -> None:
    with instance(day.env) as settings:
        recorded = len(kept(settings)["told"])
    eventually(lambda: in_the_books(day.reads_the_books()).total() == recorded, 60)
    assert in_the_books(day.entries) == {
        ("CallNotificationChanged", CONTRACT, "administrator"): 3,  # two addresses, then the rules
        ("FaultNotificationChanged", CONTRACT, "administrator"): 2,
        ("FaultNotificationChanged", CONTRACT, "subscriber"): 1,  # the mailed link
        ("FaultNotificationChanged", SHOP, "administrator"): 2,
        ("FaultNotificationChanged", SHOP, "subscriber"): 1,
        ("BulkForwardingChanged", CONTRACT, "administrator"): 1,
        ("BulkForwardingStarted", CONTRACT, "system"): 1,
        ("BulkForwardingStopped", CONTRACT, "system"): 1,
        ("CallForwardingChanged", SALES, "user"): 3,  # set, set otherwise, brought back
        ("CallNotificationChanged", SALES, "user"): 3,  # an address, the rules, brought back
        ("CallNotificationChanged", SALES, "administrator"): 1,
        ("CallNotificationChanged", COUNTER, "user"): 1,
        ("FaxNotificationChanged", COUNTER, "user"): 2,
        ("FaultNotificationChanged", COUNTER, "user"): 2,
        ("FaultNotificationChanged", COUNTER, "subscriber"): 1,
        ("FaxReceived", COUNTER, "system"): 1,
        ("FaxRead", COUNTER, "user"): 1,
        ("FaxDeleted", COUNTER, "user"): 1,
        ("FaxRestored", COUNTER, "user"): 1,
        ("NoticeSent", CONTRACT, "system"): 4 + 2,
        ("NoticeSent", SHOP, "system"): 2,
        ("NoticeSent", SALES, "system"): 1 + 10 + 1,
        ("NoticeSent", COUNTER, "system"): 1 + 2,
    }
    for entry in day.entries:
        if entry["service"] == "settings":
            who = {"administrator": CONTRACT, "user": entry["number"]}.get(entry["role"])
            assert entry["actor"] == who, entry
    assert MAIL not in str(day.entries), "addresses are masked"
    for number in (CONTRACT, SALES, COUNTER):
        kinds = Counter(entry["kind"] for entry in day.entries if entry["number"] == number)
        assert (kinds["TemporaryPasswordSet"], kinds["CredentialLocked"]) == (1, 0)


def in_the_books(entries: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """What the settings service has recorded: kind, number, role."""
    return Counter((one["kind"], one["number"], one["role"]) for one in entries if one["service"] == "settings")


def all_is_told_once_more_and_nothing_follows(day: Day) -> None:
    network, routes = day.network, [day.network.route(number) for number in NUMBERS]
    with instance(day.env) as settings:
        before, mails, entries = kept(settings), day.post.mails(), day.entries
        assert len(before["network_events"]) == len(network.told), "nothing was left out"
        day.puts_all_again(network.told)
        for key, content in list(network.documents):
            assert network.hands_over(content, key) in str(network.told)
        for event in network.told:
            assert network.send(event)["repeated"] is True
        assert not settings.send_mail()
        after = kept(settings)
    for what, there in before.items():
        assert after[what] == there, what
    assert day.post.mails() == mails
    assert day.reads_the_books() == entries
    assert [network.route(number) for number in NUMBERS] == routes
    day.administrator.open("/services/bulk-forwarding")
    day.administrator.finds("停止中")
    assert len({mail.message_id for mail in mails}) == len(mails)
