"""Auth's use cases over one store: what the nameko service, the tests and the benchmarks all call."""

from __future__ import annotations

from chassis.clock import Clock, utc_now
from chassis.publishing import history_page
from contracts.base import HistoryPage, HistoryQuery
from services.auth.bulk_hashing import BulkHashing
from services.auth.bulk_line import BulkLines
from services.auth.bulk_passwords import BulkPasswords
from services.auth.bulk_units import BulkUnits
from services.auth.config import AuthConfig
from services.auth.login_steps import LoginSteps
from services.auth.logins import Logins
from services.auth.password_changes import PasswordChanges
from services.auth.provisioning import Provisioning
from services.auth.publishing import Publishing
from services.auth.reach import Reach
from services.auth.refusals import Refusals
from services.auth.second_factor import SecondFactor
from services.auth.sessions import Sessions
from services.auth.store import AuthStore
from services.auth.telephone import Telephone
from services.auth.unit_changes import UnitChanges


class Auth:
    """One object a process. Close it at the end."""

    def __init__(self, config: AuthConfig, second_factor: SecondFactor, clock: Clock = utc_now) -> None:
        self.store = AuthStore(config, clock)
        self.sessions = Sessions(self.store)
        self.refusals = Refusals(self.store)
        self.login_steps = LoginSteps(self.store, self.sessions, second_factor)
        self.logins = Logins(self.store, self.sessions, self.login_steps, self.refusals)
        self.password_changes = PasswordChanges(self.store, self.sessions, self.logins, self.login_steps)
        self.unit_changes = UnitChanges(self.store, self.sessions, self.logins, self.refusals)
        self.provisioning = Provisioning(self.store, self.sessions)
        self.telephone = Telephone(self.store, self.sessions)
        self.reach = Reach(self.store, self.sessions)
        hashing = BulkHashing()
        self.bulk_lines = BulkLines(self.store, self.sessions)
        self.bulk_passwords = BulkPasswords(self.store, self.sessions, hashing)
        self.bulk_units = BulkUnits(self.store, self.sessions, self.logins, self.refusals, hashing)
        self._publishing = Publishing(self.store)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return history_page(self.store, query, self._publishing.publish)

    def sweep(self) -> bool:
        """Record what happened by the passing of time; true when there is more to record."""
        return any([self.sessions.sweep(), self.refusals.sweep()])

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.store.check()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
