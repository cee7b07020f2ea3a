"""一括転送機能: groups of numbers that are forwarded together (FEAT-4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.base import Role
from contracts.phone import Feature
from contracts.settings.bulk_forwarding import (
    GroupCause,
    GroupFault,
    GroupIsOn,
    GroupMember,
    GroupQuery,
    GroupRejected,
    GroupRules,
    GroupsQuery,
    GroupState,
    GroupView,
    MemberFault,
    MemberRefused,
    NoSuchGroup,
    RemoveGroup,
    SetGroup,
    StartGroup,
    StopGroup,
)
from contracts.settings.common import NotContracted, SettingsMovedOn
from contracts.settings.network import NETWORK_EVENT
from contracts.settings.routing import RouteReason
from services.settings.application import Settings
from tests.services.settings.people import ADDITIONAL, BULK, CALL, CONTRACT, FORWARDING, Office

THIRD = "0300003333"
TARGET = "09012345678"
OTHER = "0312345678"
ALL = {CONTRACT: set(Feature), ADDITIONAL: set(Feature), THIRD: set(Feature)}
BOTH = ((CONTRACT, TARGET), (ADDITIONAL, OTHER))


class Groups:
    """Whoever manages the line, at the pages of its groups."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.settings = office.settings

    def set(self, *members: tuple[str, str], name: str = "本社", group_id: UUID | None = None, **more: Any) -> UUID:
        group_id = group_id or uuid4()
        rules = GroupRules(
            name=name,
            automatic=more.get("automatic", False),
            members=tuple(GroupMember(number=number, target=target) for number, target in members),
        )
        self.settings.bulk_forwarding.set(
            SetGroup(
                reach=self.office.reach(),
                group_id=group_id,
                change_id=more.get("change_id", uuid4()),
                seen=more.get("seen", 0),
                rules=rules,
            )
        )
        return group_id

    def view(self, group_id: UUID) -> GroupView:
        return self.settings.groups.one(GroupQuery(reach=self.office.reach(), group_id=group_id))

    def start(self, group_id: UUID, order_id: UUID | None = None) -> GroupView:
        seen = self.view(group_id).version
        self.settings.bulk_forwarding.start(
            StartGroup(reach=self.office.reach(), group_id=group_id, order_id=order_id or uuid4(), seen=seen)
        )
        return self.view(group_id)

    def stop(self, group_id: UUID, order_id: UUID | None = None) -> GroupView:
        self.settings.bulk_forwarding.stop(
            StopGroup(reach=self.office.reach(), group_id=group_id, order_id=order_id or uuid4())
        )
        return self.view(group_id)

    def tell(self, kind: str, fault: str = "F-1", event_id: str | None = None, **data: Any) -> None:
        """The network tells of the line, and what follows is carried out."""
        now = self.settings.store.clock()
        times = {"occurred_at": now} if kind == "LineFault" else {"recovered_at": now}
        event = {
            "id": event_id or str(uuid4()),
            "time": now,
            "type": kind,
            "data": {"line": CONTRACT, "fault": fault, **times, **data},
        }
        self.settings.intake.take(NETWORK_EVENT.validate_python(event))
        self.settings.bulk_forwarding.finish()

    def rejected(self, set_it: Callable[[], object]) -> GroupRejected.Details:
        with pytest.raises(GroupRejected) as caught:
            set_it()
        return caught.value.details


@pytest.fixture
def line(office: Office) -> Office:
    office.provision(ALL)
    return office


@pytest.fixture
def groups(line: Office) -> Groups:
    return Groups(line)


# --- setting -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-4")
def test_a_group_holds_numbers_with_a_target_each_and_begins_stopped(groups: Groups):
    group_id = groups.set(*BOTH)
    found = groups.view(group_id)
    assert (found.name, found.state, found.automatic) == ("本社", GroupState.STOPPED, False)
    assert [(one.number, one.target, one.forwarding) for one in found.members] == [(*one, False) for one in BOTH]
    (entry,) = groups.settings.groups.all(GroupsQuery(reach=groups.office.reach())).groups
    assert (entry.name, entry.numbers, entry.forwarding) == ("本社", 2, 0)


