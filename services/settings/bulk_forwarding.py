"""一括転送機能: setting groups, starting and stopping them, by hand and on faults of the line (FEAT-4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.application import AggregateNotFoundError

from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.trail import Trail
from contracts.base import Busy, Nothing
from contracts.phone import AssignmentId, Feature, NotAPhoneNumber, normalise_number
from contracts.settings.bulk_forwarding import (
    GroupCause,
    GroupFault,
    GroupIsOn,
    GroupLimits,
    GroupRejected,
    GroupRules,
    GroupState,
    MemberFault,
    MemberRefused,
    NoSuchGroup,
    RemoveGroup,
    SetGroup,
    StartGroup,
    StopGroup,
    StoredMember,
    StoredRules,
)
from contracts.settings.common import NotContracted, Reach, SettingsMovedOn
from contracts.settings.network import LineFaultEvent, LineRecoveredEvent
from services.settings import group_rules
from services.settings.forwarding_checks import target_limits
from services.settings.forwarding_group import ForwardingGroup
from services.settings.group_rows import GroupRows
from services.settings.group_trial import target_fault, trial
from services.settings.line_graph import LineGraph
from services.settings.resting import with_resting
from services.settings.store import Held, SettingsStore

FEATURE = Feature.BULK_FORWARDING


class BulkForwarding:
    """The groups of all lines."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self._rows = GroupRows(store)
        self.limits = GroupLimits(groups=store.config.forwarding_groups, numbers=store.config.group_numbers)

    # --- setting ---------------------------------------------------------------------------------------------

    @retry_on_conflict
    def set(self, request: SetGroup) -> Nothing:
        """Raises `GroupRejected`, `GroupIsOn`, `SettingsMovedOn`, `NoSuchGroup`, `NotContracted`."""
        store, reach, now = self._store, request.reach, self._store.clock()
        on_line = self.numbers_of(reach)
        graph = LineGraph(store, reach.contract_number)
        group = self._found(request.group_id, reach, may_be_new=request.seen == 0)
        if group is None:
            group = ForwardingGroup.begin(request.group_id, reach.assignment_id, now)
        elif group.knows(request.change_id):
            return Nothing()
        if request.seen != group.changes:
            raise SettingsMovedOn
        if group.is_on:
            raise GroupIsOn
        asked, before = self._checked(request.group_id, reach, request.rules, on_line), self._rows.rules_of(group.rules)
        able = {held.assignment_id for held in on_line.values()}
        rules = with_resting(store, reach.contract_number, before=before, asked=asked, able=able)
        sealed = store.personal.seal(reach.assignment_id, rules.model_dump_json())
        members = [UUID(str(one.assignment_id)) for one in rules.members]
        if group.rules is None or rules != before:
            group.change(request.change_id, old=group.rules, new=sealed, members=members, now=now)
            writes = [self._rows.kept(group, reach.contract_number, rules), graph.counted_on()]
            store.save(group, writes=writes, trail=store.trail_of(reach))
        return Nothing()

    @retry_on_conflict
    def remove(self, request: RemoveGroup) -> Nothing:
        """One that is gone already is no fault. Raises `GroupIsOn`, `SettingsMovedOn`."""
        with suppress(NoSuchGroup):
            group = self._of(request.group_id, request.reach)
            if group.is_on:
                raise GroupIsOn
            if request.seen != group.changes:
                raise SettingsMovedOn
            group.remove(self._store.clock())
            self._store.save(group, writes=[self._rows.gone(group.id)], trail=self._store.trail_of(request.reach))
        return Nothing()

    # --- starting and stopping -------------------------------------------------------------------------------

    def start(self, request: StartGroup) -> Nothing:
        """Answered when the numbers are forwarded. Raises `SettingsMovedOn`, `GroupRejected`, `NoSuchGroup`."""
        self.numbers_of(request.reach)
        trail = self._store.trail_of(request.reach)
        self._ask_start(request, trail)
        self.carry_out(request.group_id, trail)
        return Nothing()

    @retry_on_conflict
    def _ask_start(self, request: StartGroup, trail: Trail) -> None:
        group = self._of(request.group_id, request.reach)
        if group.is_on or group.knows(request.order_id):
            return
        if request.seen != group.changes:
            raise SettingsMovedOn
        rules = self._rows.rules_of(group.rules)
        if not rules.members:
            raise GroupRejected(faults=(GroupFault.NO_NUMBERS,))
        group.ask_start(request.order_id, GroupCause.SUBSCRIBER, self._store.clock())
        self._store.save(group, writes=[self._rows.kept(group, request.reach.contract_number, rules)], trail=trail)

    @retry_on_conflict
    def carry_out(self, group_id: UUID, trail: Trail) -> None:
        """The second step of a start; nothing where it was stopped meanwhile, or carried out by another."""
        group = self.find(group_id)
        contract_number = self._rows.contract_number_of(group_id)
        if group is None or contract_number is None or group.state != GroupState.STARTING:
            return
        store, rules = self._store, self._rows.rules_of(group.rules)
        graph = LineGraph(store, contract_number)
        faults = trial(store, graph, contract_number, group_id, rules.members)
        tried = list(zip(rules.members, faults, strict=True))
        routed = [member for member, fault in tried if fault is None]
        group.start(
            forwarding=[UUID(str(member.assignment_id)) for member in routed],
            failed={member.assignment_id.hex: fault.value for member, fault in tried if fault is not None},
            now=store.clock(),
        )
        rows = [*self._rows.routed(group, routed), self._rows.kept(group, contract_number, rules)]
        store.save(group, writes=[*rows, graph.counted_on()], trail=trail)

    def finish(self) -> None:
        """Carry out the starts that something has interrupted, and those that a fault asked for."""
        for group_id in self._rows.starting():
            with suppress(Busy):
                self.carry_out(group_id, self._store.trail_of_system())
            time.sleep(0)  # fifty full groups are mostly computing; calls are routed meanwhile

    @retry_on_conflict
    def stop(self, request: StopGroup) -> Nothing:
        """Raises `NoSuchGroup`."""
        group = self._of(request.group_id, request.reach)
        group.stop(request.order_id, GroupCause.SUBSCRIBER, self._store.clock())
        if group.pending_events:
            kept = self._rows.kept(group, request.reach.contract_number, self._rows.rules_of(group.rules))
            trail = self._store.trail_of(request.reach)
            self._store.save(group, writes=[self._rows.not_routed(group.id), kept], trail=trail)
        return Nothing()

    # --- what the network tells ------------------------------------------------------------------------------

    def whenever_a_fault_began(self, event: LineFaultEvent) -> tuple[list[Any], list[Write]]:
        """Then the groups that are to start by themselves do; the same fault again starts nothing that was stopped since."""
        fault, now = event.data.fault, self._store.clock()

        def start(group: ForwardingGroup) -> None:
            group.ask_start_on_fault(_order_of(group, fault), fault, now)

        return self._for_automatic(event.data.line, event.data.numbers, start)

    def whenever_a_line_recovered(self, event: LineRecoveredEvent) -> tuple[list[Any], list[Write]]:
        """Then what that fault has started stops; what somebody started by hand goes on."""
        fault, now = event.data.fault, self._store.clock()

        def stop(group: ForwardingGroup) -> None:
            order_id = uuid5(group.id, f"recovery {fault}")
            group.stop_on_recovery(order_id, fault, _order_of(group, fault), now)

        return self._for_automatic(event.data.line, (), stop)

    def _for_automatic(
        self, contract_number: str, numbers: Sequence[str], work: Callable[[ForwardingGroup], None]
    ) -> tuple[list[Any], list[Write]]:
        """What is to be saved after this work on the line's automatic groups, or on those with one of these numbers."""
        line, concerned = self._rows.line_of(contract_number), set(numbers)
        rows = [row for row in self._rows.of_line(line) if row["automatic"]] if line else []
        groups: list[Any] = []
        writes: list[Write] = []
        for row, rules in zip(rows, self._rows.rules_in(rows), strict=True):
            group = self.find(UUID(row["group_id"]))
            if group is None or (concerned and concerned.isdisjoint(one.number for one in rules.members)):
                continue
            work(group)
            if group.pending_events:
                groups.append(group)
                writes.append(self._rows.kept(group, contract_number, rules))
                if not group.is_on:
                    writes.append(self._rows.not_routed(group.id))
        return groups, writes

    # --- parts -----------------------------------------------------------------------------------------------

    def numbers_of(self, reach: Reach) -> dict[str, Held]:
        """The line's numbers that can be in a group. Raises `NotContracted` where there are none."""
        for attempt in range(2):
            found = self._store.holders_on_line(reach.contract_number, FEATURE)
            if found:
                return {held.number: held for held in found}
            if not attempt:
                self._store.hurry()
        raise NotContracted

    def _checked(self, group_id: UUID, reach: Reach, rules: GroupRules, on_line: dict[str, Held]) -> StoredRules:
        """As it is kept. Raises `GroupRejected` with everything that is wrong."""
        others = [row for row in self._rows.of_line(reach.assignment_id) if row["group_id"] != group_id.hex]
        name = rules.name.strip()
        names = {one.name for one in self._rows.rules_in(others)}
        faults = group_rules.faults(name, len(rules.members), names, self.limits)
        if len(others) >= self.limits.groups:
            faults += (GroupFault.TOO_MANY_GROUPS,)
        limits = target_limits(self._store)
        numbers = [_number(one.number) for one in rules.members]
        first = group_rules.first_places(numbers)
        members: list[StoredMember] = []
        refused: list[MemberRefused] = []
        for row, (number, one) in enumerate(zip(numbers, rules.members, strict=True), start=1):
            held = on_line.get(number)
            if held is None:
                fault: MemberFault | None = MemberFault.NOT_ON_LINE
            elif first[number] != row:
                fault = MemberFault.NUMBER_TWICE
            else:
                fault = target_fault(number, one.target, limits)
                members.append(StoredMember(assignment_id=held.assignment_id, number=number, target=one.target))
            if fault is not None:
                refused.append(MemberRefused(row=row, fault=fault))
        if faults or refused:
            raise GroupRejected(faults=faults, rows=tuple(refused))
        return StoredRules(name=name, automatic=rules.automatic, members=tuple(members))

    def _of(self, group_id: UUID, reach: Reach) -> ForwardingGroup:
        group = self._found(group_id, reach)
        assert group is not None
        return group

    def _found(self, group_id: UUID, reach: Reach, *, may_be_new: bool = False) -> ForwardingGroup | None:
        group = self.find(group_id)
        if group is None and may_be_new:
            return None
        if group is None or group.removed or group.line != reach.assignment_id:
            raise NoSuchGroup
        return group

    def find(self, group_id: UUID) -> ForwardingGroup | None:
        """Whosever it is; None where there was never one."""
        try:
            found: object = self._store.repository.get(group_id)
        except AggregateNotFoundError:
            return None
        assert isinstance(found, ForwardingGroup)
        return found


def end_of(store: SettingsStore, assignment_id: UUID, _now: object) -> tuple[list[ForwardingGroup], list[Write]]:
    """What is saved when a number leaves its line: it is forwarded no more, and a line that ends takes its groups along."""
    rows = GroupRows(store)
    groups: list[ForwardingGroup] = []
    writes: list[Write] = [("DELETE FROM bulk_routes WHERE assignment_id = :id", {"id": assignment_id.hex})]
    for row in rows.of_line(AssignmentId(assignment_id)):
        group: ForwardingGroup = store.repository.get(UUID(row["group_id"]))
        group.remove(store.clock())
        groups.append(group)
        writes += [rows.not_routed(group.id), rows.gone(group.id)]
    return groups, writes


def _order_of(group: ForwardingGroup, fault: str) -> UUID:
    return uuid5(group.id, f"fault {fault}")


def _number(text: str) -> str:
    try:
        return normalise_number(text)
    except NotAPhoneNumber:
        return text.strip()
