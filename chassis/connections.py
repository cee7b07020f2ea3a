"""Who holds how many connections at a time, so that no client keeps the others out, and none the whole process.

What is scarce are descriptors: when the last is taken nothing works any more, neither database nor log. So there are
fewer places than descriptors, and whoever keeps us waiting makes room for whoever comes.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Protocol

from pydantic import BeforeValidator, Field

from chassis.config import Config
from chassis.telemetry import log

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())


class ConnectionsConfig(Config):
    """What an operator can set for a server of HTTP."""

    connections: int = Field(default=1000, ge=10)
    """Open at a time. Never more than half of what the system lets the process open (`ulimit -n`)."""
    connections_per_address: int = Field(default=100, ge=1)
    """Of one client address, of IPv6 one /64. A trusted proxy, which speaks for many, may have all."""
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = ()
    """Networks whose X-Forwarded-For and traceparent are believed; nobody else's."""


def raise_descriptor_limit() -> int:
    """Let this process open as much as the system allows; returns how much that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS names a hard limit that it does not grant
        return soft
    return hard


def places_within(wanted: int) -> int:
    """As many connections as wanted, or half of the descriptors that the process may have."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed // 2 >= wanted:
        return wanted
    log.warning("fewer connections than configured: too few descriptors", connections=allowed // 2, limit=allowed)
    return max(1, allowed // 2)


def parsed_address(text: str) -> Address | None:
    """The address; an IPv4 one that is written as IPv6 as what it is. None where it is none."""
    try:
        address = ip_address(text.strip().strip("[]").split("%", maxsplit=1)[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean the machine itself."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def party_of(address: str) -> str:
    """Who counts as one: the address itself; of IPv6 the /64, which is one household with more addresses than memory."""
    parsed = parsed_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/64", strict=False))
    return address if parsed is None else str(parsed)


class Connection(Protocol):
    """What a place needs of a socket."""

    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...


BOTH_WAYS = 2
"""`SHUT_RDWR`: whoever reads from the socket finds its end."""


@dataclass(eq=False)
class Place:
    """One connection's. It waits for its client (for a request, its head or its body) or is at work on an answer."""

    connection: Connection
    party: str
    waiting_since: float | None

    def works(self) -> None:
        """The request is complete: its answer is not cut off for anybody."""
        self.waiting_since = None

    def waits(self) -> None:
        """The answer is out."""
        self.waiting_since = time.monotonic()


class Places:
    """At most `most` in all, and `each` for a party unless it is `privileged`.

    Where there is none left the connection goes that has kept us waiting longest, of the party that keeps most of them
    waiting: a client that opens many and sends nothing, or byte after byte, makes room before anybody else does.
    """

    def __init__(self, most: int, each: int | None = None, privileged: Callable[[str], bool] = lambda _: False) -> None:
        self._most = most
        self._each = each or most
        self._privileged = privileged
        self._held: dict[str, set[Place]] = {}
        self._count = 0

    def take(self, connection: Connection, address: str) -> Place | None:
        """A place; None where there is none, since all are at work."""
        party = party_of(address)
        is_many = len(self._held.get(party, ())) >= self._each and not self._privileged(address)
        if is_many and not self._make_room(party):
            return None
        if self._count >= self._most and not self._make_room(self._greediest()):
            return None
        place = Place(connection, party, time.monotonic())
        self._held.setdefault(party, set()).add(place)
        self._count += 1
        return place

    def leave(self, place: Place) -> None:
        """It is free again; once more does no harm."""
        held = self._held.get(place.party, set())
        if place not in held:
            return
        held.remove(place)
        self._count -= 1
        if not held:
            del self._held[place.party]

    def all(self) -> list[Place]:
        """Those that are taken."""
        return [place for held in self._held.values() for place in held]

    def _greediest(self) -> str | None:
        waiting = Counter(place.party for place in self.all() if place.waiting_since is not None)
        return waiting.most_common(1)[0][0] if waiting else None

    def _make_room(self, party: str | None) -> bool:
        waiting = [place for place in self._held.get(party or "", ()) if place.waiting_since is not None]
        if not waiting:
            return False
        longest = min(waiting, key=lambda place: place.waiting_since or 0.0)
        self.leave(longest)
        try:
            longest.connection.shutdown(BOTH_WAYS)
        except OSError:
            longest.connection.close()  # its client has gone already
        return True