@pytest.mark.rule("FEAT-4")
def test_every_row_that_is_wrong_is_named_with_its_reason(groups: Groups):
    rows = (
        (CONTRACT, TARGET),
        ("0399998888", TARGET),
        (ADDITIONAL, ""),
        (CONTRACT, OTHER),
        (THIRD, "110"),
        ("内線", TARGET),
    )
    found = groups.rejected(lambda: groups.set(*rows))
    assert found.rows == (
        MemberRefused(row=2, fault=MemberFault.NOT_ON_LINE),
        MemberRefused(row=3, fault=MemberFault.NO_TARGET),
        MemberRefused(row=4, fault=MemberFault.NUMBER_TWICE),
        MemberRefused(row=5, fault=MemberFault.EMERGENCY),
        MemberRefused(row=6, fault=MemberFault.NOT_ON_LINE),
    )
    assert groups.settings.groups.all(GroupsQuery(reach=groups.office.reach())).groups == ()


@pytest.mark.rule("FEAT-4")
def test_a_group_has_a_name_of_its_own_and_no_more_numbers_than_it_may(groups: Groups, new_settings):
    groups.set(*BOTH)
    assert groups.rejected(lambda: groups.set(*BOTH)).faults == (GroupFault.NAME_TAKEN,)
    assert groups.rejected(lambda: groups.set(name=" ")).faults == (GroupFault.NO_NAME,)
    assert groups.rejected(lambda: groups.set(name="長" * 41)).faults == (GroupFault.LONG_NAME,)
    groups.settings = new_settings(group_numbers=1, forwarding_groups=1)
    found = groups.rejected(lambda: groups.set(*BOTH, name="支社"))
    assert found.faults == (GroupFault.TOO_MANY_NUMBERS, GroupFault.TOO_MANY_GROUPS)


@pytest.mark.rule("FEAT-4")
def test_a_number_without_bulk_call_forwarding_is_in_no_group(groups: Groups):
    groups.office.provision({**ALL, ADDITIONAL: {CALL}})
    assert groups.rejected(lambda: groups.set(*BOTH)).rows == (MemberRefused(row=2, fault=MemberFault.NOT_ON_LINE),)
    groups.office.provision({number: {CALL} for number in ALL})
    with pytest.raises(NotContracted):
        groups.settings.groups.all(GroupsQuery(reach=groups.office.reach()))


def test_whoever_saves_an_outdated_form_overwrites_nothing(groups: Groups):
    group_id = groups.set(*BOTH)
    groups.set(BOTH[0], group_id=group_id, seen=1)
    with pytest.raises(SettingsMovedOn):
        groups.set(BOTH[1], group_id=group_id, seen=1)
    assert groups.view(group_id).numbers == 1


def test_the_same_form_twice_makes_one_group(groups: Groups):
    change = uuid4()
    group_id = groups.set(*BOTH, change_id=change)
    groups.set(*BOTH, group_id=group_id, change_id=change)
    assert groups.view(group_id).version == 1


def test_another_lines_group_is_not_found(groups: Groups):
    group_id = groups.set(*BOTH)
    stranger = groups.office.reach().model_copy(update={"assignment_id": uuid4()})
    with pytest.raises(NoSuchGroup):
        groups.settings.groups.one(GroupQuery(reach=stranger, group_id=group_id))
    with pytest.raises(NoSuchGroup):
        groups.settings.bulk_forwarding.stop(StopGroup(reach=stranger, group_id=group_id, order_id=uuid4()))


