"""A bounded entrance: so many at work, so many waiting, the rest are told at once that it is busy."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.base import Busy


class Gate:
    """At most `at_work` inside and `waiting` before the door.

    Built of the standard library's locks: in a process with nameko they are green, elsewhere real.
    """

    def __init__(self, at_work: int, waiting: int) -> None:
        self._free = at_work
        self._waiting = waiting
        self._queue: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def entered(self, timeout: float = 4.0) -> Iterator[None]:
        """Wait for a place, at most `timeout` seconds. Raises `Busy` when the queue is full or the time is over."""
        self._enter(timeout)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, timeout: float) -> None:
        with self._lock:
            if self._free > 0 and not self._queue:
                self._free -= 1
                return
            if len(self._queue) >= self._waiting:
                raise Busy(retry_after=1)
            called = threading.Event()
            self._queue.append(called)
        try:
            called.wait(timeout)
        except BaseException:  # killed while waiting: nobody will ever leave a place that is handed to this one
            if not self._give_up(called):
                self._leave()
            raise
        if self._give_up(called):
            raise Busy(retry_after=2)

    def _give_up(self, called: threading.Event) -> bool:
        """Leave the queue; False when it was called already, be it in the very moment in which the time ran out."""
        with self._lock:
            if called.is_set():
                return False
            self._queue.remove(called)
            return True

    def _leave(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1


class Turns:
    """One at a time for each key, `waiting` in line, `in_total` over all keys; others are not held up (LOGIN-6).

    The total keeps a flood over many keys from taking up every worker of the process.

    It only saves work within one process: what makes counting exact is the version check at the save.
    """

    def __init__(self, waiting: int, in_total: int) -> None:
        self._waiting = waiting
        self._in_total = in_total
        self._gates: dict[str, tuple[Gate, int]] = {}
        self._users = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Wait for the key's turn. Raises `Busy`."""
        with self._lock:
            gate, users = self._gates.get(key) or (Gate(1, self._waiting), 0)
            # Only whoever would have to wait is turned away: a key that nobody uses is always open.
            if users and self._users - len(self._gates) >= self._in_total:
                raise Busy(retry_after=1)
            self._gates[key] = (gate, users + 1)
            self._users += 1
        try:
            with gate.entered():
                yield
        finally:
            with self._lock:
                gate, users = self._gates[key]
                self._users -= 1
                if users == 1:
                    del self._gates[key]
                else:
                    self._gates[key] = (gate, users - 1)


def next_beat(began: float, beat: float) -> float:
    """The first whole multiple of `beat` seconds after `began` that is still to come; `began` where there is no beat."""
    return began + beat * math.ceil((time.monotonic() - began) / beat) if beat else began


def hold_until(moment: float) -> None:
    """Wait for a reading of `time.monotonic`, so that an answer's time does not tell what was found."""
    time.sleep(max(0.0, moment - time.monotonic()))
