"""How often one may guess before one has to wait (LOGIN-10). The count that locks a password is auth's (LOGIN-6)."""

from __future__ import annotations

import hashlib
import hmac
import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from chassis.connections import party_of
from chassis.counting import SharedCounters
from gateway.config import GatewayConfig

BUCKETS = 1 << 16
"""Counters there are at most. Addresses share them by a keyed digest, so no flood of addresses can fill the memory."""


WRONG_TOKENS = "20/minute"
"""Wrong bearer tokens that an address may send."""


class TooManyAttempts(Exception):
    """The address has to wait `retry_after` seconds. Nothing was asked of any service."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"wait {retry_after} s")


class Throttle:
    """Counts guesses by address, loosely, and by address and number, strictly. Count before the service is asked."""

    def __init__(self, config: GatewayConfig) -> None:
        self._by_address, self._by_number = config.throttle()
        self._key = config.subkey("throttle")
        self._counters: Storage = SharedCounters(config.counters_url) if config.counters_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._counters)

    def check(self) -> None:
        """Raises `Unavailable` when nothing can be counted, and so nobody can log in."""
        self._counters.check()

    def count(self, address: str, number: str) -> None:
        """Note one guess. Raises `TooManyAttempts` when it is one too many, `Unavailable` when it cannot be counted."""
        party = party_of(address)
        self._hit(self._by_address, "address", party)
        self._hit(self._by_number, "number", f"{party} {number}")

    def _hit(self, limit: RateLimitItem | None, kind: str, who: str) -> None:
        if limit is None:
            return
        bucket = _bucket(self._key, who)
        if not self._limiter.hit(limit, kind, bucket):
            raise TooManyAttempts(_seconds_left(self._limiter, limit, kind, bucket))


class WrongTokens:
    """Counts wrong bearer tokens by address, each gateway for itself: machines work on while the counters are away."""

    def __init__(self, key: bytes) -> None:
        self._limit = parse(WRONG_TOKENS)
        self._key = key
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Raises `TooManyAttempts` where there were too many already."""
        bucket = _bucket(self._key, party_of(address))
        if not self._limiter.test(self._limit, "token", bucket):
            raise TooManyAttempts(_seconds_left(self._limiter, self._limit, "token", bucket))

    def count(self, address: str) -> None:
        """Note a wrong one."""
        self._limiter.hit(self._limit, "token", _bucket(self._key, party_of(address)))


def _bucket(key: bytes, who: str) -> str:
    digest = hmac.new(key, who.encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:8], "big") % BUCKETS)


def _seconds_left(limiter: FixedWindowRateLimiter, limit: RateLimitItem, kind: str, bucket: str) -> int:
    return max(1, math.ceil(limiter.get_window_stats(limit, kind, bucket).reset_time - time.time()))


def waiting_time(seconds: int) -> str:
    """A waiting time as people say it, rounded up: 40秒, 2分."""
    return f"{seconds}秒" if seconds < 60 else f"{math.ceil(seconds / 60)}分"  # noqa: PLR2004  seconds in a minute
