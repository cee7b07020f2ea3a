"""The otp application over either database, with a clock to move, a real mail server, and hashes that cost little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.otp.application import Otp
from services.otp.config import OtpConfig
from services.otp.store import OtpStore
from tests.databases import migrate
from tests.services.otp.mail_server import Postbox
from tests.services.otp.people import Person


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
def postbox() -> Iterator[Postbox]:
    """A mail server that is up."""
    server = Postbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_otp(store_url: str, clock: MovableClock, postbox: Postbox) -> Iterator[Callable[..., Otp]]:
    """Makes further applications over the same database, as another process would."""
    made: list[Otp] = []

    def make(**settings: object) -> Otp:
        config = OtpConfig.model_validate(
            {
                "database_url": store_url,
                "key": b"k" * 32,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "hash_waiting": 200,
                "base_url": "https://settings.example",
                "smtp_url": postbox.url,
                "mail_from": "noreply@hikari.example",
                "mail_seconds": 2,
                **settings,
            }
        )
        migrate(OtpStore, store_url)
        otp = Otp(config, clock)
        made.append(otp)
        return otp

    yield make
    for otp in made:
        otp.close()


@pytest.fixture
def otp(new_otp: Callable[..., Otp]) -> Otp:
    return new_otp()


@pytest.fixture
def person(otp: Otp, postbox: Postbox) -> Person:
    """Somebody who has just given the right password, for the first time."""
    return Person(otp, postbox)
