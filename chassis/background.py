"""Real threads that stand back for everything else on the machine: for long pure computing (bulk hashing).

A queue of our own lets a login go before the next hash of a large file, and still has it wait for those at work, on
every core. Threads of low priority are interrupted at once: who logs in finds the machine as good as idle.

Only for what lets go of Python's lock while it computes, as argon2 does: a thread that is not given the processor must
not hold what the others need.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from eventlet import event, greenio, greenthread, patcher

from chassis import memory

threading = patcher.original("threading")
queue = patcher.original("queue")
socket = patcher.original("socket")

NICENESS = 10
"""As `nice` counts: beside an ordinary thread one of these has a tenth of a core. With less, a part of a file would not be
done within its deadline on a machine that is busy throughout."""
IDLE_SECONDS = 1.0
"""Then a thread returns the memory of its last work: what a file's hashes took, putting the file in force needs."""


class Background:
    """So many threads of one process with green threads. They are started by the first work."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._asked = queue.SimpleQueue()
        self._done = queue.SimpleQueue()
        self._waking: Any = None

    def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """What the work returns or raises. Other green threads go on meanwhile."""
        if self._waking is None:
            self._start()
        told = event.Event()
        self._asked.put((told, work, args))
        return told.wait()

    def _start(self) -> None:
        woken, self._waking = socket.socketpair()
        self._waking.setblocking(False)
        greenthread.spawn(self._tell, greenio.GreenSocket(woken))
        for _ in range(self._threads):
            threading.Thread(target=self._work, daemon=True).start()

    def _tell(self, woken: Any) -> None:
        """Hand the results to those who wait: only a green thread may wake another."""
        while woken.recv(4096):
            while not self._done.empty():
                told, result, failure = self._done.get()
                if failure is None:
                    told.send(result)
                else:
                    told.send_exception(failure)

    def _work(self) -> None:
        give_way()
        idle: float | None = None
        while True:
            try:
                told, work, args = self._asked.get(timeout=idle)
            except queue.Empty:
                memory.give_back()
                idle = None
                continue
            idle = IDLE_SECONDS
            result, failure = None, None
            try:
                result = work(*args)
            except BaseException as raised:  # noqa: BLE001  # raised again where the work was asked for
                failure = raised
            self._done.put((told, result, failure))
            with suppress(BlockingIOError):  # so many signs of results wait there already
                self._waking.send(b".")


def give_way() -> None:
    """Let the calling thread, and it alone, have a low priority. Where threads have none it stays as it is."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)
