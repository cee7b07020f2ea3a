"""Which groups of 一括転送機能 some numbers of a line are in, for whoever chooses numbers for one (FEAT-4)."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Message
from contracts.phone import PhoneNumber
from contracts.settings.common import Reach


class GroupsOfNumbersQuery(Message):
    reach: Reach
    numbers: tuple[PhoneNumber, ...]
    """As many as one page shows."""


class NumberInGroup(Message):
    number: str
    target: str
    group_id: UUID
    name: str
    """The group's."""


class NumbersInGroups(Message):
    """A number in two groups is there twice, one in none is not; groups in order of name."""

    entries: tuple[NumberInGroup, ...]
