"""News of a line go to proved addresses, in the hours that were chosen, none of them lost (FEAT-5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import JSONTranscoder
from hypothesis import given
from hypothesis import strategies as st

from chassis import personal_data, turns
from chassis.hyphens import hyphenated
from contracts.base import Secret
from contracts.phone import AssignmentId
from contracts.settings.address_links import (
    AddressLinkState,
    AddressLinkVoid,
    LookAtAddressLink,
    SendAddressLink,
    UseAddressLink,
)
from contracts.settings.common import JAPAN, AddressFault, AddressRefused, SettingsRejected
from contracts.settings.fault_notification import (
    ChangeFaultNotification,
    FaultNotification,
    FaultRules,
    NewsKind,
    ReceivingWindow,
)
from contracts.settings.line_news import LineNews, LineNewsQuery
from contracts.settings.network import KEPT_EVENT, NETWORK_EVENT, LineRecoveredEvent, NetworkEventTaken, Remark
from services.settings import notices
from services.settings.fault_notification_rules import goes_out_at
from services.settings.fault_so_far import FaultSoFar
from services.settings.feature_settings import stream_of
from services.settings.letters import LETTERS, NEWS
from services.settings.notice import Notice
from tests.services.otp.mail_server import Postbox
from tests.services.settings.people import ADDITIONAL, ADDRESS, CALL, CONTRACT, FAULT, FAX, Office

OCCURRED = "2026-04-01T17:30:00+09:00"
LINK = re.compile(r"https://settings\.example/notices/links/(\S+)")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, 1, hour, minute, tzinfo=JAPAN)


def take(office: Office, kind: str, event_id: str = "1", *, time: str = OCCURRED, **told: Any) -> NetworkEventTaken:
    when = {
        "LineFault": {"occurred_at": OCCURRED},
        "LineRecovered": {"recovered_at": "2026-04-01T18:00:00+09:00"},
        "PlannedWork": {"begins_at": "2026-04-09T01:00:00+09:00", "ends_at": "2026-04-09T02:00:00+09:00"},
    }
    data = {"fault": "f1", "line": CONTRACT, "extent": "電話の発信", "cause": "ケーブルの断線", **when[kind], **told}
    event = {"id": event_id, "type": kind, "time": time, "data": data}
    return office.settings.intake.take(NETWORK_EVENT.validate_python(event))


def settings_of(office: Office, number: str = CONTRACT) -> FaultNotification:
    found = office.view(number, FAULT).settings
    assert isinstance(found, FaultNotification)
    return found


def set_rules(office: Office, number: str = CONTRACT, **rules: Any) -> None:
    view = office.view(number, FAULT)
    assert isinstance(view.settings, FaultNotification)
    present = {name: getattr(view.settings, name) for name in FaultRules.model_fields}
    office.settings.fault_notifications.change(
        ChangeFaultNotification(
            reach=office.reach(number),
            change_id=uuid4(),
            seen=view.version,
            rules=FaultRules.model_validate({**present, **rules}),
        )
    )


def tokens(office: Office, postbox: Postbox) -> list[str]:
    """Of the links mailed so far."""
    office.settings.send_mail()
    return [match[1] for mail in postbox.mails if (match := LINK.search(mail.text()))]


def news(postbox: Postbox) -> list[str]:
    """The subjects of mails with news."""
    subjects = [str(mail.message["Subject"]).partition("】")[2] for mail in postbox.mails]
    return [subject for subject in subjects if "確認のお願い" not in subject]


def use(office: Office, token: str) -> None:
    office.settings.address_links.use(UseAddressLink(token=Secret(token)))


@pytest.fixture
def proved(office: Office, postbox: Postbox) -> Office:
    """On, with one address whose link was used."""
    office.add_address(feature=FAULT)
    use(office, tokens(office, postbox)[0])
    set_rules(office, on=True)
    return office


# --- proving an address ------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-5")
def test_an_address_waits_for_its_link_and_gets_nothing_before(office: Office, postbox: Postbox):
    office.add_address(feature=FAULT)
    set_rules(office, on=True)
    assert [one.verified for one in settings_of(office).addresses] == [False]
    take(office, "LineFault")
    (token,) = tokens(office, postbox)
    assert news(postbox) == []
    view = office.settings.address_links.look(LookAtAddressLink(token=Secret(token)).token)
    assert (view.state, view.address, view.number) == (AddressLinkState.VALID, "y***@mail.example", "******1111")
    assert [one.verified for one in settings_of(office).addresses] == [False], "looking proves nothing"
    use(office, token)
    use(office, token)
    assert [one.verified for one in settings_of(office).addresses] == [True]
    assert office.history(feature=FAULT).changes[0].by is None
    take(office, "LineRecovered", "2")
    office.settings.send_mail()
    assert news(postbox) == ["故障回復のお知らせ"]


@pytest.mark.rule("FEAT-5", "FEAT-6")
def test_an_address_that_was_proved_since_the_state_gone_back_to_need_not_be_proved_again(
    office: Office, postbox: Postbox
):
    office.add_address(feature=FAULT)
    office.add_address("suzuki@mail.example", feature=FAULT)
    use(office, tokens(office, postbox)[0])
    set_rules(office, on=True)
    office.restore(2, feature=FAULT)
    assert sorted(one.verified for one in settings_of(office).addresses) == [False, True]


@pytest.mark.rule("FEAT-5")
def test_a_link_is_void_after_a_day_and_once_its_address_or_number_is_gone(office: Office, postbox: Postbox, clock):
    office.add_address(feature=FAULT)
    clock.forward(seconds=1)
    office.add_address("suzuki@mail.example", feature=FAULT)
    late, other = tokens(office, postbox)
    office.restore(1, feature=FAULT)
    clock.forward(hours=24)
    for token, state in ((late, "expired"), (other, "withdrawn"), ("of nobody", "unknown")):
        with pytest.raises(AddressLinkVoid) as void:
            use(office, token)
        assert void.value.details.state.value == state
    office.settings.address_links.send(
        SendAddressLink(
            reach=office.reach(),
            feature=FAULT,
            request_id=uuid4(),
            address_id=settings_of(office).addresses[0].address_id,
        )
    )
    use(office, tokens(office, postbox)[-1])
    assert settings_of(office).addresses[0].verified


@pytest.mark.rule("FEAT-5")
def test_nobody_can_be_mailed_links_without_end(office: Office):
    for place in range(10):
        office.add_address(f"person{place}@mail.example", feature=FAULT)
        office.restore(0, feature=FAULT)
    with pytest.raises(AddressRefused) as refused:
        office.add_address("eleventh@mail.example", feature=FAULT)
    assert refused.value.details.fault is AddressFault.TOO_MANY_MAILS


@pytest.mark.rule("FEAT-5")
def test_a_link_that_is_asked_for_once_is_mailed_once_however_often_that_is_delivered(office: Office, postbox: Postbox):
    office.add_address(feature=FAULT)
    (address,) = settings_of(office).addresses
    asked = SendAddressLink(reach=office.reach(), feature=FAULT, request_id=uuid4(), address_id=address.address_id)
    for _ in range(3):
        office.settings.address_links.send(asked)
    office.settings.address_links.send(asked.model_copy(update={"request_id": uuid4()}))
    assert len(tokens(office, postbox)) == 1 + 1 + 1


@pytest.mark.rule("AUDIT-2")
def test_no_link_lies_readable_in_the_store(office: Office, postbox: Postbox):
    office.add_address(feature=FAULT)
    rows = repr(office.settings.store.rows("SELECT * FROM outbox"))
    (token,) = tokens(office, postbox)
    assert token not in rows
    assert token not in repr(office.settings.store.rows("SELECT * FROM address_links"))
    assert office.settings.store.row("SELECT content FROM outbox") == {"content": None}
    assert office.told("NoticeSent") == [], "a link is no notice"


# --- the mails ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-5")
@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        ("LineFault", "故障発生のお知らせ", ("2026年4月1日 17時30分", "ケーブルの断線", "電話の発信", "調査中")),
        ("LineRecovered", "故障回復のお知らせ", ("2026年4月1日 18時00分", "ケーブルの断線")),
        ("PlannedWork", "工事のお知らせ", ("2026年4月9日 1時00分から2026年4月9日 2時00分まで",)),
    ],
)
def test_the_mail_tells_what_happened(proved: Office, postbox: Postbox, kind, subject, words):
    more = {"LineFault": {"state": "調査中"}, "LineRecovered": {"occurred_at": OCCURRED}}
    take(proved, kind, **more.get(kind, {}))
    assert take(proved, kind).repeated
    proved.settings.send_mail()
    assert news(postbox) == [subject]
    for word in (hyphenated(CONTRACT), "受付番号", "f1", *words):
        assert word in postbox.mails[-1].text()
    assert [event.data["feature"] for event in proved.told("NoticeSent")] == ["fault_notification"]


@pytest.mark.rule("FEAT-5")
def test_only_the_chosen_kinds_and_only_numbers_concerned_are_told(proved: Office, postbox: Postbox):
    set_rules(proved, kinds={NewsKind.RECOVERY})
    take(proved, "LineFault", "1")
    take(proved, "LineRecovered", "2", numbers=[ADDITIONAL])
    take(proved, "LineRecovered", "3", numbers=[ADDITIONAL, CONTRACT])
    proved.settings.send_mail()
    set_rules(proved, on=False)
    take(proved, "LineRecovered", "4")
    proved.settings.send_mail()
    assert news(postbox) == ["故障回復のお知らせ"]


@pytest.mark.rule("FEAT-5")
def test_what_comes_outside_the_hours_is_held_until_they_begin_in_order_and_not_lost(
    proved: Office, postbox: Postbox, clock, new_settings
):
    set_rules(proved, windows={ReceivingWindow.DAY})
    clock.now = at(19)
    take(proved, "LineFault", "1")
    clock.now = at(23, 59)
    take(proved, "LineRecovered", "2")
    proved.settings.send_mail()
    assert news(postbox) == []
    clock.now = at(8) + timedelta(days=1) - timedelta(seconds=1)
    proved.settings.send_mail()
    assert news(postbox) == []
    clock.forward(seconds=1)
    new_settings().send_mail()
    assert news(postbox) == ["故障発生のお知らせ", "故障回復のお知らせ"]


@pytest.mark.rule("FEAT-5")
def test_held_news_do_not_reach_whoever_was_taken_out_of_the_settings_meanwhile(
    proved: Office, postbox: Postbox, clock
):
    clock.forward(seconds=1)
    proved.add_address("left@mail.example", feature=FAULT)
    use(proved, tokens(proved, postbox)[-1])
    set_rules(proved, windows={ReceivingWindow.DAY})
    clock.now = at(22)
    take(proved, "LineFault")
    proved.restore(2, feature=FAULT)
    set_rules(proved, on=True)
    clock.now = at(8) + timedelta(days=1)
    proved.settings.send_mail()
    assert [mail.recipient for mail in postbox.mails if "故障発生" in str(mail.message["Subject"])] == [ADDRESS]
    assert [event.data["address"] for event in proved.told("NoticeFailed")] == ["l***@mail.example"]


@pytest.mark.rule("FEAT-5")
def test_what_is_kept_of_news_for_one_number_names_no_other_however_many_it_concerns(proved: Office):
    others = [f"03{place:08}" for place in range(9999)]
    take(proved, "LineFault", numbers=[CONTRACT, *others])
    (kept,) = proved.settings.store.rows("SELECT told FROM line_news")
    (mail,) = proved.settings.store.rows("SELECT content FROM outbox WHERE state = 'on_its_way'")
    assert others[0] not in kept["told"]
    assert len(kept["told"]) + len(mail["content"]) < 4000


@pytest.mark.rule("FEAT-5", "LINE-6")
def test_what_was_held_for_a_number_that_left_its_line_is_told_as_failed(proved: Office, postbox: Postbox, clock):
    set_rules(proved, windows={ReceivingWindow.DAY})
    clock.now = at(19)
    take(proved, "LineFault")
    proved.remove(CONTRACT, ADDITIONAL)
    proved.settings.send_mail()
    assert news(postbox) == []
    assert [event.data["feature"] for event in proved.told("NoticeFailed")] == ["fault_notification"]


@given(st.sets(st.sampled_from(ReceivingWindow), min_size=1), st.integers(0, 2 * 24 * 60 * 60))
def test_news_are_held_less_than_a_day_and_go_out_within_a_chosen_window(windows, seconds):
    now = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    settings = FaultNotification(on=True, windows=frozenset(windows))
    due = goes_out_at(settings, now)
    assert timedelta(0) <= due - now < timedelta(hours=24)
    assert goes_out_at(settings, due) == due
    assert due == now or due.astimezone(JAPAN).strftime("%H:%M") in {
        f"{one.value.split('-')[0]:0>2}:00" for one in windows
    }


# --- a fault and its recovery ------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-5")
def test_a_recovery_of_a_fault_that_nobody_was_told_of_is_mailed_only_once_the_fault_has_come(
    proved: Office, postbox: Postbox, clock
):
    assert take(proved, "LineRecovered", "1").remarks == (Remark.FAULT_UNKNOWN,)
    assert take(proved, "LineRecovered", "2", fault="f2").remarks == (Remark.FAULT_UNKNOWN,)
    proved.settings.send_mail()
    assert news(postbox) == []
    for event_id in ("3", "4"):
        assert take(proved, "LineFault", event_id).remarks == ()
        clock.forward(seconds=1)
    for _ in range(3):
        proved.settings.send_mail()
    assert news(postbox) == ["故障発生のお知らせ", "故障回復のお知らせ", "故障発生のお知らせ"]


@pytest.mark.rule("FEAT-5")
def test_an_unknown_recovery_is_remarked_where_no_number_of_the_line_can_be_told_news_too(office: Office):
    office.provision({CONTRACT: {CALL}, ADDITIONAL: {CALL}})
    for event_id in ("1", "2"):
        assert take(office, "LineRecovered", event_id).remarks == (Remark.FAULT_UNKNOWN,)
    take(office, "LineFault", "3")
    assert take(office, "LineRecovered", "4").remarks == ()


@pytest.mark.rule("FEAT-5")
def test_a_fault_that_began_after_an_unknown_recovery_is_another_one(proved: Office, postbox: Postbox):
    take(proved, "LineRecovered", "1")
    take(proved, "LineFault", "2", occurred_at="2026-04-01T18:00:01+09:00")
    proved.settings.send_mail()
    assert news(postbox) == ["故障発生のお知らせ"]


@pytest.mark.rule("FEAT-5")
def test_a_fault_id_that_is_used_again_is_of_another_fault_once_the_first_is_over(
    several: Office, postbox: Postbox, clock
):
    take(several, "LineFault", "1", numbers=[ADDITIONAL])
    take(several, "LineRecovered", "2")
    assert take(several, "LineRecovered", "2").remarks == take(several, "LineRecovered", "2 again").remarks == ()
    clock.forward(days=60)
    later = "2026-06-01T17:30:00+09:00"
    recovery = {"time": later, "recovered_at": later}
    for _ in range(2):
        assert take(several, "LineRecovered", "3", **recovery).remarks == (Remark.FAULT_UNKNOWN,)
    several.settings.send_mail()
    postbox.mails.clear()
    fault = {"time": later, "occurred_at": "2026-06-01T17:00:00+09:00"}
    for event_id in ("4", "5"):
        take(several, "LineFault", event_id, numbers=[CONTRACT], **fault)
        clock.forward(seconds=1)
    for _ in range(3):
        several.settings.send_mail()
    told = Counter(news(postbox))
    assert told == {"故障発生のお知らせ": 2 * 2, "故障回復のお知らせ": 2}
    assert {number for _, numbers in came(postbox) for number in numbers} == {CONTRACT}


@pytest.mark.rule("FEAT-5")
def test_a_recovery_that_is_corrected_reaches_the_numbers_of_its_fault_if_it_says_when_that_began(
    several: Office, postbox: Postbox
):
    take(several, "LineFault", "1", numbers=[ADDITIONAL])
    take(several, "LineRecovered", "2")
    later = {"recovered_at": "2026-04-01T18:30:00+09:00"}
    assert take(several, "LineRecovered", "3", **later).remarks == (Remark.FAULT_UNKNOWN,)
    assert take(several, "LineRecovered", "4", occurred_at=OCCURRED, **later).remarks == ()
    for _ in range(3):
        several.settings.send_mail()
    assert came(postbox) == [(ADDRESS, [ADDITIONAL])] * 3


@pytest.mark.rule("FEAT-5")
def test_a_recovery_of_the_whole_line_is_told_to_the_numbers_of_its_fault(several: Office, postbox: Postbox):
    take(several, "LineFault", "1", numbers=[ADDITIONAL])
    assert take(several, "LineRecovered", "2").remarks == ()
    several.settings.send_mail()
    several.settings.send_mail()
    assert came(postbox) == [(ADDRESS, [ADDITIONAL])] * 2
    query = LineNewsQuery(reach=several.reach())
    assert several.settings.fault_notifications.news(query).items == ()


@pytest.mark.rule("FEAT-5")
def test_a_fault_and_its_recovery_that_are_taken_at_the_same_moment_are_both_mailed(
    proved: Office, postbox: Postbox, clock, monkeypatch
):
    lets_go_out = FaultSoFar.lets_go_out

    def while_the_fault_comes(so_far: FaultSoFar, recovery: LineRecoveredEvent) -> bool:
        waits = lets_go_out(so_far, recovery)
        monkeypatch.setattr(FaultSoFar, "lets_go_out", lets_go_out)
        take(proved, "LineFault", "fault")
        clock.forward(seconds=1)
        return waits

    monkeypatch.setattr(FaultSoFar, "lets_go_out", while_the_fault_comes)
    assert not take(proved, "LineRecovered", "recovery").repeated
    for _ in range(2):
        proved.settings.send_mail()
    assert news(postbox) == ["故障発生のお知らせ", "故障回復のお知らせ"]


@pytest.mark.parametrize(
    ("told", "numbers", "not_on_line", "remarks"),
    [
        ({}, 2, 0, []),
        ({"numbers": [ADDITIONAL]}, 1, 0, []),
        ({"numbers": [ADDITIONAL, "0399998888", "0399997777"]}, 1, 2, [Remark.NUMBERS_NOT_ON_LINE]),
        ({"line": "0399998888"}, 0, 0, [Remark.LINE_UNKNOWN]),
        ({"line": ADDITIONAL}, 0, 0, [Remark.NOT_A_CONTRACT_NUMBER]),
    ],
)
def test_the_network_is_told_whom_its_news_concern(office: Office, told, numbers, not_on_line, remarks):
    for _ in range(2):
        taken = take(office, "LineFault", **told)
        assert (taken.numbers, taken.not_on_line, list(taken.remarks)) == (numbers, not_on_line, remarks)


@pytest.mark.rule("FEAT-5")
def test_a_line_that_comes_to_be_while_it_is_looked_for_is_not_called_an_additional_number(office: Office, monkeypatch):
    office.remove(CONTRACT, ADDITIONAL)
    line = office.settings.store.line

    def line_and_then_provisioned(number: str) -> Any:
        found = line(number)
        office.provision()
        return found

    monkeypatch.setattr(office.settings.store, "line", line_and_then_provisioned)
    assert take(office, "LineFault").remarks == (Remark.LINE_UNKNOWN,)


@pytest.mark.rule("FEAT-5")
def test_planned_work_of_no_duration_that_was_taken_before_such_was_refused_is_still_shown(proved: Office):
    moment = {"begins_at": OCCURRED, "ends_at": OCCURRED}
    work = {"id": "1", "type": "PlannedWork", "time": OCCURRED, "data": {"fault": "w", "line": CONTRACT, **moment}}
    proved.settings.intake.take(KEPT_EVENT.validate_python(work))
    proved.settings.send_mail()
    page = proved.settings.fault_notifications.news(LineNewsQuery(reach=proved.reach()))
    assert [item.kind for item in LineNews.model_validate_json(page.model_dump_json()).items] == [NewsKind.PLANNED_WORK]


# --- one mail for many numbers -----------------------------------------------------------------------------------


@pytest.fixture
def several(office: Office, postbox: Postbox) -> Office:
    """Two numbers with one address for both, and one more for the contract number."""
    office.provision({CONTRACT: {FAULT}, ADDITIONAL: {FAULT}})
    for number in (CONTRACT, ADDITIONAL):
        office.add_address(number=number, feature=FAULT)
    office.add_address("suzuki@mail.example", feature=FAULT)
    for token in tokens(office, postbox):
        use(office, token)
    for number in (CONTRACT, ADDITIONAL):
        set_rules(office, number, on=True)
    postbox.mails.clear()
    return office


def came(postbox: Postbox) -> list[tuple[str, list[str]]]:
    """To whom, and which numbers each tells of."""
    return sorted(
        (mail.recipient, [one for one in (CONTRACT, ADDITIONAL) if hyphenated(one) in mail.text()])
        for mail in postbox.mails
    )


@pytest.mark.rule("FEAT-5")
def test_an_address_gets_one_mail_of_a_fault_which_names_all_its_numbers(several: Office, postbox: Postbox):
    take(several, "LineFault")
    assert take(several, "LineFault").repeated
    several.settings.send_mail()
    assert came(postbox) == [("suzuki@mail.example", [CONTRACT]), (ADDRESS, [CONTRACT, ADDITIONAL])]
    shared = next(mail for mail in postbox.mails if mail.recipient == ADDRESS)
    assert "対象の電話番号（2件）" in shared.text()
    assert f"{hyphenated(CONTRACT)}<br>{hyphenated(ADDITIONAL)}" in shared.text("html")
    told = Counter((event.data["number"], event.data["address"]) for event in several.told("NoticeSent"))
    assert told == Counter(
        [(CONTRACT, "y***@mail.example"), (ADDITIONAL, "y***@mail.example"), (CONTRACT, "s***@mail.example")]
    )


@pytest.mark.rule("FEAT-5")
def test_numbers_with_other_hours_are_told_when_those_begin(several: Office, postbox: Postbox, clock):
    set_rules(several, ADDITIONAL, windows={ReceivingWindow.NIGHT})
    take(several, "LineFault")
    several.settings.send_mail()
    assert (ADDRESS, [CONTRACT]) in came(postbox)
    clock.now = at(23)
    several.settings.send_mail()
    assert (ADDRESS, [ADDITIONAL]) in came(postbox)
    assert len({mail.message["Message-ID"] for mail in postbox.mails}) == 1 + 1 + 1


@pytest.mark.rule("FEAT-5")
def test_a_number_that_nobody_wants_told_any_more_is_left_out_of_the_mail_for_all(several: Office, postbox: Postbox):
    take(several, "LineFault")
    set_rules(several, ADDITIONAL, on=False)
    several.settings.send_mail()
    assert (ADDRESS, [CONTRACT]) in came(postbox)
    assert [event.data["number"] for event in several.told("NoticeFailed")] == [ADDITIONAL]


MANY = 2000


class Uninterrupted:
    """Counts what is computed until others get a turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.longest = 0
        monkeypatch.setattr(turns, "time", SimpleNamespace(sleep=self._turn))
        for place, name in (
            (personal_data, "_encrypt"),
            (personal_data, "_decrypt"),
            (notices, "_is_sent_to"),
            (Notice, "conclude"),
            (JSONTranscoder, "encode"),
        ):
            monkeypatch.setattr(place, name, self._counted(getattr(place, name)))

    def _counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            self.now += 1
            self.longest = max(self.longest, self.now)
            return work(*given, **named)

        return counted

    def _turn(self, _seconds: float) -> None:
        self.now = 0


