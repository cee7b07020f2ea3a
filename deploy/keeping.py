"""Keeps programs running: whatever ends without having been told to is started again, soon at first, then slower."""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.child import end, told_of_parents_death

log = logging.getLogger(__name__)

LOOK = 0.05
"""Seconds between two looks whether it still runs."""
SOON = 0.2
LATE = 5.0
"""Seconds before the next start: doubled with every end in a row, up to this."""
STEADY = 20.0
"""Whoever ran for so many seconds is not failing in a row."""
STOP_SECONDS = 15.0


class Program(Protocol):
    """What can be kept running. `start` returns when it serves, or raises."""

    @property
    def is_running(self) -> bool: ...
    @property
    def pid(self) -> int: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Process:
    """One of our own processes. It serves some time after it was started; readiness is asked for elsewhere."""

    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    """Where it runs. No `.env` lies there."""
    errors: Path
    """Where its standard error goes: what it says before it can write a log."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """0 before the first start."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        with self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for us; we stop them in order
                preexec_fn=told_of_parents_death(signal.SIGTERM),  # noqa: PLW1509 - one prctl
            )

    def stop(self) -> None:
        if self._process is not None and self.is_running:
            end(self._process, signal.SIGTERM, STOP_SECONDS)


class Keeper(threading.Thread):
    """Starts one program, and again whenever it ends, until it is told to stop; then it stops the program.

    All of that in a thread of its own, which a child must have for a parent (see `told_of_parents_death`).
    """

    def __init__(self, name: str, program: Program) -> None:
        super().__init__(name=name, daemon=True)
        self.program = program
        self.restarts = 0
        self.since = time.time()
        self._pid = 0
        self._stopping = threading.Event()
        self._tried = threading.Event()
        self._trouble: Exception | None = None

    def run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            began = time.monotonic()
            self._run_once()
            if self._stopping.is_set():
                break
            pause = SOON if time.monotonic() - began > STEADY else min(LATE, 2 * pause or SOON)
            self.restarts += 1
            log.warning("%s ended, started again in %.1f s", self.name, pause)
        self.program.stop()

    def _run_once(self) -> None:
        self.since = time.time()
        try:
            self.program.start()
            self._pid = self.program.pid
            self._trouble = None
        except Exception as trouble:  # noqa: BLE001  # it is tried again; whoever waits for the first start is told
            self._trouble = trouble
            log.warning("%s: %s", self.name, trouble)
        self._tried.set()
        while self.program.is_running and not self._stopping.wait(LOOK):
            pass

    def first_start(self) -> None:
        """Wait for it. Raises what it raised."""
        self._tried.wait()
        if self._trouble is not None:
            raise self._trouble

    @property
    def pid(self) -> int:
        """0 while it is not running."""
        return self._pid if self.program.is_running else 0

    @property
    def state(self) -> str:
        """In a word."""
        if self.program.is_running:
            return "running"
        return "stopped" if self._stopping.is_set() else "starting"

    def ask_to_stop(self) -> None:
        """Returns at once; `join` waits for the end."""
        self._stopping.set()


def stop_in_order(*groups: Sequence[Keeper]) -> None:
    """One group after the other, those of a group together."""
    for group in groups:
        for keeper in group:
            keeper.ask_to_stop()
        for keeper in group:
            if keeper.is_alive():
                keeper.join()
