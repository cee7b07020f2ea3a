"""Auth's use cases over one store: what the nameko service, the tests and the benchmarks all call."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.clock import Clock, utc_now
from chassis.config import load
from chassis.publishing import history_page
from contracts.base import HistoryPage, HistoryQuery
from services.auth.bulk_hashing import BulkHashing
from services.auth.bulk_passwords import BulkPasswords
from services.auth.config import AuthConfig
from services.auth.logins import Logins
from services.auth.password_changes import PasswordChanges
from services.auth.provisioning import Provisioning
from services.auth.publishing import Publishing
from services.auth.reach import Reach
from services.auth.refusals import Refusals
from services.auth.sessions import Sessions
from services.auth.store import AuthStore
from services.auth.telephone import Telephone
from services.auth.unit_changes import UnitChanges


class Auth:
    """One object a process. Close it at the end."""

    def __init__(self, config: AuthConfig, clock: Clock = utc_now) -> None:
        self.store = AuthStore(config, clock)
        self.sessions = Sessions(self.store)
        self.refusals = Refusals(self.store)
        self.logins = Logins(self.store, self.sessions, self.refusals)
        self.password_changes = PasswordChanges(self.store, self.sessions, self.logins)
        self.unit_changes = UnitChanges(self.store, self.sessions, self.logins, self.refusals)
        self.provisioning = Provisioning(self.store, self.sessions)
        self.telephone = Telephone(self.store, self.sessions)
        self.reach = Reach(self.store, self.sessions)
        self.bulk_passwords = BulkPasswords(self.store, self.sessions, BulkHashing())
        self._publishing = Publishing(self.store)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Auth:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(AuthConfig, env)
        AuthStore.migrate(config.database_url)
        return cls(config)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return history_page(self.store, query, self._publishing.publish)

    def sweep(self) -> bool:
        """Record what happened by the passing of time; true when there is more to record."""
        return any([self.sessions.sweep(), self.refusals.sweep()])

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
