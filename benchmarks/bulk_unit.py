"""A large line's unit changed by a file with all its passwords, beside as many bare argon2 verifications on all cores.

The embedded site in a process of its own, worked over HTTP as a browser works it: from sending the file to the page that
tells the result. Beside it, how long a login takes while such a file is being checked, against the same logins with
nobody else there.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from argon2 import PasswordHasher

from benchmarks.administrator_page import wait_until_quiet
from benchmarks.tools.browser import Browser
from benchmarks.tools.measuring import Pace, Processors, Report, pace, resident_mib, row_of, run, together
from benchmarks.tools.people import PASSWORD, hash_setting, log_in, new_key, provision, settle
from benchmarks.tools.site import Site, running_site
from chassis.hashing import HashingConfig
from contracts.auth.units import ChangeUnit, PasswordOfNumber
from contracts.phone import AuthUnit
from services.auth.application import Auth

CORES = len(os.sched_getaffinity(0))
CONTRACT, OTHER_LINE = "0300000000", "0500000000"
WIDE, FEW = 7_000, 60
"""Numbers of the line, and of a trial."""
LOGINS = 200
LOOK_SECONDS = 0.2
PATIENCE = 900
"""Seconds until a job that does not end is no measurement."""
BULK = "/unit/line/bulk"
CHECKING, READY, DONE = "ファイルの内容を確かめています", "まだ何も設定していません", "認証単位を回線単位に変更しました"
_TOKENS = re.compile(r'name="(csrf_token|form_id)" value="([^"]+)"')


class Office:
    """A line under 電話番号単位, all of whose numbers have one password, and its administrator's browser."""

    def __init__(self, site: Site, auth: Auth, size: int) -> None:
        self.site, self._auth = site, auth
        self.numbers = [CONTRACT, *(f"03{place:08}" for place in range(10_000_000, 10_000_000 + size - 1))]
        provision(auth, CONTRACT, self.numbers[1:])
        settle(auth, CONTRACT)
        provision(auth, OTHER_LINE)
        settle(auth, OTHER_LINE)
        log_in(auth, OTHER_LINE)
        self.file = "".join(f"{number},{PASSWORD.reveal()}\r\n" for number in self.numbers).encode()

    def by_number(self) -> None:
        """To 電話番号単位: every number gets the password in use."""
        _, key = log_in(self._auth, CONTRACT)
        own = PasswordOfNumber(number=CONTRACT, attempt_id=uuid4(), password=PASSWORD)
        self._auth.unit_changes.change(
            ChangeUnit(session_key=key, new_session_key=new_key(), to=AuthUnit.NUMBER, passwords=(own,))
        )

    def browser(self) -> Browser:
        """The administrator's, logged in."""
        browser = Browser(self.site.url)
        _, answer = browser.log_in(CONTRACT, PASSWORD.reveal())
        if answer.is_error:
            raise AssertionError(answer.text)
        return browser

    def send(self, browser: Browser) -> str:
        """The address of the file's page."""
        form = dict(_TOKENS.findall(browser.http.get(BULK).text))
        sent = browser.http.post(BULK, data=form, files={"file": ("any.csv", self.file)})
        return str(sent.headers["Location"])

    def change(self) -> Pace:
        """From sending the file to the page that tells of the new unit."""
        with self.browser() as browser:
            began = time.perf_counter()
            page = self.send(browser)
            shown = until(browser, page, READY)
            browser.http.post(f"{page}/confirm", data=dict(_TOKENS.findall(shown)))
            until(browser, page, DONE)
            return Pace(len(self.numbers), len(self.numbers) / (time.perf_counter() - began))


def until(browser: Browser, page: str, words: str) -> str:
    """The page when it says so. Raises AssertionError with what it says instead at last."""
    ends_at = time.perf_counter() + PATIENCE
    while words not in (text := browser.http.get(page).text):
        if "notice--error" in text or time.perf_counter() > ends_at:
            raise AssertionError(text)
        time.sleep(LOOK_SECONDS)
    return text


def bare(config: HashingConfig, seconds: float) -> Pace:
    """Verifications a second on all cores, and nothing else."""
    hasher = PasswordHasher(config.hash_passes, config.hash_memory_kib, config.hash_lanes)
    verifier = hasher.hash("kawa97yama")
    one = lambda long: pace(lambda: hasher.verify(verifier, "kawa97yama"), long)  # noqa: E731  # what a thread does
    return together([one] * CORES, seconds)


def login_times(site: Site, count: int, go_on: Callable[[], bool]) -> list[float]:
    """Milliseconds of logins one after the other on another line, with a pause as people make, as long as `go_on`."""
    times: list[float] = []
    while len(times) < count and go_on():
        with Browser(site.url) as browser:
            taken, answer = browser.log_in(OTHER_LINE, PASSWORD.reveal())
        if answer.is_error or answer.headers.get("Location", "").endswith("/login"):
            raise AssertionError(answer.text)
        times.append(1000 * taken)
        time.sleep(0.02)
    return times


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return round(statistics.quantiles(times, n=20)[-1], 1)


def logins_beside_a_check(office: Office, count: int) -> list[float]:
    """Only those that were begun while the file was being checked count."""
    with office.browser() as browser:
        page = office.send(browser)
        return login_times(office.site, count, lambda: CHECKING in browser.http.get(page).text)


def measure(small: bool) -> Report:
    """The change against the hash bound, and logins beside it."""
    size, seconds, logins = (FEW, 0.2, 10) if small else (WIDE, 5.0, LOGINS)
    report = Report("bulk_unit", "a unit changed by a file with all passwords", "argon2 verifications alone")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder) / "data") as site:
        processors = Processors(site.pid)
        with closing(site.auth()) as auth:
            config = auth.store.config
            report.facts["hash"] = hash_setting(auth)
            office = Office(site, auth, size)
            office.by_number()
            report.facts["until the others had read of it, s"] = wait_until_quiet(processors)
            before, spent = bare(config, seconds), processors.used()
            changed = office.change()
            spent, after = processors.used() - spent, bare(config, seconds)
            mean = Pace(before.done + after.done, (before.per_second + after.per_second) / 2)
            pairs = [((changed, spent), (mean, CORES * 2 * seconds))]
            report.rows.append(row_of(f"{size} numbers, embedded site", "passwords/s", pairs))
            report.facts["times the bound (1.2 is asked)"] = round(1 / report.rows[0].ratio, 2)
            office.by_number()
            wait_until_quiet(processors)
            alone = login_times(site, logins, lambda: True)
            beside = logins_beside_a_check(office, logins)
        report.facts["logins beside a check"] = len(beside)
        report.facts["login p95 ms, alone"] = p95(alone)
        report.facts["login p95 ms, beside a file being checked"] = p95(beside)
        report.facts["times as long (2 is asked)"] = round(p95(beside) / p95(alone), 2)
        report.facts["memory of the site at most, MiB"] = resident_mib(site.pid, "VmHWM")
    return report


if __name__ == "__main__":
    run(measure)
