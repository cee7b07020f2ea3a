"""What glibc keeps in a thread's arena after the thread has freed it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

M_TRIM_THRESHOLD = -1
"""`mallopt(3)`: with more bytes free at its top an arena returns them to the system."""
KEPT = 64 << 20
"""Bytes. More than a hash takes, so that the next one need not have the memory mapped anew, which costs half as much again."""
NEXT_TO_NOTHING = 1 << 16
SMALL = 1 << 18
"""Bytes. When so much is freed glibc looks at the arena's top."""


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
    """Return to the system what the calling thread's arena has free at its top; with another C library, do nothing.

    `malloc_trim(3)` looks at the top of the main arena only.
    """
    if _LIBC is None:
        return
    _LIBC.mallopt(M_TRIM_THRESHOLD, NEXT_TO_NOTHING)
    _LIBC.free(_LIBC.malloc(SMALL))
    _LIBC.mallopt(M_TRIM_THRESHOLD, KEPT)
