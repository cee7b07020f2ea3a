"""Where the request that is being worked on came from (AUDIT-1).

The RPC layer sets it for the worker, the gateway for the browser's request; the store stamps it on what is recorded.
A context variable, because threading it through every signature would bury the use cases.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from contracts.base import Channel, Origin

_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def new_correlation_id() -> str:
    """32 hexadecimal digits, usable as a W3C trace id."""
    return secrets.token_hex(16)


def current_origin() -> Origin:
    """The origin of the work at hand; the system itself where nobody asked from outside."""
    return _current.get() or Origin(channel=Channel.SYSTEM, correlation_id=new_correlation_id())


def current_correlation_id() -> str | None:
    """The correlation id of the work at hand; None where nobody began any."""
    origin = _current.get()
    return origin.correlation_id if origin else None


@contextmanager
def acting(origin: Origin) -> Iterator[Origin]:
    """Within this block everything recorded is stamped with `origin`."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)
