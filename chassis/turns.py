"""Turns for others in between, where there is much to compute: green threads give way only when they wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

EVERY = 200
"""Items: some milliseconds of sealing, opening or encoding."""


def in_turns(items: Iterable[T]) -> Iterator[T]:
    """The items, with a turn for others after each two hundred; few of them are worked on in one go."""
    for place, one in enumerate(items):
        if place and place % EVERY == 0:
            time.sleep(0)
        yield one


class InTurns(list[T]):
    """A list that is gone through in turns, by whoever does it."""

    def __iter__(self) -> Iterator[T]:
        return in_turns(super().__iter__())
