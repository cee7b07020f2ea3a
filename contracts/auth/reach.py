"""What a login may work on (LINE-2..4, MENU-3, PWD-7)."""

from __future__ import annotations

from contracts.base import Message, Refusal
from contracts.phone import AssignmentId, Feature, NumberSearch


class NotInReach(Refusal):
    """The login may not work on this number (LINE-2..4)."""


class FeaturesQuery(Message):
    """The contracted features within the login's reach (MENU-3)."""

    session_key: str


class FeatureInReach(Message):
    feature: Feature
    numbers: int
    """How many numbers within reach have contracted it."""


class FeaturesInReach(Message):
    features: tuple[FeatureInReach, ...]


class NumbersQuery(Message):
    """Numbers within the login's reach, in order of number, the contract number first; one page."""

    session_key: str
    feature: Feature | None = None
    """Only numbers that have contracted this feature."""
    search: NumberSearch = ""
    """Only numbers that begin like this. Small lines have no search, and it is ignored there (PWD-7)."""
    assignment_id: AssignmentId | None = None
    """Only the number that an earlier answer gave this reference, if it is still the same holder's (LINE-9)."""
    page: int = 1
    per_page: int = 50


class NumberInReach(Message):
    assignment_id: AssignmentId
    """Stands for the number where the number itself should not be read, as in addresses of pages."""
    number: str
    is_contract_number: bool
    features: tuple[Feature, ...]


class NumbersInReach(Message):
    numbers: tuple[NumberInReach, ...]
    total: int
    page: int
    pages: int
    large_line: bool = False
    """Whether the line has so many numbers with a feature that they are searched and set in bulk (PWD-7, UNIT-8)."""
