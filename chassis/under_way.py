"""Work that one instance has begun and not ended yet, so that whoever asks for it again does not begin it a second time."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from contracts.base import Busy


class UnderWay:
    """One object a process and kind of work. An answer that comes late is asked for again, while the first is still at it:
    four at ten thousand numbers took four times the memory, and each four times as long.
    """

    def __init__(self) -> None:
        self._begun: set[Hashable] = set()
        self._lock = threading.Lock()

    @contextmanager
    def once(self, work: Hashable) -> Iterator[None]:
        """Raises `Busy` where it is under way here already."""
        with self._lock:
            if work in self._begun:
                raise Busy(retry_after=1)
            self._begun.add(work)
        try:
            yield
        finally:
            self._begun.discard(work)
