"""What glibc keeps of a thread's memory after the thread has let go of it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

M_TRIM_THRESHOLD = -1
"""`mallopt(3)`: from how much free memory at the top on a thread's share of it goes back to the system."""
KEPT = 64 << 20
"""Bytes. More than a hash takes, so that the next one need not have the memory mapped anew, which costs half as much again."""
NOTHING = 1 << 16
SMALL = 1 << 18
"""Bytes. Letting go of so much has glibc look at the top of the thread's share."""


def _glibc() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return None
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    return libc


_LIBC = _glibc()


def give_back() -> None:
    """Return what the calling thread's share has free at its top. Elsewhere than with glibc nothing is kept, or nothing done.

    `malloc_trim(3)` does so for the main thread's share only.
    """
    if _LIBC is None:
        return
    _LIBC.mallopt(M_TRIM_THRESHOLD, NOTHING)
    _LIBC.free(_LIBC.malloc(SMALL))
    _LIBC.mallopt(M_TRIM_THRESHOLD, KEPT)
