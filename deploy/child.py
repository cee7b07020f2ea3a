"""What private servers and supervised processes have in common: a parent whose end they notice, and an end."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def told_of_parents_death(how: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: on Linux the child gets this signal when the *thread* that started it ends, however it ends."""

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(how))

    return ask


def end(process: subprocess.Popen[bytes], how: signal.Signals, patience: float) -> int:
    """Send the signal and wait for the end; after `patience` seconds SIGKILL. Returns the exit status."""
    process.send_signal(how)
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
