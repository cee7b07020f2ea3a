"""The share of the hashing that bulk work may have of one instance (BULK-9, LOGIN-6).

Whatever a job asks for, at the hash pool it is never more than one beyond the cores, and that at a low priority:
nobody at a login waits for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from chassis.abreast import abreast
from chassis.gate import Gate
from contracts.base import Busy

T = TypeVar("T")
R = TypeVar("R")

PARTS_AT_ONCE = 4
"""Parts of jobs that one instance works on; asked for more, it says that it is busy, and another instance is asked."""
PATIENCE = 60.0
"""Seconds that a password of such a part waits for those of the others."""


class BulkHashing:
    """One object a process."""

    def __init__(self) -> None:
        self._at_once = len(os.sched_getaffinity(0)) + 1
        self._hands = Gate(self._at_once, PARTS_AT_ONCE * self._at_once)
        self._parts = 0

    @contextmanager
    def part(self) -> Iterator[None]:
        """Raises `Busy` where this instance has enough to do."""
        if self._parts >= PARTS_AT_ONCE:
            raise Busy(retry_after=1)
        self._parts += 1
        try:
            yield
        finally:
            self._parts -= 1

    def each(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The results in the order of the items. Raises `Busy` where logins leave no room."""

        def in_turn(item: T) -> R:
            with self._hands.entered(timeout=PATIENCE):
                return work(item)

        return abreast(in_turn, items, self._at_once)
