"""Who gives way when places are short."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from chassis.connections import Place, Places, party_of


class Door:
    """Lets people in over real sockets, at moments that a test can tell apart."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.now = 0.0

    def let_in(self, places: Places, address: str) -> Place | None:
        mine, theirs = socket.socketpair()
        theirs.settimeout(0.01)
        self.sockets += [mine, theirs]
        return places.take(mine, address)

    def is_shut(self, place: Place) -> bool:
        theirs = self.sockets[self.sockets.index(place.connection) + 1]  # type: ignore[arg-type]
        try:
            return theirs.recv(1) == b""
        except TimeoutError:
            return False


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    made = Door()

    def now() -> float:
        made.now += 1
        return made.now

    monkeypatch.setattr(time, "monotonic", now)
    yield made
    for one in made.sockets:
        one.close()


def test_the_party_with_most_silent_connections_gives_way_first(door: Door) -> None:
    places = Places(4)
    lonely = door.let_in(places, "192.0.2.1")
    crowd = [door.let_in(places, "192.0.2.2") for _ in range(3)]
    assert door.let_in(places, "192.0.2.3")
    assert lonely
    assert not door.is_shut(lonely)
    assert [door.is_shut(one) for one in crowd if one] == [True, False, False]


def test_of_a_party_the_one_that_kept_us_waiting_longest_gives_way(door: Door) -> None:
    places = Places(9, each=2)
    first, second = door.let_in(places, "192.0.2.1"), door.let_in(places, "192.0.2.1")
    assert first
    assert second
    first.works()
    first.waits()  # it has just been answered
    assert door.let_in(places, "192.0.2.1")
    assert (door.is_shut(first), door.is_shut(second)) == (False, True)


def test_nobody_gives_way_while_all_are_at_work(door: Door) -> None:
    places = Places(9, each=1)
    working = door.let_in(places, "192.0.2.1")
    assert working
    working.works()
    assert door.let_in(places, "192.0.2.1") is None
    assert door.let_in(places, "192.0.2.2")
    places.leave(working)
    places.leave(working)
    assert door.let_in(places, "192.0.2.1")
    assert len(places.all()) == 2


def test_a_proxy_that_speaks_for_many_may_have_more_than_one_client(door: Door) -> None:
    places = Places(9, each=1, privileged=lambda address: address == "10.0.0.1")
    proxied = [door.let_in(places, "10.0.0.1") for _ in range(3)]
    assert not [one for one in proxied if one is None or door.is_shut(one)]


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "nonsense"),
    ],
)
def test_one_household_is_one_party(address: str, party: str) -> None:
    assert party_of(address) == party
