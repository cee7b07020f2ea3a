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
