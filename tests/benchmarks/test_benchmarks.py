"""Every benchmark still runs and reports what its readers look for. How fast anything is, is nothing for a test."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.answer_times import auc
from benchmarks.tools.measuring import Pace, row_of
from cli.bench import HOME, as_text, benchmarks

pytestmark = pytest.mark.system
SERVERS = {
    "logins": [pytest.mark.postgres],
    "append": [pytest.mark.postgres],
    "many_logins": [pytest.mark.postgres],
    "rpc_hop": [pytest.mark.rabbitmq],
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=SERVERS.get(name, [])) for name in benchmarks()])
def test_it_runs_with_little_and_reports_what_it_measured(name: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "cli", "bench", name, "--small", "--json"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (report,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert report["benchmark"] == name
    assert report["rows"] or report["facts"]
    assert report["setting"]["cores"] >= 1
    for row in report["rows"]:
        for figure in ("product", "baseline", "ratio", "least", "most"):
            assert math.isfinite(row[figure]), (row["case"], figure)
            assert row[figure] > 0, (row["case"], figure)
        assert row["least"] <= row["ratio"] <= row["most"]
    assert all(row["case"] in as_text(report) for row in report["rows"])


def test_an_unknown_name_is_answered_with_those_there_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "bench", "speed"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no benchmark speed; there are " in done.stderr
    assert "logins" in done.stderr


def test_the_ratio_is_that_of_the_middle_round_and_not_of_the_middle_figures() -> None:
    rounds = [((Pace(10, 10.0), 1.0), (Pace(20, 20.0), 1.0)) for _ in range(2)]
    uneasy = ((Pace(1, 1.0), 0.1), (Pace(10, 10.0), 0.5))
    row = row_of("case", "things/s", [uneasy, *rounds])
    assert (row.product, row.baseline, row.ratio, row.least, row.most) == (10.0, 20.0, 0.5, 0.1, 0.5)
    assert (row.product_cpu_ms, row.baseline_cpu_ms) == (100.0, 50.0)


def told_apart(some: list[float], others: list[float]) -> Any:
    share, chance = auc(some, others)
    return share, chance < 0.01


def test_times_of_one_kind_are_not_told_apart_and_those_of_two_are() -> None:
    even, odd = [float(n) for n in range(0, 100, 2)], [float(n) for n in range(1, 100, 2)]
    assert told_apart(even, odd) == (0.49, False)
    assert told_apart([n + 30 for n in even], odd) == (0.748, True)
    assert told_apart([n + 200 for n in even], odd) == (1.0, True)
