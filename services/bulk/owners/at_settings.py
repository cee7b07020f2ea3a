"""Files of a group of 一括転送機能: auth says who manages the line, settings has the groups and their targets (FEAT-4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from contracts.auth.bulk import AuthBulkApi, BulkLine, BulkPurpose, BulkQuery
from contracts.base import Role
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import Column
from contracts.phone import AssignmentId
from contracts.settings.bulk_forwarding import GroupIsOn, NoSuchGroup
from contracts.settings.bulk_targets import (
    ApplyTargets,
    CheckTargets,
    GroupInBulk,
    GroupInBulkQuery,
    MemberTarget,
    SettingsBulkApi,
    TargetRefused,
    TargetsNotApplied,
)
from contracts.settings.common import NotContracted, Reach, SettingsMovedOn
from services.bulk.owner import Acting, Aim, Change, Checked, Found, Job, Line, NotApplied
from services.bulk.owners.at_auth import acting_of, is_unit_unmoved
from services.bulk.row_rules import Listed, Row, showable_target, target_in


class TargetsAtSettings:
    """`Owner` of the targets of a group. What the check has found to be in order is what is applied."""

    checks_despite_faults = True
    make_ready = None

    def __init__(self, auth: AuthBulkApi, settings: SettingsBulkApi) -> None:
        self._auth = auth
        self._settings = settings

    def admit(self, session_key: str, *, begun: bool = False) -> Acting:
        told = self._ask(session_key, begun=begun)
        return acting_of(told, told.role)

    def line(self, session_key: str, aim: Aim) -> Line:
        assert aim.group_id is not None
        acting = self.admit(session_key)
        reach = _reach(acting.assignment_id, acting.number, acting.contract_number, acting.role)
        try:
            group = self._settings.group_in_bulk(GroupInBulkQuery(reach=reach, group_id=aim.group_id))
        except (NoSuchGroup, NotContracted):
            return Line(acting, {}, Problem.GROUP_GONE)
        targets = {one.assignment_id: one.target for one in group.members}
        numbers = {
            one.number: Listed(
                one.assignment_id,
                0,
                None if one.contracted else Problem.NOT_CONTRACTED,
                remark=targets.get(one.assignment_id, ""),
            )
            for one in group.numbers
        }
        left_out = {one.number: Change((ChangeSort.GROUP_REMOVED,), before=one.target) for one in group.members}
        return Line(acting, numbers, _in_the_way(group, aim), _shown(group), left_out, group.most)

    def check(self, job: Job, rows: Sequence[Row]) -> Checked:  # noqa: ARG002 - targets are judged by themselves
        members = [
            MemberTarget(
                assignment_id=AssignmentId(one.listed.assignment_id), number=one.number, target=target_in(one.cells[0])
            )
            for one in rows
        ]
        typed = {one.listed.assignment_id: showable_target(one.cells[0]) for one in rows}
        checked = self._settings.check_targets(CheckTargets(members=tuple(members)))
        return Checked(
            tuple(_refused(one, typed[one.assignment_id]) for one in checked.refused),
            json.dumps([[one.assignment_id.hex, one.number, one.target] for one in members]),
            {one.assignment_id: _change(row.listed.remark, one) for row, one in zip(rows, members, strict=True)},
        )

    def apply(self, job: Job, results: Sequence[str]) -> None:
        assert job.aim.group_id is not None
        members = [
            MemberTarget(assignment_id=AssignmentId(UUID(one)), number=number, target=target)
            for result in results
            for one, number, target in json.loads(result)
        ]
        if len(members) != job.looked_at:
            raise ValueError("a job is applied whole")
        order = ApplyTargets(
            job_id=job.job_id,
            reach=_reach(job.assignment_id, job.number, job.contract_number, job.role),
            group_id=job.aim.group_id,
            seen=job.aim.seen,
            members=tuple(members),
        )
        if not is_unit_unmoved(self._auth, job):
            self._applied_before(order)
            return
        with _not_applied():
            self._settings.apply_targets(order)

    def _applied_before(self, order: ApplyTargets) -> None:
        """What was in force before the unit changed, and whose answer was lost, has not failed. Raises `NotApplied`."""
        try:
            self._settings.apply_targets(order.model_copy(update={"is_late": True}))
        except SettingsMovedOn as refused:
            raise NotApplied(whole=Problem.UNIT_MOVED_MEANWHILE) from refused

    def _ask(self, session_key: str, *, begun: bool) -> BulkLine:
        return self._auth.bulk_line(
            BulkQuery(session_key=session_key, purpose=BulkPurpose.FORWARDING, numbers=False, begun=begun)
        )


def _in_the_way(group: GroupInBulk, aim: Aim) -> Problem | None:
    if group.is_on:
        return Problem.GROUP_IS_ON
    return Problem.GROUP_MOVED if group.version != aim.seen else None


def _shown(group: GroupInBulk) -> dict[str, tuple[str, ...]]:
    """What is in the group; where nothing is, every number that can be."""
    if group.members:
        return {one.number: (one.target,) for one in group.members}
    return {one.number: ("",) for one in group.numbers if one.contracted}


def _change(before: str, now: MemberTarget) -> Change:
    if not before:
        return Change((ChangeSort.GROUP_ADDED,), after=now.target)
    if before == now.target:
        return Change((ChangeSort.UNCHANGED,))
    return Change((ChangeSort.TARGET_CHANGED,), before, now.target)


def _refused(one: TargetRefused, typed: str | None = None) -> Found:
    return Found(one.assignment_id, Column.TARGET, Problem(f"target_{one.fault}"), typed)


def _reach(assignment_id: UUID, number: str, contract_number: str, role: Role) -> Reach:
    """Whoever manages the whole line is logged in with its contract number (LINE-2, LINE-4)."""
    own = AssignmentId(assignment_id)
    return Reach(
        assignment_id=own, number=number, contract_number=contract_number, by=number, by_assignment_id=own, role=role
    )


@contextmanager
def _not_applied() -> Iterator[None]:
    try:
        yield
    except GroupIsOn as refused:
        raise NotApplied(whole=Problem.GROUP_IS_ON) from refused
    except SettingsMovedOn as refused:
        raise NotApplied(whole=Problem.GROUP_MOVED) from refused
    except (NoSuchGroup, NotContracted) as refused:
        raise NotApplied(whole=Problem.GROUP_GONE) from refused
    except TargetsNotApplied as refused:
        gone = [Found(one, Column.NUMBER, Problem.LEFT_MEANWHILE) for one in refused.details.gone]
        raise NotApplied([*gone, *map(_refused, refused.details.refused)]) from refused
