"""How long auth takes to find numbers on a line of 10,000, with its indexes and without, side by side (PWD-7, LINE-7).

    python -m benchmarks.number_search

The use case as the service runs it: session, reach, the 33-number threshold, the count and the first page. Both sides have
the same 60,000 rows of six lines and are asked in turn, so that whatever else the machine does strikes both alike.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from contracts.auth import (
    ChangePassword,
    LogIn,
    NumbersQuery,
    ProvisionedNumber,
    ProvisionLine,
    SetTemporaryPassword,
)
from contracts.base import Secret
from contracts.phone import AuthUnit, Feature
from deploy.postgres import PostgresFailed, PostgresMissing, private_postgres
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.store import AuthStore

CONTRACT = "0311110000"
NUMBERS = 10_000
OTHER_LINES = 5
SEARCHES = ("", "031111", "0311119999", "03*55", "*9999")
ROUNDS = 100


class Side:
    """One database with the line in it, and its administrator's session."""

    def __init__(self, database_url: str, *, indexed: bool) -> None:
        config = AuthConfig.model_validate(
            {"database_url": database_url, "key": os.urandom(32), "pepper": secrets.token_hex(16), "login_floor_ms": 0}
        )
        AuthStore.migrate(database_url)
        self.auth = Auth(config)
        self._fill()
        self.session_key = self._log_in()
        if not indexed:
            for index in ("numbers_listed", "numbers_with_features"):
                self.auth.store.execute(f"DROP INDEX {index}", {})
        if database_url.startswith("postgresql"):
            self.auth.store.execute("ANALYZE", {})

    def _fill(self) -> None:
        """One line by the way that lines come; the rows of the others are its own with other numbers."""
        has = frozenset({Feature.CALL_NOTIFICATION})
        numbers = tuple(ProvisionedNumber(number=f"031111{desk:04}", features=has) for desk in range(NUMBERS))
        self.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=numbers))
        for area in range(4, 4 + OTHER_LINES):
            self.auth.store.execute(
                "INSERT INTO numbers (assignment_id, line_id, number, is_contract, features, generation, removed) "
                "SELECT :area || assignment_id, :area || line_id, '0' || :area || substr(number, 3), is_contract, "
                "features, generation, 0 FROM numbers WHERE number LIKE '031111%'",
                {"area": str(area)},
            )

    def _log_in(self) -> str:
        temporary, password = Secret("20264869"), Secret("umi97sora")
        first, then = secrets.token_hex(32), secrets.token_hex(32)
        self.auth.telephone.set_temporary(
            SetTemporaryPassword(
                temporary_id=uuid4(), caller=CONTRACT, number=CONTRACT, unit=AuthUnit.ADMIN_USER, password=temporary
            )
        )
        self.auth.logins.log_in(LogIn(attempt_id=uuid4(), number=CONTRACT, password=temporary, session_key=first))
        self.auth.password_changes.change(
            ChangePassword(attempt_id=uuid4(), session_key=first, new_session_key=then, present=temporary, new=password)
        )
        return then

    def find(self, search: str) -> float:
        """Milliseconds until the first page is there."""
        query = NumbersQuery(session_key=self.session_key, search=search)
        begun = time.perf_counter()
        self.auth.reach.numbers(query)
        return (time.perf_counter() - begun) * 1000


def compare(name: str, new_database: Callable[[str], str]) -> None:
    """Print a row for each search: median and 95th percentile with indexes, median without, and the ratio."""
    sides = [Side(new_database(kind), indexed=kind == "indexed") for kind in ("indexed", "bare")]
    for search in SEARCHES:
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for side, times in zip(sides, taken, strict=True):
                times.append(side.find(search))
        indexed, bare = (statistics.median(times) for times in taken)
        slowest = statistics.quantiles(taken[0], n=20)[-1]
        label = search or "(all)"
        print(f"{name:<10} {label:<12} {indexed:8.1f} {slowest:8.1f} {bare:10.1f} {bare / indexed:8.1f}")
    for side in sides:
        side.auth.close()


def main() -> None:
    """On SQLite, and on PostgreSQL where it is installed."""
    print(f"{NUMBERS} numbers of {NUMBERS * (OTHER_LINES + 1)}, {ROUNDS} rounds, {os.cpu_count()} cores; times in ms")
    print(f"{'database':<10} {'search':<12} {'indexed':>8} {'95 %':>8} {'unindexed':>10} {'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        compare("SQLite", lambda kind: f"sqlite:///{Path(folder) / kind}.sqlite")
    try:
        with private_postgres() as server:
            compare("PostgreSQL", server.create_database)
    except (PostgresMissing, PostgresFailed) as reason:
        print(f"PostgreSQL: left out ({reason})")


if __name__ == "__main__":
    main()
