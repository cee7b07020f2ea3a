"""The auth application over either database, with a clock to move and hashes that cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.store import AuthStore
from tests.databases import migrate
from tests.services.auth.people import NotInUse, OfficeLine


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def new_auth(store_url: str, clock: MovableClock) -> Iterator[Callable[..., Auth]]:
    """Makes further applications over the same database, as another process would."""
    made: list[Auth] = []

    def make(**settings: object) -> Auth:
        config = AuthConfig.model_validate(
            {
                "database_url": store_url,
                "key": b"k" * 32,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "hash_waiting": 200,
                "login_floor_ms": 0,
                **settings,
            }
        )
        migrate(AuthStore, store_url)
        auth = Auth(config, NotInUse(), clock)
        made.append(auth)
        return auth

    yield make
    for auth in made:
        auth.close()


@pytest.fixture
def auth(new_auth: Callable[..., Auth]) -> Auth:
    return new_auth()


@pytest.fixture
def office(auth: Auth) -> OfficeLine:
    """The guide's example line (LINE-8), provisioned, with nobody having a password yet."""
    office = OfficeLine(auth)
    office.provision()
    return office
