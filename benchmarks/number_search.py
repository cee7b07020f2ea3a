"""Finding numbers on a line of 10,000 with auth's indexes, beside the same without them (PWD-7, LINE-7).

The use case as the service runs it: session, reach, the count of numbers with a feature, the count of what was found, and
its first page. Both stores have the same rows of six such lines.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.tools.measuring import Processors, Report, pace, run, side_by_side
from benchmarks.tools.people import CHEAP, auth_over, log_in, provision, settle
from contracts.auth.reach import NumbersQuery
from contracts.phone import AuthUnit
from deploy.postgres import private_postgres
from services.auth.application import Auth

CONTRACT = "0311110000"
INDEXES = ("numbers_listed", "numbers_with_features")
OTHER_AREAS = range(4, 9)
SEARCHES = {
    "all": "",
    "by a beginning of all": "031111",
    "by a whole number": "0311119999",
    "by beginning and *": "03*55",
    "by * and end": "*9999",
}


def crowded(url: str, numbers: int, *, indexed: bool) -> tuple[Auth, str]:
    """A store with six lines of that size, and the session of the first line's administrator."""
    auth = auth_over(url, **CHEAP)
    provision(auth, CONTRACT, [f"031111{desk:04}" for desk in range(1, numbers)])
    for area in OTHER_AREAS:
        auth.store.execute(
            "INSERT INTO numbers (assignment_id, line_id, number, is_contract, features, generation, removed) "
            "SELECT :area || assignment_id, :area || line_id, '0' || :area || substr(number, 3), is_contract, features, "
            "generation, 0 FROM numbers WHERE number LIKE '031111%'",
            {"area": str(area)},
        )
    settle(auth, CONTRACT, AuthUnit.ADMIN_USER)
    _, key = log_in(auth, CONTRACT)
    if not indexed:
        for index in INDEXES:
            auth.store.execute(f"DROP INDEX {index}", {})
    if url.startswith("postgresql"):
        auth.store.execute("ANALYZE", {})
    return auth, key


def finder(side: tuple[Auth, str], search: str) -> Callable[[], object]:
    """Finds the first page."""
    auth, key = side
    query = NumbersQuery(session_key=key, search=search)
    return lambda: auth.reach.numbers(query)


def quantiles(find: Callable[[], object], times: int) -> list[float]:
    """Milliseconds: median and 95th percentile."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        find()
        taken.append(1000 * (time.perf_counter() - began))
    return [round(statistics.median(taken), 1), round(statistics.quantiles(taken, n=20)[-1], 1)]


def compare(kind: str, urls: tuple[str, str], processors: Processors, report: Report, *, small: bool) -> None:
    """Every search, in turns with the same without indexes."""
    numbers, seconds, rounds, times = (200, 0.02, 1, 10) if small else (10_000, 0.3, 9, 200)
    ours, bare = crowded(urls[0], numbers, indexed=True), crowded(urls[1], numbers, indexed=False)
    for what, search in SEARCHES.items():
        find, scan = finder(ours, search), finder(bare, search)
        report.rows.append(
            side_by_side(
                f"{kind}, {what}",
                "pages/s",
                lambda find=find: pace(find, seconds),  # type: ignore[misc]
                lambda scan=scan: pace(scan, seconds),  # type: ignore[misc]
                rounds,
                processors,
            )
        )
        report.facts[f"{kind}, {what}, ms (median, 95 %)"] = quantiles(find, times)
    for auth, _ in (ours, bare):
        auth.close()


def measure(small: bool) -> Report:
    """Searching numbers with and without indexes."""
    report = Report("number_search", "first page found from the indexes", "the same without them")
    report.facts["may take, ms"] = 100
    with tempfile.TemporaryDirectory() as folder:
        first, second = (f"sqlite:///{Path(folder) / name}.sqlite" for name in ("indexed", "bare"))
        compare("SQLite", (first, second), Processors(), report, small=small)
    with private_postgres() as server:
        urls = (server.create_database("indexed"), server.create_database("bare"))
        compare("PostgreSQL", urls, Processors(servers=[server.pid]), report, small=small)
    return report


if __name__ == "__main__":
    run(measure)
