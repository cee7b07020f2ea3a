"""Passwords to verifiers and back to yes or no: argon2id under a pepper, on as many threads as there are cores.

A verifier is `<pepper id>$argon2id$…`. The pepper (HIKARI_PEPPER) is not in the database: an 8-digit temporary password
has 27 bits, and whoever steals the table alone can try none of them.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field, field_validator

from chassis.config import Config
from chassis.gate import Gate
from contracts.base import Secret

R = TypeVar("R")

PEPPER_CHARACTERS = 32


class Priority(Enum):
    """Each has as many hashes at work as there are cores. Bulk work gets what logins leave of the processors."""

    LOGIN = "login"
    BULK = "bulk"


class HashingConfig(Config):
    """Cost of one hash. The defaults are OWASP's for argon2id: 19 MiB, two passes, one lane; about 20 ms a core."""

    hash_memory_kib: int = Field(default=19 * 1024, ge=8)
    hash_passes: int = Field(default=2, ge=1)
    hash_lanes: int = Field(default=1, ge=1, le=1)
    """argon2 wants 8 KiB for each lane; one lane is all that a thread of the pool makes use of."""
    hash_waiting: int = Field(default=16, ge=0)
    """How many may wait for a thread, at logins and in bulk work each, before the next is told that it is busy."""
    pepper: str
    """Random text of 32 characters or more; after a comma the former ones, which still verify (rotation)."""

    @field_validator("pepper")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if any(len(one.strip()) < PEPPER_CHARACTERS for one in value.split(",")):
            raise ValueError(f"each pepper needs {PEPPER_CHARACTERS} characters or more")
        return value


class Hashing:
    """Hashes and verifies on all cores, logins before bulk work."""

    def __init__(self, config: HashingConfig, cores: int | None = None) -> None:
        self._hasher = PasswordHasher(
            time_cost=config.hash_passes, memory_cost=config.hash_memory_kib, parallelism=config.hash_lanes
        )
        peppers = [one.strip().encode() for one in config.pepper.split(",")]
        self._peppers = {hashlib.sha256(b"id" + one).hexdigest()[:8]: one for one in peppers}
        self._current = next(iter(self._peppers))
        threads = cores or len(os.sched_getaffinity(0))
        self._gates = {priority: Gate(threads, config.hash_waiting) for priority in Priority}
        self._runs = _runners(threads)
        self._dummy = self._hash(os.urandom(16).hex())

    def hash(self, password: Secret, priority: Priority = Priority.LOGIN) -> str:
        """A new verifier. Raises `Busy`."""
        with self._gates[priority].entered():
            return str(self._runs[priority](self._hash, password.reveal()))

    def verify(self, verifier: str | None, password: Secret, priority: Priority = Priority.LOGIN) -> bool:
        """Does the password belong to the verifier? Without a verifier as slow, and no (LOGIN-3). Raises `Busy`."""
        with self._gates[priority].entered():
            matches = bool(self._runs[priority](self._verify, verifier or self._dummy, password.reveal()))
        return matches and verifier is not None

    def is_outdated(self, verifier: str) -> bool:
        """Made with other parameters or a former pepper: to be made anew when the password is next known."""
        pepper, encoded = verifier.split("$", 1)
        return pepper != self._current or self._hasher.check_needs_rehash("$" + encoded)

    def _hash(self, password: str) -> str:
        return self._current + self._hasher.hash(self._peppered(self._current, password))

    def _verify(self, verifier: str, password: str) -> bool:
        pepper, encoded = verifier.split("$", 1)
        # A verifier of a pepper that was dropped matches nothing, after the same time.
        known = pepper if pepper in self._peppers else self._current
        try:
            return self._hasher.verify("$" + encoded, self._peppered(known, password)) and known == pepper
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, pepper: str, password: str) -> bytes:
        return hmac.new(self._peppers[pepper], password.encode(), hashlib.sha256).digest()


def _runners(threads: int) -> dict[Priority, Callable[..., Any]]:
    """argon2 lets go of Python's lock but would hold up eventlet's loop: with eventlet it runs on real threads."""
    if "eventlet" not in sys.modules:
        return dict.fromkeys(Priority, _at_once)
    from eventlet import patcher, tpool  # only where it is at work already

    if not patcher.is_monkey_patched("thread"):
        return dict.fromkeys(Priority, _at_once)
    tpool.set_num_threads(threads)
    return {Priority.LOGIN: tpool.execute, Priority.BULK: _background(threads).run}


@functools.cache
def _background(threads: int) -> Any:
    """One for the whole process, as eventlet's: each thread that has hashed keeps the memory of a hash."""
    from chassis.background import Background

    return Background(threads)


def _at_once(work: Callable[..., R], *args: Any) -> R:
    return work(*args)