# --- starting and stopping ---------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-4")
def test_a_started_group_wins_over_call_forwarding_and_gives_it_back_when_it_stops(groups: Groups):
    line = groups.office
    line.forward("0398765432")
    group_id = groups.set(*BOTH)
    assert line.route().target == "0398765432"
    found = groups.start(group_id)
    assert (found.state, found.forwarding, found.cause) == (GroupState.RUNNING, 2, GroupCause.SUBSCRIBER)
    assert (line.route().target, line.route().reason) == (TARGET, RouteReason.BULK_FORWARDING)
    assert line.route(ADDITIONAL).target == OTHER
    assert groups.stop(group_id).state is GroupState.STOPPED
    assert line.route().target == "0398765432"
    assert line.route(ADDITIONAL).reason is RouteReason.NOT_SET


@pytest.mark.rule("FEAT-4")
def test_what_cannot_be_forwarded_is_said_before_and_after_and_keeps_nobody_else_from_it(groups: Groups):
    line = groups.office
    line.forward(CONTRACT, number=THIRD)
    group_id = groups.set((CONTRACT, THIRD), (ADDITIONAL, OTHER))
    dry = groups.view(group_id)
    assert [one.fault for one in dry.members] == [MemberFault.LOOP, None]
    found = groups.start(group_id)
    assert (found.state, found.forwarding) == (GroupState.PARTLY_FAILED, 1)
    assert [(one.forwarding, one.fault) for one in found.members] == [(False, MemberFault.LOOP), (True, None)]
    assert line.route().reason is RouteReason.NOT_SET


@pytest.mark.rule("FEAT-4", "FEAT-3")
def test_a_group_makes_no_circle_of_its_own_numbers_nor_with_what_is_set_while_it_is_on(groups: Groups):
    group_id = groups.set((CONTRACT, ADDITIONAL), (ADDITIONAL, CONTRACT))
    found = groups.start(group_id)
    assert [one.fault for one in found.members] == [None, MemberFault.LOOP]
    with pytest.raises(Exception, match="loop"):
        groups.office.forward(CONTRACT, number=ADDITIONAL)


@pytest.mark.rule("FEAT-4")
def test_a_number_is_forwarded_by_one_group_at_a_time(groups: Groups):
    first, second = groups.set(*BOTH), groups.set((CONTRACT, OTHER), (THIRD, TARGET), name="支社")
    groups.start(first)
    found = groups.start(second)
    assert [one.fault for one in found.members] == [MemberFault.IN_ANOTHER_GROUP, None]
    assert groups.office.route().target == TARGET
    groups.stop(second)
    assert groups.office.route().target == TARGET


@pytest.mark.rule("FEAT-4")
def test_what_is_on_is_stopped_before_it_is_changed_or_removed(groups: Groups):
    group_id = groups.set(*BOTH)
    groups.start(group_id)
    remove = RemoveGroup(reach=groups.office.reach(), group_id=group_id, seen=1)
    with pytest.raises(GroupIsOn):
        groups.set(BOTH[0], group_id=group_id, seen=1)
    with pytest.raises(GroupIsOn):
        groups.settings.bulk_forwarding.remove(remove)
    groups.stop(group_id)
    groups.settings.bulk_forwarding.remove(remove)
    groups.settings.bulk_forwarding.remove(remove)
    with pytest.raises(NoSuchGroup):
        groups.view(group_id)


def test_an_empty_group_is_not_started(groups: Groups):
    group_id = groups.set()
    assert groups.rejected(lambda: groups.start(group_id)).faults == (GroupFault.NO_NUMBERS,)


def test_a_group_that_was_changed_since_its_figures_were_shown_is_not_started(groups: Groups):
    group_id = groups.set(*BOTH)
    groups.set(BOTH[0], group_id=group_id, seen=1)
    with pytest.raises(SettingsMovedOn):
        groups.settings.bulk_forwarding.start(
            StartGroup(reach=groups.office.reach(), group_id=group_id, order_id=uuid4(), seen=1)
        )


def test_an_order_that_is_delivered_again_undoes_nothing_done_since(groups: Groups):
    group_id, start, stop = groups.set(*BOTH), uuid4(), uuid4()
    groups.start(group_id, start)
    groups.stop(group_id, stop)
    assert groups.start(group_id, start).state is GroupState.STOPPED
    groups.start(group_id)
    assert groups.stop(group_id, stop).state is GroupState.RUNNING


