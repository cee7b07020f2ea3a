"""Fields in which one thing or several are chosen from a few; whatever is none of them was not chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import Field


class OneOf(Field):
    """Radio buttons. `options` are labels by value."""

    data: str | None

    def __init__(
        self, label: str, validators: list[Any] | None = None, *, options: Mapping[str, str], **more: Any
    ) -> None:
        super().__init__(label, validators, **more)
        self.options = options

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The first that came; none where it is no option."""
        self.data = next((value for value in valuelist[:1] if value in self.options), None)

    def holds(self, value: str) -> bool:
        """Whether this is the chosen one."""
        return value == self.data


class SomeOf(Field):
    """Boxes to tick. `options` are labels by value."""

    data: list[str]

    def __init__(
        self, label: str, validators: list[Any] | None = None, *, options: Mapping[str, str], **more: Any
    ) -> None:
        super().__init__(label, validators, **more)
        self.options = options

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Those that came, in the order of the options."""
        given = set(valuelist)
        self.data = [value for value in self.options if value in given]

    def holds(self, value: str) -> bool:
        """Whether this is among the chosen ones."""
        return value in (self.data or ())
