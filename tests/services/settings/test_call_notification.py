"""A call that the network tells of is told by mail, to whom and when the settings want it (FEAT-1)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from chassis.hyphens import hyphenated
from contracts.auth.provisioning import RemoveNumbers
from contracts.base import Secret
from contracts.phone import Feature
from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import (
    DAYS,
    HOURS,
    JAPAN,
    Limits,
    NoticeAddress,
    SettingsFault,
    Window,
    cells_of,
    is_within,
    windows_of,
)
from contracts.settings.network import NETWORK_EVENT, NetworkEventTaken
from services.settings.call_notification_rules import faults, wants
from services.settings.service import SettingsService
from tests.services.otp.mail_server import Postbox
from tests.services.settings.mailroom import Mailroom
from tests.services.settings.people import ADDITIONAL, ADDRESS, CONTRACT, FAX, Office

CALLER = "09012345678"
OTHER = "0311112222"
WEDNESDAY_EVENING = datetime(2026, 4, 1, 18, 5, tzinfo=JAPAN)
ON = CallNotification(on=True, addresses=(NoticeAddress(address_id=UUID(int=1), address=Secret("a@b.example")),))
LIMITS = Limits(addresses=5, listed_numbers=30)


def call(
    number: str = CONTRACT, caller: str | None = CALLER, outcome: str = "unanswered", event_id: str = "1", **more: Any
) -> dict[str, Any]:
    """As the network tells of it."""
    withheld = {} if caller else {"withheld": "anonymous"}
    return {
        "id": event_id,
        "type": "IncomingCall",
        "time": WEDNESDAY_EVENING.isoformat(),
        "data": {"number": number, "caller": caller, "outcome": outcome, **withheld},
        **more,
    }


def take(office: Office, event: dict[str, Any]) -> NetworkEventTaken:
    return office.settings.intake.take(NETWORK_EVENT.validate_python(event))


# --- the rules ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize(
    ("set_to", "caller", "outcome", "told"),
    [
        ({}, CALLER, "answered", True),
        ({"on": False}, CALLER, "answered", False),
        ({"every_call": False, "outcomes": {CallOutcome.BUSY}}, CALLER, "busy", True),
        ({"every_call": False, "outcomes": {CallOutcome.BUSY}}, CALLER, "unanswered", False),
        ({"callers": CallerFilter.LISTED, "listed": (CALLER,)}, CALLER, "busy", True),
        ({"callers": CallerFilter.LISTED, "listed": (OTHER,)}, CALLER, "busy", False),
        ({"callers": CallerFilter.ALL_BUT_LISTED, "listed": (CALLER,)}, CALLER, "busy", False),
        ({"callers": CallerFilter.ALL_BUT_LISTED, "listed": (OTHER,)}, CALLER, "busy", True),
        ({"callers": CallerFilter.LISTED, "listed": (OTHER,)}, None, "busy", True),
        ({"withheld": False}, None, "busy", False),
        ({"windows": (Window(day=2, from_hour=18, until_hour=19),)}, CALLER, "busy", True),
        ({"windows": (Window(day=2, from_hour=19, until_hour=24),)}, CALLER, "busy", False),
        ({"windows": (Window(day=3, from_hour=0, until_hour=24),)}, CALLER, "busy", False),
    ],
)
def test_a_call_is_told_when_every_condition_wants_it(set_to, caller, outcome, told):
    settings = ON.model_copy(update=set_to)
    assert wants(settings, caller=caller, outcome=CallOutcome(outcome), at=WEDNESDAY_EVENING) is told


@pytest.mark.rule("FEAT-1")
@pytest.mark.parametrize(
    ("set_to", "broken"),
    [
        ({}, ()),
        ({"addresses": ()}, (SettingsFault.NO_ADDRESS,)),
        ({"addresses": (), "on": False}, ()),
        ({"addresses": ON.addresses * 6}, (SettingsFault.TOO_MANY_ADDRESSES,)),
        ({"every_call": False}, (SettingsFault.NO_CALLS,)),
        ({"callers": CallerFilter.LISTED}, (SettingsFault.NO_LISTED_NUMBER,)),
        ({"listed": (CALLER,) * 31}, (SettingsFault.TOO_MANY_LISTED_NUMBERS,)),
        ({"windows": ()}, (SettingsFault.NO_WINDOW,)),
        ({"windows": (), "every_call": False}, (SettingsFault.NO_CALLS, SettingsFault.NO_WINDOW)),
    ],
)
def test_every_broken_rule_is_named(set_to, broken):
    assert faults(ON.model_copy(update=set_to), LIMITS) == broken


@given(st.sets(st.tuples(st.integers(0, DAYS - 1), st.integers(0, HOURS - 1))))
def test_hours_of_the_week_are_kept_as_the_fewest_windows_and_come_back_as_they_were(cells):
    windows = windows_of(cells)
    assert cells_of(windows) == cells
    assert all(one.day != other.day or one.until_hour < other.from_hour for one, other in pairwise(windows))


def test_hours_are_those_of_the_clock_in_japan():
    windows = (Window(day=0, from_hour=0, until_hour=1),)
    assert is_within(windows, datetime(2026, 3, 29, 15, 0, tzinfo=UTC))
    assert not is_within(windows, datetime(2026, 3, 30, 0, 0, tzinfo=UTC))


# --- the mail ----------------------------------------------------------------------------------------------------


@pytest.fixture
def told(office: Office) -> Office:
    """Where every call to the contract number is told to two addresses."""
    office.add_address()
    office.add_address("suzuki@mail.example")
    office.set_calls(on=True)
    return office


@pytest.mark.rule("FEAT-1")
def test_the_mail_says_which_number_was_called_by_whom_when_and_what_became_of_it(told: Office, postbox: Postbox):
    assert not take(told, call()).repeated
    told.settings.send_mail()
    assert sorted(mail.recipient for mail in postbox.mails) == ["suzuki@mail.example", ADDRESS]
    mail = postbox.mails[0]
    assert mail.message["Subject"] == "【ひかり電話設定サイト】着信のお知らせ"
    for words in (hyphenated(CONTRACT), hyphenated(CALLER), "2026年4月1日 18時05分", "応答がありませんでした"):
        assert words in mail.text()
        assert words in mail.text("html")


@pytest.mark.rule("FEAT-1")
def test_where_the_number_is_withheld_the_mail_says_why(told: Office, postbox: Postbox):
    take(told, call(caller=None))
    told.settings.send_mail()
    assert "非通知" in postbox.mails[0].text()


@pytest.mark.rule("FEAT-1")
def test_an_event_that_is_delivered_again_sends_nothing_again(told: Office, postbox: Postbox):
    take(told, call())
    told.settings.send_mail()
    assert take(told, call()).repeated
    told.settings.send_mail()
    assert len(postbox.mails) == 2
    assert not take(told, call(source="the other exchange")).repeated


@pytest.mark.rule("FEAT-1", "LINE-6", "LINE-9")
def test_who_is_off_withdrawn_removed_or_unknown_gets_nothing(told: Office, postbox: Postbox):
    take(told, call(ADDITIONAL, event_id="off"))
    take(told, call("0399998888", event_id="unknown"))
    told.provision({CONTRACT: {FAX}})
    take(told, call(event_id="withdrawn"))
    told.settings.send_mail()
    assert postbox.mails == []
    told.provision()
    take(told, call(event_id="back"))
    told.remove(CONTRACT, ADDITIONAL)
    told.settings.send_mail()
    assert postbox.mails == [], "nothing goes out to whoever had the number"


@pytest.mark.rule("FEAT-1", "AUDIT-2")
def test_the_world_is_told_once_what_became_of_each_notice(told: Office, postbox: Postbox):
    postbox.answers_rcpt = lambda address: "550 unknown" if address == ADDRESS else "250 OK"
    take(told, call())
    told.settings.send_mail()
    told.settings.send_mail()
    notices = told.told("NoticeSent", "NoticeFailed")
    assert sorted((event.name, event.subject, event.data["feature"], event.data["address"]) for event in notices) == [
        ("NoticeFailed", CONTRACT, "call_notification", "y***@mail.example"),
        ("NoticeSent", CONTRACT, "call_notification", "s***@mail.example"),
    ]


@pytest.mark.rule("FEAT-1")
def test_a_notice_waits_for_a_mail_server_that_is_down_and_fails_when_it_is_worth_nothing_any_more(
    told: Office, postbox: Postbox, clock
):
    postbox.answers_data = lambda _recipient: "451 try later"
    take(told, call())
    told.settings.send_mail()
    clock.forward(hours=71)
    told.settings.send_mail()
    assert told.told("NoticeFailed") == []
    clock.forward(hours=2)
    told.settings.send_mail()
    assert len(told.told("NoticeFailed")) == 2


@pytest.mark.rule("LINE-9", "FEAT-1", "FEAT-2")
def test_nobody_is_told_of_what_comes_for_the_next_holder_of_the_number(office: Office, postbox: Postbox):
    """Also in the moment in which auth knows of the next holder, and settings do not yet."""
    office.add_address()
    office.set_calls(on=True)
    mailroom = Mailroom(office)
    document = mailroom.document().document_id
    everything = {number: set(Feature) for number in (CONTRACT, ADDITIONAL)}
    former = office.assignment(CONTRACT)
    office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(CONTRACT, ADDITIONAL)))
    office.provision(everything, followed=False)
    office.settings.store.hurry = office.follow
    take(office, call())
    assert office.settings.store.row("SELECT COUNT(*) AS mails FROM outbox") == {"mails": 0}
    mailroom.tell(document)
    assert [fax.fax_id for fax in mailroom.inbox().faxes] == [document]
    assert office.assignment(CONTRACT) != former


@pytest.mark.rule("FEAT-1")
def test_two_events_are_two_wherever_the_space_is_in_their_sources_and_ids(office: Office):
    office.add_address()
    office.set_calls(on=True)
    assert not take(office, call(event_id="1 7", source="switch")).repeated
    assert not take(office, call(event_id="7", source="switch 1")).repeated
    assert take(office, call(event_id="7", source="switch 1")).repeated


@pytest.mark.rule("FEAT-1", "AUDIT-2")
def test_a_call_to_a_number_that_nobody_has_waits_for_no_other_service_and_warns_of_nothing(office: Office):
    hurries: list[int] = []
    office.settings.store.hurry = lambda: hurries.append(1)
    service: Any = SettingsService()
    service.application = office.settings
    line = {"fault": "f", "line": "0399998888", "occurred_at": WEDNESDAY_EVENING.isoformat()}
    with capture_logs() as logged:
        for event in [call("0399998888")] * 2 + [call(event_id="2", type="LineFault", data=line)]:
            service.network_event(event)
    assert [(one["log_level"], one["remarks"]) for one in logged] == [
        *[("info", "number_unknown")] * 2,
        ("warning", "line_unknown"),
    ]
    assert "0399998888" not in repr(logged)
    assert len(hurries) == 1, "before the line's news, which must not reach a former holder; for the mere remark none"