def test_a_start_that_was_interrupted_is_carried_out_by_whoever_comes_next(groups: Groups, monkeypatch):
    group_id = groups.set(*BOTH)
    monkeypatch.setattr(groups.settings.bulk_forwarding, "carry_out", lambda *_: None)
    assert groups.start(group_id).state is GroupState.STARTING
    assert groups.office.route().reason is RouteReason.NOT_SET
    monkeypatch.undo()
    groups.settings.bulk_forwarding.finish()
    assert groups.view(group_id).state is GroupState.RUNNING


def test_start_and_stop_at_the_same_moment_leave_rows_and_state_of_one_mind(groups: Groups, new_settings):
    other = Groups(Office(groups.office.auth, new_settings()))
    group_id = groups.set(*BOTH)
    for _ in range(6):
        with ThreadPoolExecutor(2) as pool:
            for one in (pool.submit(groups.start, group_id), pool.submit(other.stop, group_id)):
                one.result()
        found = groups.view(group_id)
        assert found.forwarding == (2 if found.state is GroupState.RUNNING else 0)
        routed = groups.office.route().reason is RouteReason.BULK_FORWARDING
        assert routed == (found.state is GroupState.RUNNING)


def test_two_who_start_at_the_same_moment_start_it_once(groups: Groups, new_settings):
    other = Groups(Office(groups.office.auth, new_settings()))
    group_id = groups.set(*BOTH)
    with ThreadPoolExecutor(2) as pool:
        for one in (pool.submit(groups.start, group_id), pool.submit(other.start, group_id)):
            one.result()
    assert len(groups.office.told("BulkForwardingStarted")) == 1


def test_two_groups_with_one_number_started_at_the_same_moment_share_it_not(groups: Groups, new_settings):
    other = Groups(Office(groups.office.auth, new_settings()))
    first, second = groups.set((CONTRACT, TARGET)), groups.set((CONTRACT, OTHER), name="支社")
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(groups.start, first).result(), pool.submit(other.start, second).result()]
    assert sorted(one.forwarding for one in started) == [0, 1]


# --- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-4")
def test_a_fault_starts_what_is_to_start_by_itself_and_its_recovery_stops_it(groups: Groups):
    automatic, by_hand = groups.set(BOTH[0], automatic=True), groups.set(BOTH[1], name="支社")
    groups.tell("LineFault")
    assert (groups.view(automatic).state, groups.view(automatic).cause) == (GroupState.RUNNING, GroupCause.FAULT)
    assert groups.view(by_hand).state is GroupState.STOPPED
    groups.tell("LineRecovered")
    assert groups.view(automatic).state is GroupState.STOPPED
    started, stopped = groups.office.told("BulkForwardingStarted", "BulkForwardingStopped")
    assert (started.data["cause"], stopped.data["cause"]) == ("fault", "recovery")
    assert started.data["actor"]["role"] == Role.SYSTEM


