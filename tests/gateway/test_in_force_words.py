"""What a page says of the settings in force: no more than what will happen, and what is missing for more."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.base import Secret
from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode
from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import NoticeAddress, Window
from contracts.settings.fault_notification import FaultNotification, NewsKind, ReceivingWindow
from contracts.settings.fax_notification import FaxNotification
from gateway.in_force_words import in_force

TARGET = "09012345678"
CALLERS = ("0312345678", "0398765432")


def address(*, verified: bool = True) -> NoticeAddress:
    return NoticeAddress(address_id=uuid4(), address=Secret("yamada@mail.example"), verified=verified)


PROVED, WAITING = address(), address(verified=False)


@pytest.mark.rule("FEAT-1", "FEAT-2", "FEAT-5")
@pytest.mark.parametrize("kind", [CallNotification, FaxNotification, FaultNotification])
def test_nothing_is_promised_while_notices_are_off(kind):
    for addresses, missing in (((), "メールアドレスを追加"), ((PROVED,), "「利用する」を選ぶと、登録した1件")):
        said = in_force(kind(on=False, addresses=addresses))
        assert said.startswith("お知らせメールはお送りしません。")
        assert missing in said


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "すべての着信を、1件のメールアドレスにお知らせします。"),
        (
            {
                "every_call": False,
                "outcomes": {CallOutcome.BUSY},
                "windows": (Window(day=5, from_hour=9, until_hour=12),),
            },
            "話し中の着信（土 9時～12時）を、1件のメールアドレスにお知らせします。",
        ),
        (
            {"callers": CallerFilter.LISTED, "listed": CALLERS},
            (
                "すべての着信を、1件のメールアドレスにお知らせします。"
                "お知らせするのは、登録した2件の電話番号からの着信と、番号の通知がない着信だけです。"
            ),
        ),
        (
            {"callers": CallerFilter.ALL_BUT_LISTED, "listed": CALLERS, "withheld": False},
            (
                "すべての着信を、1件のメールアドレスにお知らせします。"
                "登録した2件の電話番号からの着信は、お知らせしません。番号の通知がない着信は、お知らせしません。"
            ),
        ),
    ],
)
def test_what_is_left_out_of_call_notices_is_said(rules, said):
    assert in_force(CallNotification(on=True, addresses=(PROVED,), **rules)) == said


@pytest.mark.rule("FEAT-5")
def test_news_are_promised_to_proved_addresses_only():
    assert "確認の終わったメールアドレスがないため" in in_force(FaultNotification(on=True, addresses=(WAITING,)))
    both = FaultNotification(
        on=True,
        addresses=(PROVED, WAITING),
        kinds=frozenset({NewsKind.RECOVERY}),
        windows=frozenset({ReceivingWindow.NIGHT}),
    )
    assert in_force(both) == (
        "故障の回復を、1件のメールアドレスにお知らせします（23時から翌朝8時まで）。"
        "確認待ちの1件には、確認が終わるまでお送りしません。"
    )


@pytest.mark.rule("FEAT-3", "FEAT-4")
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "電話を、すぐに 090-1234-5678 に転送します。"),
        ({"mode": ForwardingMode.BUSY}, "お話し中にかかってきた電話を、090-1234-5678 に転送します。"),
        (
            {"mode": ForwardingMode.NO_ANSWER_OR_BUSY, "ring_seconds": 15},
            "15秒呼び出しても応答がない電話と、お話し中にかかってきた電話を、090-1234-5678 に転送します。",
        ),
        (
            {
                "mode": ForwardingMode.NO_ANSWER,
                "selection": CallerSelection.FORWARD_LISTED,
                "forwarded_callers": CALLERS,
            },
            "登録した2件の相手からの、20秒呼び出しても応答がない電話を、090-1234-5678 に転送します。",
        ),
        (
            {"selection": CallerSelection.RING_LISTED, "ringing_callers": CALLERS[:1]},
            "電話を、すぐに 090-1234-5678 に転送します。登録した1件の相手からの電話は転送しません。",
        ),
    ],
)
def test_forwarding_says_which_calls_go_where(rules, said):
    settings = CallForwarding(on=True, targets=(TARGET, "", "", ""), **rules)
    assert in_force(settings) == said
    group = in_force(settings, "0311112222")
    assert group == f"いまは一括転送機能により、03-1111-2222 に転送しています。一括転送を停止したあとは、{said}"
    assert in_force(settings.model_copy(update={"on": False})) == "電話は転送しません。"
