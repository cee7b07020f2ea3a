"""The numbers of a group of 一括転送機能 and their targets, set by a file in one moment (FEAT-4, BULK-6, BULK-9)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chassis.clock import to_micros
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.settings.bulk_forwarding import GroupIsOn, NoSuchGroup, StoredMember, StoredRules
from contracts.settings.bulk_targets import (
    ApplyTargets,
    CheckTargets,
    GroupInBulk,
    GroupInBulkQuery,
    MemberTarget,
    NumberForGroups,
    TargetRefused,
    TargetsChecked,
    TargetsNotApplied,
)
from contracts.settings.common import Reach, SettingsMovedOn
from services.settings.bulk_forwarding import BulkForwarding
from services.settings.forwarding_checks import target_limits
from services.settings.forwarding_group import ForwardingGroup
from services.settings.group_rows import GroupRows
from services.settings.line_graph import LineGraph
from services.settings.resting import with_resting
from services.settings.store import SettingsStore
from services.settings.targets import fault_of


class BulkTargets:
    """Asked by the bulk service only."""

    def __init__(self, store: SettingsStore, groups: BulkForwarding) -> None:
        self._store = store
        self._rows = GroupRows(store)
        self._groups = groups

    def group(self, query: GroupInBulkQuery) -> GroupInBulk:
        """As it is now. Raises `NoSuchGroup`, `NotContracted`."""
        able = {held.assignment_id for held in self._groups.numbers_of(query.reach).values()}
        group = self._group(query.group_id, query.reach)
        return GroupInBulk(
            version=group.changes,
            is_on=group.is_on,
            most=self._groups.limits.numbers,
            members=tuple(
                MemberTarget(assignment_id=one.assignment_id, number=one.number, target=one.target)
                for one in self._rows.rules_of(group.rules).members
                if one.assignment_id in able
            ),
            numbers=tuple(
                NumberForGroups(
                    assignment_id=held.assignment_id, number=held.number, contracted=held.assignment_id in able
                )
                for held in self._store.line(query.reach.contract_number)
            ),
        )

    def check(self, request: CheckTargets) -> TargetsChecked:
        """What is wrong with targets by themselves; loops are looked for when the group starts (FEAT-4)."""
        return TargetsChecked(refused=self._refused(request.members))

    @retry_on_conflict
    def apply(self, request: ApplyTargets) -> None:
        """One save, by the rules of the form. Raises what `ApplyTargets` says, and `NotContracted`."""
        store, reach, now = self._store, request.reach, self._store.clock()
        if self._is_applied(request.job_id):
            return  # although the group may be gone since
        if request.is_late:
            raise SettingsMovedOn
        able = {held.assignment_id for held in self._groups.numbers_of(reach).values()}
        graph = LineGraph(store, reach.contract_number)
        group = self._group(request.group_id, reach)
        # Asked after it was loaded: what has moved since the check may have been moved by this very job.
        if self._is_applied(request.job_id):
            return
        if group.is_on:
            raise GroupIsOn
        if group.changes != request.seen:
            raise SettingsMovedOn
        gone = tuple(one.assignment_id for one in request.members if one.assignment_id not in able)
        refused = self._refused(request.members)
        if gone or refused:
            raise TargetsNotApplied(gone=gone, refused=refused)
        before = self._rows.rules_of(group.rules)
        asked = before.model_copy(update={"members": tuple(_stored(request.members))})
        rules = with_resting(store, reach.contract_number, before=before, asked=asked, able=able)
        writes = [_mark_of(request.job_id, to_micros(now)), graph.counted_on()]
        if rules != before:
            writes.append(self._changed(group, request, rules))
        store.save(*([group] if group.pending_events else []), writes=writes, trail=store.trail_of(reach))

    def _changed(self, group: ForwardingGroup, request: ApplyTargets, rules: StoredRules) -> Write:
        sealed = self._store.personal.seal(group.line, rules.model_dump_json())
        members = [UUID(str(one.assignment_id)) for one in rules.members]
        now = self._store.clock()
        group.change(request.job_id, old=group.rules, new=sealed, members=members, now=now)
        return self._rows.kept(group, request.reach.contract_number, rules)

    def _refused(self, members: Iterable[MemberTarget]) -> tuple[TargetRefused, ...]:
        limits = target_limits(self._store)
        found = ((one.assignment_id, fault_of(one.target, one.number, limits)) for one in members)
        return tuple(TargetRefused(assignment_id=one, fault=fault) for one, fault in found if fault is not None)

    def _group(self, group_id: UUID, reach: Reach) -> ForwardingGroup:
        group = self._groups.find(group_id)
        if group is None or group.removed or group.line != reach.assignment_id:
            raise NoSuchGroup
        return group

    def _is_applied(self, job_id: UUID) -> bool:
        return self._store.row("SELECT job_id FROM bulk_jobs WHERE job_id = :id", {"id": job_id.hex}) is not None


def _stored(members: Iterable[MemberTarget]) -> Iterable[StoredMember]:
    return (StoredMember(assignment_id=one.assignment_id, number=one.number, target=one.target) for one in members)


def _mark_of(job_id: UUID, now: int) -> Write:
    """A conflict where the job was applied meanwhile."""
    return "INSERT INTO bulk_jobs VALUES (:id, :now)", {"id": job_id.hex, "now": now}