@pytest.mark.rule("FEAT-4")
def test_a_recovery_leaves_on_what_somebody_started_by_hand(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.start(group_id)
    groups.tell("LineFault")
    groups.tell("LineRecovered")
    assert groups.view(group_id).state is GroupState.RUNNING


def test_what_was_stopped_by_hand_is_not_started_again_by_the_same_fault(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.tell("LineFault", event_id="e-1")
    groups.stop(group_id)
    groups.tell("LineFault", event_id="e-1")
    groups.tell("LineFault", event_id="e-2")
    assert groups.view(group_id).state is GroupState.STOPPED
    groups.tell("LineFault", fault="F-2")
    assert groups.view(group_id).state is GroupState.RUNNING


@pytest.mark.rule("FEAT-4")
def test_a_fault_that_met_the_group_already_on_does_not_start_it_after_somebody_stopped_it(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.start(group_id)
    groups.tell("LineFault", fault="F-1")
    groups.stop(group_id)
    groups.tell("LineFault", fault="F-1")
    assert groups.view(group_id).state is GroupState.STOPPED
    groups.tell("LineFault", fault="F-2")
    groups.tell("LineFault", fault="F-3")
    groups.stop(group_id)
    groups.tell("LineFault", fault="F-3")
    assert groups.view(group_id).state is GroupState.STOPPED


def test_of_two_faults_the_recovery_of_the_last_one_stops_it(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.tell("LineFault", fault="F-1")
    groups.tell("LineFault", fault="F-2")
    groups.tell("LineRecovered", fault="F-1")
    assert groups.view(group_id).state is GroupState.RUNNING
    groups.tell("LineRecovered", fault="F-2")
    assert groups.view(group_id).state is GroupState.STOPPED


def test_news_of_a_fault_that_come_after_its_recovery_start_nothing(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.tell("LineRecovered")
    groups.tell("LineRecovered")
    groups.tell("LineFault")
    assert groups.view(group_id).state is GroupState.STOPPED
    groups.tell("LineFault", fault="F-2")
    assert groups.view(group_id).state is GroupState.RUNNING


def test_a_fault_of_other_numbers_starts_nothing(groups: Groups):
    group_id = groups.set(BOTH[0], automatic=True)
    groups.tell("LineFault", numbers=[THIRD])
    assert groups.view(group_id).state is GroupState.STOPPED
    groups.tell("LineFault", fault="F-2", numbers=[THIRD, CONTRACT])
    assert groups.view(group_id).state is GroupState.RUNNING


# --- numbers that come and go ------------------------------------------------------------------------------------


@pytest.mark.rule("LINE-9", "LINE-6")
def test_a_number_that_leaves_is_forwarded_no_more_and_its_next_holder_is_in_no_group(groups: Groups):
    group_id = groups.set(*BOTH)
    groups.start(group_id)
    groups.office.remove(ADDITIONAL)
    groups.office.provision(ALL)
    assert groups.office.route(ADDITIONAL).reason is RouteReason.NOT_SET
    found = groups.view(group_id)
    assert [one.number for one in found.members] == [CONTRACT]
    groups.stop(group_id)
    assert groups.start(group_id).forwarding == 1
    assert groups.office.route(ADDITIONAL).reason is RouteReason.NOT_SET


@pytest.mark.rule("LINE-9")
def test_a_line_that_ends_takes_its_groups_along(groups: Groups):
    group_id = groups.set(*BOTH, automatic=True)
    groups.start(group_id)
    groups.office.remove(CONTRACT, ADDITIONAL, THIRD)
    groups.office.provision(ALL)
    with pytest.raises(NoSuchGroup):
        groups.view(group_id)
    groups.tell("LineFault")
    assert groups.office.route().reason is RouteReason.NOT_SET


@pytest.mark.rule("MENU-3")
def test_a_number_whose_contract_rests_is_forwarded_by_its_call_forwarding_meanwhile(groups: Groups):
    groups.start(groups.set(*BOTH))
    groups.office.provision({**ALL, CONTRACT: {FORWARDING}})
    assert groups.office.route().reason is RouteReason.NOT_SET
    groups.office.provision({**ALL, CONTRACT: {FORWARDING, BULK}})
    assert groups.office.route().target == TARGET


@pytest.mark.rule("MENU-3", "FEAT-4")
def test_a_number_whose_contract_rests_stays_in_its_group_when_a_form_that_does_not_show_it_is_saved(groups: Groups):
    group_id = groups.set(*BOTH)
    groups.office.provision({**ALL, CONTRACT: {FORWARDING}})
    version = groups.view(group_id).version
    assert [(one.number, one.target) for one in groups.view(group_id).resting] == [(CONTRACT, TARGET)]
    groups.set((ADDITIONAL, OTHER), group_id=group_id, seen=version)
    assert groups.view(group_id).version == version, "nothing that was shown has changed"
    groups.set((ADDITIONAL, OTHER), (THIRD, OTHER), group_id=group_id, seen=version)
    assert [one.number for one in groups.view(group_id).members] == [ADDITIONAL, THIRD]
    groups.office.provision(ALL)
    found = groups.view(group_id).members
    assert [(one.number, one.target) for one in found] == [(ADDITIONAL, OTHER), (THIRD, OTHER), (CONTRACT, TARGET)]
    assert groups.view(group_id).resting == ()
    groups.set((CONTRACT, TARGET), group_id=group_id, seen=groups.view(group_id).version)
    assert [one.number for one in groups.view(group_id).members] == [CONTRACT], "what is shown can be taken out"


# --- what is told ------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-6", "AUDIT-2")
def test_the_history_says_who_set_started_and_stopped_it_and_the_world_is_told_masked(groups: Groups, clock):
    group_id = groups.set(BOTH[0])
    clock.now += timedelta(hours=1)
    groups.set(*BOTH, group_id=group_id, seen=1)
    groups.start(group_id)
    groups.stop(group_id)
    changes = groups.settings.groups.history(GroupQuery(reach=groups.office.reach(), group_id=group_id)).changes
    assert [(one.stopped, one.started, one.forwarding) for one in changes[:2]] == [(True, False, 2), (False, True, 2)]
    assert changes[2].old is not None
    assert changes[2].new is not None
    assert (len(changes[2].old.members), len(changes[2].new.members)) == (1, 2)
    assert {one.by for one in changes} == {CONTRACT}
    changed, _, started, stopped = groups.office.told(
        "BulkForwardingChanged", "BulkForwardingStarted", "BulkForwardingStopped"
    )
    assert changed.subject == changed.partitionkey == changed.data["contract_number"] == CONTRACT
    assert changed.data["new"]["members"] == [{"number": CONTRACT, "target": "*******5678"}]
    assert started.data["numbers"] == stopped.data["numbers"] == [CONTRACT, ADDITIONAL]
    assert started.data["group"] == str(group_id)


@pytest.mark.rule("AUDIT-2", "AUDIT-5")
def test_nothing_of_a_group_is_readable_in_the_store(groups: Groups, settings: Settings):
    groups.start(groups.set(*BOTH, name="秘密の部署"))
    events = [bytes(one.state).decode() for one in settings.store.stored_after(0, 100)]
    rows = json.dumps(
        [
            events,
            settings.store.rows("SELECT * FROM forwarding_groups"),
            settings.store.rows("SELECT * FROM bulk_routes"),
        ]
    )
    for secret in ("秘密", TARGET, OTHER, ADDITIONAL):
        assert secret not in rows
        assert json.dumps(secret) not in rows


@pytest.fixture
def large(office: Office) -> Groups:
    """A line with as many numbers as a group can hold."""
    office.provision({CONTRACT: {BULK}, **{f"03111{place:05}": {BULK} for place in range(199)}})
    return Groups(office)


@pytest.mark.rule("FEAT-4", "LINE-7")
def test_a_full_group_starts_and_stops_as_a_whole(large: Groups):
    members = [(CONTRACT, TARGET), *((f"03111{place:05}", TARGET) for place in range(199))]
    group_id = large.set(*members)
    assert large.start(group_id).forwarding == 200
    assert large.stop(group_id).forwarding == 0


@pytest.mark.rule("FEAT-4", "FEAT-3")
def test_to_start_a_full_group_takes_no_look_at_the_rows_for_each_number(large: Groups, monkeypatch):
    store, asked = large.settings.store, list[str]()
    rows = store.rows

    def counted(sql: str, *given: Any) -> list[dict[str, Any]]:
        asked.append(sql)
        return rows(sql, *given)

    monkeypatch.setattr(store, "rows", counted)
    group_id = large.set(*((f"03111{place:05}", TARGET) for place in range(199)))
    assert large.start(group_id).forwarding == 199
    assert len(asked) < 100
