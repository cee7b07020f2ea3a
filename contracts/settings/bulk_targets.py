"""The targets of a group of 一括転送機能 by file: what the bulk service alone may ask (FEAT-4, BULK-9).

Auth has told the bulk service that whoever acts manages the whole line; nobody else's word for it is taken.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from contracts.base import Message, Nothing, Refusal
from contracts.phone import AssignmentId
from contracts.settings.api import SettingsApi
from contracts.settings.call_forwarding import TargetNumber
from contracts.settings.common import Reach, TargetFault


class GroupInBulkQuery(Message):
    """Raises `NoSuchGroup`, and `NotContracted` where no number of the line can be in a group."""

    reach: Reach
    group_id: UUID


class NumberForGroups(Message):
    """A number of the line."""

    assignment_id: AssignmentId
    number: str
    contracted: bool
    """Whether it can be in a group."""


class MemberTarget(Message):
    """Where the calls of a number go while the group is on; the number is meant as its present holder has it (LINE-9)."""

    assignment_id: AssignmentId
    number: str
    target: TargetNumber


class GroupInBulk(Message):
    """A group and the line's numbers, as they were at one moment."""

    version: int
    """Grows with each change of what is in it."""
    is_on: bool
    most: int
    """Numbers that a group may have."""
    members: tuple[MemberTarget, ...]
    """In their order, those that can be forwarded; the others rest in it, whatever is set."""
    numbers: tuple[NumberForGroups, ...]
    """All of the line."""


class CheckTargets(Message):
    members: tuple[MemberTarget, ...]


class TargetRefused(Message):
    assignment_id: AssignmentId
    fault: TargetFault


class TargetsChecked(Message):
    refused: tuple[TargetRefused, ...]


class ApplyTargets(Message):
    """These are in the group from now on, in one moment, or nothing changes. Idempotent by `job_id`.

    Besides them only those that were in it and rest, their feature withdrawn: no view of the group has shown them.

    Raises `NoSuchGroup`, `GroupIsOn`, `SettingsMovedOn` where `seen` is not its version any more, `TargetsNotApplied`.
    """

    job_id: UUID
    reach: Reach
    group_id: UUID
    seen: int
    members: tuple[MemberTarget, ...]
    is_late: bool = False
    """Whoever ordered it may manage the line no more: nothing is changed, and `SettingsMovedOn` is raised unless this job
    was applied already."""


class TargetsNotApplied(Refusal):
    """Nothing was changed, and this job never will be (BULK-9)."""

    class Details(Message):
        gone: tuple[AssignmentId, ...] = ()
        """Numbers that left the line since the check, or its feature."""
        refused: tuple[TargetRefused, ...] = ()
        """Targets that the operator's limits allow no more."""

    details: Details


class SettingsBulkApi(SettingsApi, Protocol):
    """Besides, procedures that take many rows at once: the broker lets nobody but the bulk service ask them."""

    def group_in_bulk(self, request: GroupInBulkQuery) -> GroupInBulk: ...
    def check_targets(self, request: CheckTargets) -> TargetsChecked: ...
    def apply_targets(self, request: ApplyTargets) -> Nothing: ...
