"""Auth and tempcred with all that crosses between them, over SQLite, without a broker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from chassis.rpc import LocalClient
from contracts.auth.api import AuthApi
from contracts.auth.logins import LoggedIn, LogIn
from contracts.auth.passwords import ChangePassword
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.base import HistoryQuery, Secret
from contracts.phone import Feature
from contracts.tempcred import Entry, StartCall, TempcredApi, Turn
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from services.tempcred.config import TempcredConfig
from services.tempcred.service import Tempcred, TempcredService
from tests.databases import migrate
from tests.services.auth.people import NotInUse

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"


class Site:
    """Auth and tempcred with all that crosses between them, on one clock."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
        self.auth_application = Auth(self._auth_config(folder), NotInUse(), lambda: self.now)
        auth_service = AuthService()
        auth_service.auth = self.auth_application
        self.auth = LocalClient(auth_service, AuthApi)
        settings = TempcredConfig(database_url=f"sqlite:///{folder}/tempcred.sqlite", key=b"k" * 32)
        migrate(Tempcred, settings.database_url)
        self.tempcred_application = Tempcred(settings, self.auth)
        self.tempcred_application.clock = lambda: self.now
        service = TempcredService()
        service.passwords = self.tempcred_application
        self.tempcred = LocalClient(service, TempcredApi)
        self.calls = 0

    def _auth_config(self, folder: Path) -> AuthConfig:
        config = AuthConfig.model_validate(
            {
                "database_url": f"sqlite:///{folder}/auth.sqlite",
                "key": b"k" * 32,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "login_floor_ms": 0,
            }
        )
        migrate(AuthStore, config.database_url)
        return config

    def dial(self, *entries: str, caller: str = CONTRACT) -> Turn:
        self.calls += 1
        call_id = f"call-{self.calls}"
        turn = self.tempcred.start_call(StartCall(call_id=call_id, caller=caller))
        for digits in entries:
            turn = self.tempcred.enter(Entry(call_id=call_id, step=turn.step, digits=Secret(digits)))
        return turn

    def log_in(self, number: str, password: str, token: str = "token") -> LoggedIn:
        return self.auth.log_in(
            LogIn(attempt_id=uuid4(), number=number, password=Secret(password), session_key=key(token))
        )

    def replace(self, present: str, new: str) -> None:
        self.auth.change_password(
            ChangePassword(
                attempt_id=uuid4(),
                session_key=key("token"),
                new_session_key=key("next"),
                present=Secret(present),
                new=Secret(new),
            )
        )

    def published(self) -> list[tuple[str, str | None]]:
        self.tempcred_application.follow()
        page = self.tempcred.history(HistoryQuery())
        return [(event.name.removeprefix("TemporaryPassword"), event.data["cause"]) for event in page.events]


def key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@contextmanager
def example_site(folder: Path) -> Iterator[Site]:
    """With the guide's example line (LINE-8)."""
    site = Site(folder)
    both = frozenset({Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION})
    site.auth.provision_line(
        ProvisionLine(
            contract_number=CONTRACT,
            numbers=(
                ProvisionedNumber(number=CONTRACT, features=frozenset({Feature.CALL_NOTIFICATION})),
                ProvisionedNumber(number=ADDITIONAL, features=both),
            ),
        )
    )
    yield site
    site.tempcred_application.close()
    site.auth_application.close()
