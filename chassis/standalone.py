"""A caller that is no service: seeding, tests, tools."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from nameko.containers import ServiceContainer

from chassis.rpc import Client

A = TypeVar("A")

_numbers = itertools.count(1)


@contextmanager
def asking(amqp_url: str, service: str, api: type[A], timeout: float = 5.0) -> Iterator[A]:
    """The service's procedures, within the block. Only in a process with green threads."""
    asker = type("Asker", (), {"name": f"asker-{next(_numbers)}", "remote": Client(service, api, timeout)})
    container = ServiceContainer(asker, {"AMQP_URI": amqp_url, "HIKARI": {}})
    container.start()
    try:
        (client,) = container.dependencies
        yield client.remote
    finally:
        container.stop()
