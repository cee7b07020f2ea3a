"""The administrator's list on a line of 10,000 numbers, over HTTP at the embedded site, beside the top page (LINE-7).

The top page asks no service and is the bound for any page: what the list takes beyond it are two calls of auth (session,
numbers) and fifty rows.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.tools.browser import Browser
from benchmarks.tools.measuring import Processors, Report, pace, run, side_by_side
from benchmarks.tools.people import PASSWORD, hash_setting, provision, settle
from benchmarks.tools.site import running_site
from contracts.phone import AuthUnit

CONTRACT = "0311110000"
PATIENCE = 180
QUIET = 0.1
"""Seconds of processor time in a second, at most, of a site with nothing to do."""
TOP = "/"
LIST = "/password/numbers"
PAGES = {
    "first page": LIST,
    "last page": f"{LIST}?page=200",
    "search by a beginning": f"{LIST}?search=03111101",
    "search with *": f"{LIST}?search=03*55",
}


def opener(browser: Browser, path: str) -> Callable[[], object]:
    """Opens the page; an answer that is not the page itself is no measurement."""

    def get() -> None:
        answer = browser.http.get(path)
        if answer.status_code != 200 or (path != TOP and "row--link" not in answer.text):  # noqa: PLR2004
            raise AssertionError((path, answer.status_code))

    return get


def wait_until_quiet(processors: Processors) -> float:
    """Seconds until the other services have read what provisioning left them to read: in one process all share it."""
    began = time.perf_counter()
    busy = True
    while busy and time.perf_counter() - began < PATIENCE:
        before = processors.used()
        time.sleep(2)
        busy = processors.used() - before > QUIET * 2
    return round(time.perf_counter() - began, 1)


def milliseconds(opens: Callable[[], object], times: int) -> list[float]:
    """Median and 95th percentile."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        opens()
        taken.append(1000 * (time.perf_counter() - began))
    return [round(statistics.median(taken), 1), round(statistics.quantiles(taken, n=20)[-1], 1)]


def measure(small: bool) -> Report:
    """Serving the administrator's list of a large line."""
    numbers, seconds, rounds, times = (200, 0.05, 1, 10) if small else (10_000, 0.5, 9, 100)
    report = Report("administrator_page", "a page of the administrator's list", "the top page")
    report.facts["numbers of the line"] = numbers
    report.facts["may take, ms"] = 300
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder) / "data") as site:
        with closing(site.auth()) as auth:
            report.facts["hash"] = hash_setting(auth)
            provision(auth, CONTRACT, [f"031111{desk:04}" for desk in range(1, numbers)])
            settle(auth, CONTRACT, AuthUnit.ADMIN_USER)
        processors = Processors(site.pid)
        report.facts["until the others had read of it, s"] = wait_until_quiet(processors)
        with Browser(site.url) as browser:
            taken, _ = browser.log_in(CONTRACT, PASSWORD.reveal())
            report.facts["login, ms"] = round(1000 * taken, 1)
            top = opener(browser, TOP)
            for what, path in PAGES.items():
                opens = opener(browser, path)
                report.rows.append(
                    side_by_side(
                        what,
                        "pages/s",
                        lambda opens=opens: pace(opens, seconds),  # type: ignore[misc]
                        lambda: pace(top, seconds),
                        rounds,
                        processors,
                    )
                )
                report.facts[f"{what}, ms (median, 95 %)"] = milliseconds(opens, times)
            report.facts["top page, ms (median, 95 %)"] = milliseconds(top, times)
    return report


if __name__ == "__main__":
    run(measure)
