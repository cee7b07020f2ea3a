"""The real auth, two sources of history, and an audit over either database that can be started anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from chassis.follower import History
from chassis.rpc import LocalClient
from contracts.audit import AuditApi, AuditEntry, AuditQuery
from contracts.auth.api import AuthApi
from contracts.base import HistoryPage, HistoryQuery, Unavailable
from services.audit.application import Audit
from services.audit.config import AuditConfig
from services.audit.service import AuditService
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from tests.databases import migrate
from tests.services.auth.people import NotInUse, OfficeLine


def nothing_yet(query: HistoryQuery) -> HistoryPage:
    """The history of a service in which nothing happened."""
    return HistoryPage(events=(), until=query.after)


def away(query: HistoryQuery) -> HistoryPage:
    """A service that does not answer."""
    raise Unavailable("tempcred")


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[Auth]:
    """Over SQLite always: it is audit's store that these tests vary."""
    url = f"sqlite:///{tmp_path / 'auth.sqlite'}"
    migrate(AuthStore, url)
    auth = Auth(
        AuthConfig.model_validate(
            {
                "database_url": url,
                "key": b"k" * 32,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "login_floor_ms": 0,
            }
        ),
        NotInUse(),
    )
    yield auth
    auth.close()


@pytest.fixture
def auth_api(auth: Auth) -> AuthApi:
    """Auth as its callers see it, wire text and all."""
    service = AuthService()
    service.auth = auth
    return LocalClient(service, AuthApi)


@pytest.fixture
def office(auth: Auth) -> OfficeLine:
    """The guide's example line (LINE-8), provisioned."""
    office = OfficeLine(auth)
    office.provision()
    return office


@pytest.fixture
def new_audit(store_url: str, auth_api: AuthApi) -> Iterator[Callable[..., Audit]]:
    """Makes audits over one database, as other processes, or the same one after a kill, would."""
    made: list[Audit] = []

    def make(histories: Mapping[str, History] | None = None) -> Audit:
        migrate(Audit, store_url)
        config = AuditConfig(database_url=store_url, key=b"a" * 32)
        audit = Audit(config, {"auth": auth_api.history, "tempcred": nothing_yet, **(histories or {})})
        made.append(audit)
        return audit

    yield make
    for audit in made:
        audit.close()


class Operator:
    """Asks audit as the gateway does."""

    def __init__(self, audit: Audit) -> None:
        service = AuditService()
        service.audit = audit
        self.api = LocalClient(service, AuditApi)

    def finds(self, **conditions: object) -> list[AuditEntry]:
        return list(self.api.entries(AuditQuery.model_validate({"limit": 1000, **conditions})).entries)

    def kinds(self, **conditions: object) -> list[str]:
        return [entry.kind for entry in self.finds(**conditions)]


@pytest.fixture
def audit(new_audit: Callable[..., Audit]) -> Audit:
    return new_audit()


@pytest.fixture
def operator(audit: Audit) -> Operator:
    return Operator(audit)
