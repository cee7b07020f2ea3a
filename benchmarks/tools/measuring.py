"""Two things measured side by side in one run, and what came of it as text or JSON.

A machine's speed changes from minute to minute, and with who else works on it; what stays is the ratio of two things
measured in turns, and the processor time that each takes. So every figure comes with a baseline, and the ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Pace:
    """So much was done in so many seconds; `per_second` adds up over those who did it side by side."""

    done: int
    per_second: float


Figure = Callable[[], Pace]
"""Measures once."""
Metered = tuple[Pace, float]
"""And the seconds of processor time that it took."""


@dataclass(frozen=True)
class Row:
    """One comparison. Figures are medians over the rounds; a ratio is product to baseline, 1 where they are equal."""

    case: str
    unit: str
    product: float
    baseline: float
    ratio: float
    least: float
    """The lowest ratio of a round; far from `ratio` it tells of an uneasy machine."""
    most: float
    product_cpu_ms: float
    """Processor time for one, in all processes that take part, servers too: others' work hardly changes it."""
    baseline_cpu_ms: float


def setting() -> dict[str, float | str]:
    """Where and when. The load before the run shows whether somebody else was at work."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


@dataclass
class Report:
    """What one benchmark found."""

    benchmark: str
    product: str
    """What is measured, in words."""
    baseline: str
    """And beside what."""
    rows: list[Row] = field(default_factory=list)
    facts: dict[str, float | str | list[float]] = field(default_factory=dict)
    """What has no baseline: sizes, times against a limit, settings of the hash."""
    setting: dict[str, float | str] = field(default_factory=setting)


class Processors:
    """Processor time, in seconds, of this process, of others, and of all that belongs to a server's session."""

    def __init__(self, *pids: int, servers: Iterable[int] = ()) -> None:
        self._pids = set(pids)
        self._sessions = set(servers)

    def used(self) -> float:
        """Up to now."""
        others = Path("/proc").glob("[0-9]*") if self._pids or self._sessions else ()
        return time.process_time() + sum(map(self._of, others))

    def _of(self, process: Path) -> float:
        try:
            fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0  # it ended just now
        if int(process.name) in self._pids or int(fields[3]) in self._sessions:
            return (int(fields[11]) + int(fields[12])) / TICKS
        return 0.0


def side_by_side(
    case: str, unit: str, product: Figure, baseline: Figure, rounds: int, processors: Processors | None = None
) -> Row:
    """Measure both in turns, each first as often as second, after a round that does not count."""
    watched = processors or Processors()
    product(), baseline()
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            bare = _metered(baseline, watched)
            ours = _metered(product, watched)
        else:
            ours = _metered(product, watched)
            bare = _metered(baseline, watched)
        pairs.append((ours, bare))
    return row_of(case, unit, pairs)


def _metered(figure: Figure, processors: Processors) -> Metered:
    before = processors.used()
    done = figure()
    return done, processors.used() - before


def row_of(case: str, unit: str, pairs: list[tuple[Metered, Metered]]) -> Row:
    """The comparison that the rounds amount to. Processor time is taken over all rounds: its clock ticks slowly."""
    ratios = [ours.per_second / bare.per_second for (ours, _), (bare, _) in pairs]
    (product, product_cpu_ms), (baseline, baseline_cpu_ms) = map(_over_all, zip(*pairs, strict=True))
    return Row(
        case,
        unit,
        product=product,
        baseline=baseline,
        ratio=round(statistics.median(ratios), 3),
        least=round(min(ratios), 3),
        most=round(max(ratios), 3),
        product_cpu_ms=product_cpu_ms,
        baseline_cpu_ms=baseline_cpu_ms,
    )


def _over_all(rounds: Sequence[Metered]) -> tuple[float, float]:
    """So many a second in the middle round, and processor milliseconds for one."""
    middle = statistics.median(one.per_second for one, _ in rounds)
    spent = 1000 * sum(seconds for _, seconds in rounds) / sum(one.done for one, _ in rounds)
    return round(middle, 1), round(spent, 3)


def pace(work: Callable[[], object], seconds: float, each: int = 1) -> Pace:
    """How often `work` can be done, one after the other, at least once; each time it does `each`."""
    began = time.perf_counter()
    done, passed = 0, 0.0
    while not done or passed < seconds:
        work()
        done += each
        passed = time.perf_counter() - began
    return Pace(done, done / passed)


def joint(paces: Iterable[Pace]) -> Pace:
    """Of those who worked side by side."""
    several = list(paces)
    return Pace(sum(one.done for one in several), sum(one.per_second for one in several))


def together(works: Sequence[Callable[[float], Pace]], seconds: float) -> Pace:
    """All at once, a thread each."""
    with ThreadPoolExecutor(len(works)) as pool:
        barrier = threading.Barrier(len(works))

        def one(work: Callable[[float], Pace]) -> Pace:
            barrier.wait()
            return work(seconds)

        return joint(pool.map(one, works))


def resident_mib(pid: int | str = "self", what: str = "VmRSS") -> float:
    """Memory of a process, MiB: what it holds now (VmRSS) or held at most (VmHWM). 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    (found,) = [line.split()[1] for line in status.splitlines() if line.startswith(what)] or ["0"]
    return round(int(found) / 1024, 1)


def run(measure: Callable[[bool], Report]) -> None:
    """What every benchmark's `__main__` does: `--small` for a trial in seconds, `--json` for programs."""
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("--small", action="store_true", help="so little that the figures mean nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args()
    report = measure(given.small)
    print(json.dumps(asdict(report)) if given.json else as_text(asdict(report)), flush=True)


def as_text(report: dict[str, object]) -> str:
    """A report as people read it."""
    from cli.bench import as_text as told

    return told(report)
