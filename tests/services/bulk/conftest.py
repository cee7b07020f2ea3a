"""Bulk before the real auth, both over either database, with hashes that cost next to nothing."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.bulk.office import Office


@pytest.fixture
def new_office(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Makes offices, each on databases of its own."""
    made: list[Office] = []
    others: list[str] = []
    count = itertools.count()

    def another_url() -> str:
        if store_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path / f'other{next(count)}.sqlite'}"
        others.append(f"other_{secrets.token_hex(6)}")
        url: str = request.getfixturevalue("postgres_server").create_database(others[-1])
        return url

    def make(**settings: Any) -> Office:
        office = Office(store_url if not made else another_url(), another_url(), **settings)
        made.append(office)
        return office

    yield make
    for office in made:
        office.close()
    for name in others:
        request.getfixturevalue("postgres_server").drop_database(name)


@pytest.fixture
def office(new_office: Callable[..., Office]) -> Office:
    """A line of 33 numbers whose administrator is logged in."""
    return new_office()
