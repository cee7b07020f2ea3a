"""Bulk before the real auth, both over either database, with hashes that cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.services.bulk.office import Office


@pytest.fixture
def new_office(new_store_url: Callable[[], str]) -> Iterator[Callable[..., Office]]:
    """Makes offices, each on databases of its own."""
    made: list[Office] = []

    def make(**settings: Any) -> Office:
        office = Office(new_store_url(), new_store_url(), **settings)
        made.append(office)
        return office

    yield make
    for office in made:
        office.close()


@pytest.fixture
def office(new_office: Callable[..., Office]) -> Office:
    """A line of 33 numbers whose administrator is logged in."""
    return new_office()


@pytest.fixture
def new_large_office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str, int], Office]]:
    """Makes one over a store of either kind, of so many numbers."""
    made: list[Office] = []
    names: list[str] = []

    def url(store: str, name: str) -> str:
        if store == "sqlite":
            return f"sqlite:///{tmp_path / name}.sqlite"
        names.append(f"large_{secrets.token_hex(6)}")
        url: str = request.getfixturevalue("postgres_server").create_database(names[-1])
        return url

    def make(store: str, size: int) -> Office:
        made.append(Office(url(store, "auth"), url(store, "bulk"), size=size))
        return made[-1]

    yield make
    for office in made:
        office.close()
    for name in names:
        request.getfixturevalue("postgres_server").drop_database(name)