def _wanted_by_many(office: Office) -> list[AssignmentId]:
    """As many numbers as the contract number's settings of news, as if each had them."""
    store, own = office.settings.store, office.assignment(CONTRACT)
    many = [AssignmentId(uuid4()) for _ in range(MANY)]
    state = store.personal.open(store.states([own], FAULT)[own])
    assert state is not None
    sealed, keys = store.personal.seal_new(dict.fromkeys(many, state))
    (number,) = store.rows("SELECT * FROM numbers WHERE assignment_id = :id", {"id": own.hex})
    (row,) = store.rows("SELECT * FROM states WHERE assignment_id = :id", {"id": own.hex})
    names, places = ", ".join(number), ", ".join(f":{name}" for name in number)
    numbers = [{**number, "assignment_id": one.hex, "number": f"04{place:08}"} for place, one in enumerate(many)]
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    states = [
        {**row, "stream_id": stream_of(one, FAULT).hex, "assignment_id": one.hex, "state": sealed[one].ciphertext}
        for one in many
    ]
    store.save(
        writes=[
            keys,
            (f"INSERT INTO numbers ({names}) VALUES ({places})", numbers),  # own names
            (f"INSERT INTO states ({columns}) VALUES ({values})", states),  # own names
        ]
    )
    return many


@pytest.mark.rule("FEAT-5", "LINE-7")
def test_calls_are_routed_in_between_while_the_mail_of_some_thousand_numbers_is_sent(
    proved: Office, postbox: Postbox, monkeypatch
):
    store, outbox = proved.settings.store, proved.settings.notices
    take(proved, "LineFault")
    (told,) = store.rows("SELECT told FROM line_news")
    drafts = [
        outbox.draft(one, NEWS, str(one), address=ADDRESS, content={"number": "0", "event": told["told"]}, bundle="b")
        for one in _wanted_by_many(proved)
    ]
    store.save(writes=outbox.write_all(drafts))
    watched = Uninterrupted(monkeypatch)
    while proved.settings.send_mail():
        pass
    assert sum(f"対象の電話番号（{MANY}件）" in mail.text() for mail in postbox.mails) == 1
    assert store.rows("SELECT COUNT(*) AS mails FROM outbox WHERE state <> 'sent'") == [{"mails": 0}]
    assert 0 < watched.longest <= 2 * turns.EVERY


