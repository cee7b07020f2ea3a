"""What the pages show of groups: the list, one group with its dry run, its history (FEAT-4, FEAT-6)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chassis.trail import Trail
from contracts.settings.bulk_forwarding import (
    GroupCause,
    GroupChange,
    GroupEntry,
    GroupHistory,
    GroupMember,
    GroupQuery,
    GroupRules,
    Groups,
    GroupsQuery,
    GroupState,
    GroupView,
    MemberFault,
    MemberView,
    NoSuchGroup,
    StoredMember,
    StoredRules,
)
from contracts.settings.group_numbers import GroupsOfNumbersQuery, NumberInGroup, NumbersInGroups
from services.settings.bulk_forwarding import BulkForwarding
from services.settings.forwarding_group import ForwardingGroup
from services.settings.group_rows import GroupRows
from services.settings.group_trial import trial
from services.settings.line_graph import LineGraph
from services.settings.resting import resting_in
from services.settings.store import SettingsStore

LATEST = 50
"""Entries of a group's history that are shown."""


class GroupViews:
    """Of all lines."""

    def __init__(self, store: SettingsStore, groups: BulkForwarding) -> None:
        self._store = store
        self._rows = GroupRows(store)
        self._groups = groups

    def all(self, query: GroupsQuery) -> Groups:
        """Of one line, in order of name. Raises `NotContracted`."""
        line = query.reach.assignment_id
        on_line = {held.assignment_id for held in self._groups.numbers_of(query.reach).values()}
        rows, counts = self._rows.of_line(line), self._rows.counts(line)
        entries = [
            GroupEntry(
                group_id=UUID(row["group_id"]),
                name=rules.name,
                state=GroupState(row["state"]),
                automatic=rules.automatic,
                numbers=sum(member.assignment_id in on_line for member in rules.members),
                forwarding=counts.get(UUID(row["group_id"]), 0),
            )
            for row, rules in zip(rows, self._rows.rules_in(rows), strict=True)
        ]
        return Groups(groups=tuple(sorted(entries, key=lambda one: one.name)), limits=self._groups.limits)

    def one(self, query: GroupQuery) -> GroupView:
        """With what would become of each number if it started now, or what became of it. Raises `NoSuchGroup`."""
        reach = query.reach
        on_line = {held.assignment_id for held in self._groups.numbers_of(reach).values()}
        group = self._group(query)
        rules = self._rows.rules_of(group.rules)
        members = [member for member in rules.members if member.assignment_id in on_line]
        resting = resting_in(self._store, reach.contract_number, rules, on_line)
        routed = self._rows.routed_now(member.assignment_id for member in members)
        forwarding = {one for one, by in routed.items() if by == group.id}
        faults = self._faults(group, reach.contract_number, members)
        return GroupView(
            group_id=group.id,
            name=rules.name,
            state=GroupState(group.state),
            automatic=rules.automatic,
            numbers=len(members),
            forwarding=len(forwarding),
            version=group.changes,
            members=tuple(
                MemberView(
                    number=member.number,
                    target=member.target,
                    forwarding=member.assignment_id in forwarding,
                    fault=fault,
                )
                for member, fault in zip(members, faults, strict=True)
            ),
            resting=_members(resting),
            cause=GroupCause(group.cause) if group.cause else None,
            since=group.since,
            limits=self._groups.limits,
        )

    def history(self, query: GroupQuery) -> GroupHistory:
        """The newest first. Raises `NoSuchGroup`."""
        self._groups.numbers_of(query.reach)
        group = self._group(query)
        told = (self._change(event) for event in self._store.events.get(group.id, desc=True, limit=LATEST))
        return GroupHistory(changes=tuple(one for one in told if one is not None))

    def of_numbers(self, query: GroupsOfNumbersQuery) -> NumbersInGroups:
        """Where these numbers are by now, whoever may have held them before. Raises `NotContracted`."""
        on_line = self._groups.numbers_of(query.reach)
        asked = {on_line[number].assignment_id for number in query.numbers if number in on_line}
        rows = self._rows.of_line(query.reach.assignment_id)
        groups = sorted(zip(rows, self._rows.rules_in(rows), strict=True), key=lambda pair: pair[1].name)
        return NumbersInGroups(
            entries=tuple(
                NumberInGroup(
                    number=member.number, target=member.target, group_id=UUID(row["group_id"]), name=rules.name
                )
                for row, rules in groups
                for member in rules.members
                if member.assignment_id in asked
            )
        )

    # --- parts -----------------------------------------------------------------------------------------------

    def _group(self, query: GroupQuery) -> ForwardingGroup:
        group = self._groups.find(query.group_id)
        if group is None or group.removed or group.line != query.reach.assignment_id:
            raise NoSuchGroup
        return group

    def _faults(
        self, group: ForwardingGroup, contract_number: str, members: list[StoredMember]
    ) -> list[MemberFault | None]:
        if group.state in {GroupState.RUNNING, GroupState.PARTLY_FAILED}:
            return [_failed(group.failed.get(member.assignment_id.hex)) for member in members]
        graph = LineGraph(self._store, contract_number)
        return trial(self._store, graph, contract_number, group.id, members)

    def _change(self, event: object) -> GroupChange | None:
        if not isinstance(event, ForwardingGroup.Changed | ForwardingGroup.Started | ForwardingGroup.Stopped):
            return None
        trail = Trail.of(event)
        told = GroupChange(
            place=event.originator_version,
            at=event.timestamp,
            by=self._store.personal.open(trail.actor),
            role=trail.role,
            channel=trail.channel,
        )
        return told.model_copy(update=self._what(event))

    def _what(
        self, event: ForwardingGroup.Changed | ForwardingGroup.Started | ForwardingGroup.Stopped
    ) -> dict[str, object]:
        match event:
            case ForwardingGroup.Changed():
                old = _shown(self._rows.rules_of(event.old)) if event.old else None
                return {"old": old, "new": _shown(self._rows.rules_of(event.new))}
            case ForwardingGroup.Started():
                counts = {"forwarding": len(event.forwarding), "failed": len(event.failed)}
                return {"started": True, "cause": GroupCause(event.cause), **counts}
            case ForwardingGroup.Stopped():
                return {"stopped": True, "cause": GroupCause(event.cause), "forwarding": len(event.was_forwarding)}


def _failed(reason: str | None) -> MemberFault | None:
    return MemberFault(reason) if reason else None


def _shown(rules: StoredRules) -> GroupRules:
    return GroupRules(name=rules.name, automatic=rules.automatic, members=_members(rules.members))


def _members(members: Iterable[StoredMember]) -> tuple[GroupMember, ...]:
    return tuple(GroupMember(number=one.number, target=one.target) for one in members)
