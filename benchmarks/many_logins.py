"""Logging in at a number that was logged in at 10,000 times, beside a number that is new: what snapshots are for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing

from benchmarks.tools.measuring import Pace, Processors, Report, Row, pace, run, side_by_side
from benchmarks.tools.people import CHEAP, auth_over, hash_setting, log_in_fully, provision, settle, sqlite_in
from deploy.postgres import private_postgres
from services.auth.application import Auth

OLD = "0300000001"
LOGINS = 5
"""At a time: few enough for a new number to stay new."""


def compare(kind: str, url: str, before: int, rounds: int, processors: Processors) -> list[Row]:
    """With hashes for nothing, where a slow load would show at once, and as they are."""
    with closing(auth_over(url, **CHEAP)) as cheap, closing(auth_over(url)) as dear:
        provision(cheap, OLD)
        settle(cheap, OLD)
        for _ in range(before):
            log_in_fully(cheap, OLD)
        return [
            _compare(f"{kind}, hashes for nothing", cheap, rounds, processors),
            _compare(f"{kind}, hashes as they are", dear, rounds, processors),
        ]


def _compare(case: str, auth: Auth, rounds: int, processors: Processors) -> Row:
    log_in_fully(auth, OLD)  # takes over the hash parameters
    new = _new_numbers(auth, rounds + 1)
    return side_by_side(
        case, "logins/s", lambda: _logins(auth, OLD), lambda: _logins(auth, next(new)), rounds, processors
    )


def _new_numbers(auth: Auth, count: int) -> Iterator[str]:
    """Made before anything is measured. Their first digits tell the two runs over one store apart."""
    start = auth.store.config.hash_memory_kib
    numbers = [f"04{start:05}{place:03}" for place in range(count)]
    for number in numbers:
        provision(auth, number)
        settle(auth, number)
    return iter(numbers)


def _logins(auth: Auth, number: str) -> Pace:
    left = iter(range(LOGINS))

    def all_of_them() -> None:
        for _ in left:
            log_in_fully(auth, number)

    return pace(all_of_them, 0.0, each=LOGINS)


def measure(small: bool) -> Report:
    """A number with a long history against a new one."""
    before, rounds = (60, 1) if small else (10_000, 41)
    report = Report("many_logins", f"logins at a number with {before:,} logins", "logins at a new number")
    with tempfile.TemporaryDirectory() as folder:
        report.rows += compare("SQLite", sqlite_in(folder), before, rounds, Processors())
        with closing(auth_over(sqlite_in(folder))) as auth:
            report.facts["hash"] = hash_setting(auth)
    with private_postgres(durable=True) as server:
        url = server.create_database("many_logins")
        report.rows += compare("PostgreSQL", url, before, rounds, Processors(servers=[server.pid]))
    return report


if __name__ == "__main__":
    run(measure)