@pytest.mark.rule("FEAT-5")
def test_who_dies_after_sending_to_all_leaves_the_same_mail_and_a_server_that_is_away_gets_it_whole(
    several: Office, postbox: Postbox, clock, new_settings, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    postbox.answers_data = lambda _recipient: "451 later"
    take(several, "LineFault")
    several.settings.send_mail()
    assert postbox.mails == []
    postbox.answers_data = lambda _recipient: "250 OK"
    clock.forward(seconds=2)
    monkeypatch.setattr(several.settings.notices, "_conclude", die)
    with pytest.raises(Killed):
        several.settings.send_mail()
    other = new_settings()
    clock.forward(seconds=60)
    while other.send_mail():
        continue
    first, *others = postbox.mails
    assert [mail.content for mail in others if mail.recipient == first.recipient] == [first.content]
    assert came(postbox)[-1] == (ADDRESS, [CONTRACT, ADDITIONAL])
    assert len(several.told("NoticeSent")) == 1 + 1 + 1


@pytest.mark.rule("FEAT-5")
def test_a_mail_that_cannot_be_written_holds_up_no_other_and_goes_once_it_can(
    several: Office, postbox: Postbox, clock, monkeypatch, caplog
):
    take(several, "LineFault")
    store, notices = several.settings.store, several.settings.notices
    assert store.rows("SELECT COUNT(DISTINCT bundle) AS mails FROM outbox WHERE state = 'on_its_way'") == [{"mails": 2}]
    written = notices.letter_of_all

    def letter_of_all(bundle: Any) -> Any:
        monkeypatch.setattr(notices, "letter_of_all", written)
        raise OverflowError(bundle[0].content["address"])

    monkeypatch.setattr(notices, "letter_of_all", letter_of_all)
    several.settings.send_mail()
    assert len(postbox.mails) == 1
    assert "OverflowError" in repr([vars(record) for record in caplog.records])
    assert "mail.example" not in repr([vars(record) for record in caplog.records])
    assert "mail.example" not in repr(store.rows("SELECT reason FROM outbox"))
    clock.forward(seconds=2)
    several.settings.send_mail()
    assert came(postbox) == [("suzuki@mail.example", [CONTRACT]), (ADDRESS, [CONTRACT, ADDITIONAL])]


@pytest.mark.rule("FEAT-5")
def test_a_mail_that_can_never_be_written_is_told_as_failed_when_its_time_is_over(proved: Office, clock):
    work = {"begins_at": OCCURRED, "ends_at": "9999-12-31T23:59:59Z"}
    event = {"id": "1", "type": "PlannedWork", "time": OCCURRED, "data": {"fault": "w", "line": CONTRACT, **work}}
    proved.settings.intake.take(KEPT_EVENT.validate_python(event))
    proved.settings.send_mail()
    assert proved.told("NoticeFailed") == []
    clock.forward(hours=proved.settings.store.config.notice_hours)
    proved.settings.send_mail()
    assert [event.data["feature"] for event in proved.told("NoticeFailed")] == ["fault_notification"]


@pytest.mark.rule("FEAT-5", "LINE-7")
def test_a_mail_names_a_hundred_numbers_and_counts_the_others():
    event = NETWORK_EVENT.validate_python(
        {
            "id": "1",
            "type": "LineFault",
            "time": OCCURRED,
            "data": {"fault": "f", "line": CONTRACT, "occurred_at": OCCURRED},
        }
    )
    numbers = [f"03{place:08}" for place in range(10_000)]
    told = {"number": "\n".join(numbers), "event": event.model_dump_json()}
    text = LETTERS[NEWS]("site", told, datetime(2026, 4, 1, tzinfo=UTC)).text
    assert "（10000件）" in text
    assert f"{hyphenated(numbers[99])}\nほか9900件\n" in text


# --- rules and page ----------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-5")
def test_settings_that_would_tell_nobody_anything_are_refused(office: Office):
    office.add_address(feature=FAULT)
    with pytest.raises(SettingsRejected) as rejected:
        set_rules(office, on=True, kinds=set(), windows=set())
    assert {fault.value for fault in rejected.value.details.faults} == {"no_kind", "no_window"}


@pytest.mark.rule("FEAT-5", "LINE-9")
def test_the_news_of_a_number_are_listed_and_its_next_holder_sees_none(proved: Office, clock):
    for place in range(3):
        clock.forward(minutes=1)
        take(proved, "LineFault", str(place), cause=f"原因{place}")
    query = LineNewsQuery(reach=proved.reach(), limit=2)
    first = proved.settings.fault_notifications.news(query)
    assert [item.told.cause for item in first.items] == ["原因2", "原因1"]
    rest = proved.settings.fault_notifications.news(query.model_copy(update={"before": first.items[-1].place}))
    assert ([item.told.cause for item in rest.items], first.more, rest.more) == (["原因0"], True, False)
    proved.remove(CONTRACT, ADDITIONAL)
    proved.provision({CONTRACT: {CALL, FAX, FAULT}})
    assert proved.settings.fault_notifications.news(LineNewsQuery(reach=proved.reach())).items == ()
    assert settings_of(proved) == FaultNotification()
    assert ADDRESS not in repr(proved.settings.store.rows("SELECT * FROM line_news"))
