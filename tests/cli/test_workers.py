"""A run on several workers: what shares a site or a server stays on one of them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.scheduling import group_of, turn_of

HOME = Path(__file__).resolve().parents[2]
MODULES = ("tests/deploy/test_data_folder.py", "tests/deploy/test_plan.py")


def test_the_tests_of_a_module_that_shares_a_server_run_on_one_worker():
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-n", "2", "-v", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *MODULES], cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    workers = defaultdict(set)
    for worker, module in re.findall(r"^\[(gw\d)\].* PASSED ([^:]+)::", done.stdout, re.MULTILINE):
        workers[module].add(worker)
    assert {module: len(its) for module, its in workers.items()} == dict.fromkeys(MODULES, 1)


def test_those_that_kill_servers_come_first_and_stay_together():
    chaos, distributed = "tests/system/test_chaos.py::test_a", "tests/system/test_distributed.py::test_b"
    assert group_of(chaos) == group_of(distributed)
    assert turn_of(chaos) < turn_of("tests/system/test_fax.py::test_c") < turn_of("tests/chassis/test_gate.py::test_d")


def test_any_other_test_goes_to_whoever_is_free():
    assert len({group_of(f"tests/chassis/test_gate.py::test_{name}") for name in "ab"}) == 2
