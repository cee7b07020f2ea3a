"""一括転送機能 (FEAT-4): groups of a line's numbers that are forwarded together, each number to a target of its own.

The groups belong to the line. Whoever works on them manages the whole of it (LINE-2, LINE-4): `Reach` is then the contract
number's.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.base import Channel, Message, Refusal, Role
from contracts.phone import AssignmentId
from contracts.settings.call_forwarding import TargetNumber
from contracts.settings.common import Reach, TargetFault

LONGEST_NAME = 40
"""Characters."""


class GroupState(StrEnum):
    """停止中, 開始処理中, 転送中, 一部失敗."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PARTLY_FAILED = "partly_failed"
    """Some numbers are forwarded; those that could not be are named."""


class GroupCause(StrEnum):
    """Why a group was started or stopped."""

    SUBSCRIBER = "subscriber"
    FAULT = "fault"
    RECOVERY = "recovery"


class MemberFault(StrEnum):
    """Why a number cannot be in a group, or is not forwarded with it."""

    NOT_ON_LINE = "not_on_line"
    """No number of this line that has contracted bulk call forwarding, or not any more."""
    NUMBER_TWICE = "number_twice"
    NO_TARGET = "no_target"
    IN_ANOTHER_GROUP = "in_another_group"
    """Forwarded by another group already."""
    # of the target, as for call forwarding
    NOT_A_NUMBER = TargetFault.NOT_A_NUMBER.value
    EMERGENCY = TargetFault.EMERGENCY.value
    SPECIAL = TargetFault.SPECIAL.value
    CHARGED_RANGE = TargetFault.CHARGED_RANGE.value
    PREFIXED = TargetFault.PREFIXED.value
    INTERNATIONAL = TargetFault.INTERNATIONAL.value
    ITSELF = TargetFault.ITSELF.value
    LOOP = TargetFault.LOOP.value


class GroupFault(StrEnum):
    """What is wrong with a group as a whole."""

    NO_NAME = "no_name"
    LONG_NAME = "long_name"
    NAME_TAKEN = "name_taken"
    TOO_MANY_GROUPS = "too_many_groups"
    TOO_MANY_NUMBERS = "too_many_numbers"
    NO_NUMBERS = "no_numbers"
    """It cannot be started with nobody in it."""


class GroupMember(Message):
    """As it was typed: the number may be anything."""

    number: str
    target: TargetNumber


class GroupRules(Message):
    """What the form of a group sets."""

    name: str
    automatic: bool = False
    """Whether it starts by itself on a fault of the line, and stops on its recovery."""
    members: tuple[GroupMember, ...] = ()


# --- asking -------------------------------------------------------------------------------------------------------


class GroupsQuery(Message):
    reach: Reach


class GroupEntry(Message):
    """One line of the list."""

    group_id: UUID
    name: str
    state: GroupState
    automatic: bool
    numbers: int
    forwarding: int
    """How many are forwarded now."""


class GroupLimits(Message):
    groups: int
    numbers: int


class Groups(Message):
    groups: tuple[GroupEntry, ...]
    limits: GroupLimits


class GroupQuery(Message):
    reach: Reach
    group_id: UUID


class MemberView(Message):
    number: str
    target: str
    forwarding: bool
    """Whether it is forwarded by this group now."""
    fault: MemberFault | None = None
    """Why it is not, or would not be, if the group started now."""


class GroupView(GroupEntry):
    """A group with its numbers, in the order in which they were given. Those that left the line are left out."""

    version: int
    members: tuple[MemberView, ...]
    """Without those that rest."""
    resting: tuple[GroupMember, ...] = ()
    """Numbers of the line whose feature was withdrawn: they stay in the group, and are not forwarded by it."""
    cause: GroupCause | None = None
    """Why it is on; none while it is not."""
    since: datetime | None = None
    """When it was last started or stopped."""
    limits: GroupLimits


class GroupChange(Message):
    """One entry of a group's history, with the old and the new value where something was set."""

    place: int
    """Its place in the group's history, by which it is named."""
    at: datetime
    by: str | None
    role: Role
    channel: Channel
    old: GroupRules | None = None
    new: GroupRules | None = None
    started: bool = False
    stopped: bool = False
    cause: GroupCause | None = None
    forwarding: int = 0
    failed: int = 0


class GroupHistory(Message):
    """The newest first, the latest ones."""

    changes: tuple[GroupChange, ...]


# --- ordering -----------------------------------------------------------------------------------------------------


class SetGroup(Message):
    """Set a group; `seen` 0 makes a new one under this id. Raises `GroupRejected`, `GroupIsOn`, `SettingsMovedOn`.

    Numbers that rest in it, their feature withdrawn, stay in it besides: they are no members that a form or a file has.
    """

    reach: Reach
    group_id: UUID
    change_id: UUID
    seen: int
    rules: GroupRules


class RemoveGroup(Message):
    """Raises `GroupIsOn`, `SettingsMovedOn`, `NoSuchGroup`."""

    reach: Reach
    group_id: UUID
    seen: int


class StartGroup(Message):
    """Forward all that can be. Starting what is on does nothing. Raises `SettingsMovedOn`, `GroupRejected`, `NoSuchGroup`."""

    reach: Reach
    group_id: UUID
    order_id: UUID
    seen: int
    """The version that the dry run was shown of."""


class StopGroup(Message):
    """Stopping what is off does nothing. Raises `NoSuchGroup`."""

    reach: Reach
    group_id: UUID
    order_id: UUID


class MemberRefused(Message):
    """What is wrong with one row, from 1."""

    row: int
    fault: MemberFault


class GroupRejected(Refusal):
    """Nothing was changed. Everything that is wrong is named."""

    class Details(Message):
        faults: tuple[GroupFault, ...] = ()
        rows: tuple[MemberRefused, ...] = ()

    details: Details


class GroupIsOn(Refusal):
    """Nothing was changed: stop it first."""


class NoSuchGroup(Refusal):
    """There is none, or not any more."""


class StoredMember(Message):
    """A number as its holder at that time; another holder of it is not meant (LINE-9)."""

    assignment_id: AssignmentId
    number: str
    target: str


class StoredRules(Message):
    """A group's rules as the settings service keeps them."""

    name: str
    automatic: bool = False
    members: tuple[StoredMember, ...] = ()
