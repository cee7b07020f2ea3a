"""LOGIN-3 by the clock: whether the time of a refused login tells what was wrong with it.

Over HTTP, at the embedded site, in random order: a number that nobody has, a wrong password, a locked number, a number
that may not log in. Alone and in a crowd; as a control also without the floor that a refusal is held back to. Two kinds
that cannot be told apart have an AUC of 0.5: whoever sees one answer of each guesses no better than by a coin.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from benchmarks.tools.browser import Browser
from benchmarks.tools.measuring import Report, run
from benchmarks.tools.people import hash_setting, log_in, provision, settle
from benchmarks.tools.site import Site, running_site
from contracts.auth.logins import InvalidCredentials
from contracts.base import Secret
from services.auth.application import Auth
from services.auth.credential import PASSWORD_MISMATCHES

KINDS = ("unknown", "wrong", "locked", "not_allowed")
GUESSES_AT_ONE = PASSWORD_MISMATCHES - 2
"""At a number with a password: one more and one more again would lock it."""
WRONG = "nokori93kazu"

Times = dict[str, list[float]]


def people(auth: Auth, count: int) -> dict[str, list[str]]:
    """So many numbers of each kind."""
    numbers = {kind: [f"03{place}{count:07}" for count in range(count)] for place, kind in enumerate(KINDS, start=1)}
    for number in numbers["wrong"] + numbers["locked"]:
        provision(auth, number)
        settle(auth, number)
    for number in numbers["locked"]:
        for _ in range(PASSWORD_MISMATCHES):
            _guess(auth, number)
    for number in numbers["not_allowed"]:
        contract = "04" + number[2:]
        provision(auth, contract, [number])
        settle(auth, contract)  # for the whole line, so that the additional number has no login
    return numbers


def _guess(auth: Auth, number: str) -> None:
    try:
        log_in(auth, number, Secret(WRONG))
    except InvalidCredentials:
        return
    raise AssertionError(number)


def guesses(numbers: dict[str, list[str]], each: int) -> list[tuple[str, str]]:
    """(kind, number) in random order, so that whatever else the machine does meets all kinds alike."""
    planned = [(kind, number) for kind in KINDS for number in itertools.islice(itertools.cycle(numbers[kind]), each)]
    random.shuffle(planned)
    return planned


def answered(site: Site, planned: list[tuple[str, str]], crowd: int) -> Times:
    """Milliseconds by kind, `crowd` people guessing side by side."""
    times: Times = {kind: [] for kind in KINDS}

    def person(share: list[tuple[str, str]]) -> Iterator[tuple[str, float]]:
        with Browser(site.url) as browser:
            for kind, number in share:
                seconds, answer = browser.log_in(number, WRONG)
                if answer.status_code == 503:  # noqa: PLR2004 - busy, for all kinds alike
                    continue
                if answer.headers.get("location", "").rpartition("/")[2] != "login":
                    raise AssertionError((kind, answer.status_code, answer.headers))
                yield kind, seconds * 1000

    with ThreadPoolExecutor(crowd) as pool:
        for share in pool.map(lambda place: list(person(planned[place::crowd])), range(crowd)):
            for kind, milliseconds in share:
                times[kind].append(milliseconds)
    return times


def auc(some: list[float], others: list[float]) -> tuple[float, float]:
    """How often one of `some` took longer than one of `others`, and the chance of being as far from ½ by accident.

    Mann and Whitney's test in its normal approximation.
    """
    ranked = sorted([(value, 0) for value in some] + [(value, 1) for value in others])
    rank_sum = sum(rank for rank, (_, which) in enumerate(ranked, start=1) if which == 0)
    pairs = len(some) * len(others)
    share = (rank_sum - len(some) * (len(some) + 1) / 2) / pairs
    error = math.sqrt((len(some) + len(others) + 1) / (12 * pairs))
    return round(share, 3), round(math.erfc(abs(share - 0.5) / error / math.sqrt(2)), 4)


def tell(report: Report, what: str, times: Times) -> None:
    """Medians, spread, and every kind beside the wrong password."""
    for kind in KINDS:
        quarters = statistics.quantiles(times[kind], n=20)
        report.facts[f"{what}: {kind}, ms (median, 5 %, 95 %)"] = [
            round(one, 1) for one in (statistics.median(times[kind]), quarters[0], quarters[-1])
        ]
    for kind in KINDS:
        if kind != "wrong":
            report.facts[f"{what}: {kind} beside wrong (AUC, p)"] = list(auc(times[kind], times["wrong"]))


def measure(small: bool) -> Report:
    """Whether the time of a refusal tells its reason."""
    each, crowd = (4, 2) if small else (200, 12)
    report = Report("answer_times", "refused logins by their reason", "refusals of a wrong password")
    for what, floor in (("with the floor", None), ("without", "0")):
        with tempfile.TemporaryDirectory() as folder:
            settings = {} if floor is None else {"login_floor_ms": floor}
            with running_site(Path(folder) / "data", **settings) as site:
                with closing(site.auth()) as auth:
                    numbers = people(auth, math.ceil(2 * each / GUESSES_AT_ONE))
                    report.facts["hash"] = hash_setting(auth)
                    if floor is None:
                        report.facts["floor, ms"] = type(auth.store.config).model_fields["login_floor_ms"].default
                tell(report, f"alone, {what}", answered(site, guesses(numbers, each), 1))
                tell(report, f"in a crowd of {crowd}, {what}", answered(site, guesses(numbers, each), crowd))
    return report


if __name__ == "__main__":
    run(measure)
