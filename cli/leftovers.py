"""Finding what tests left running: on Linux, orphans are handed to us instead of to the system's first process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 3.0
"""How long what is stopping already may take; a browser's helpers end a moment after it."""


def adopt_orphans() -> None:
    """From now on, whatever is started below this process and loses its parent becomes our child."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_leftovers() -> list[str]:
    """End what still runs below this process, and tell its command lines."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := _children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    told = [_command_line(pid) for pid in left]
    while children := _children():
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return told


def _children() -> list[int]:
    """Our living children; the dead ones are taken off the list on the way."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listed.exists():
        return []
    living = []
    for pid in map(int, listed.read_text(encoding="ascii").split()):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue
        if not ended:
            living.append(pid)
    return living


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        return f"{pid} {words.decode(errors='replace').strip()[:200]}"
    return str(pid)
