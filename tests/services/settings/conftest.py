"""The settings application over either database, behind a real auth, with a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.store import AuthStore
from services.settings.application import Settings
from services.settings.config import SettingsConfig
from services.settings.store import SettingsStore
from tests.databases import migrate
from tests.services.auth.people import NotInUse
from tests.services.otp.mail_server import Postbox
from tests.services.settings.people import Office


class MovableClock:
    """Stands still until it is moved. Begins on a Wednesday, at 18:00 in Japan."""

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
def auth(tmp_path: Path, clock: MovableClock) -> Iterator[Auth]:
    """Whose history is followed; over SQLite whatever the settings are over."""
    config = AuthConfig.model_validate(
        {
            "database_url": f"sqlite:///{tmp_path}/auth.sqlite",
            "key": b"a" * 32,
            "pepper": "p" * 32,
            "hash_memory_kib": 8,
            "hash_passes": 1,
        }
    )
    migrate(AuthStore, config.database_url)
    auth = Auth(config, NotInUse(), clock)
    yield auth
    auth.close()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server that is up."""
    server = Postbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_settings(store_url: str, clock: MovableClock, postbox: Postbox) -> Iterator[Callable[..., Settings]]:
    """Makes further applications over the same database, as another process would."""
    made: list[Settings] = []

    def make(**given: object) -> Settings:
        config = SettingsConfig.model_validate(
            {
                "database_url": store_url,
                "key": b"k" * 32,
                "base_url": "https://settings.example",
                "smtp_url": postbox.url,
                "mail_seconds": 2,
                **given,
            }
        )
        migrate(SettingsStore, store_url)
        settings = Settings(config, clock)
        made.append(settings)
        return settings

    yield make
    for settings in made:
        settings.close()


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def office(auth: Auth, settings: Settings) -> Office:
    """The guide's example line, with every feature on the contract number."""
    office = Office(auth, settings)
    office.provision()
    return office
