"""`./hikari test`: style, types and tests, from a clean checkout and with nothing left running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from cli.complaint import REFUSED, Complaint
from cli.leftovers import adopt_orphans, end_leftovers
from cli.system_packages import ensure_system_packages

HOME = Path(__file__).resolve().parent.parent
STATIC = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy --strict": ["mypy", "--strict", "--no-error-summary", "."],
}
NOTHING_COLLECTED = 5
MOST_WORKERS = 4
"""Of a whole run. Each has servers of its own, and more would only wait for the one that drives the whole product."""


def run_checks(pytest_arguments: list[str], *, soak: bool, fast: bool) -> int:
    """Returns 0 if all is well. pytest comes last, so that its summary ends the output of a good run."""
    if soak and fast:
        raise Complaint("--soak and --fast contradict each other")
    ensure_system_packages(browser=not fast)
    adopt_orphans()
    failed = [name for name, command in STATIC.items() if not _passes(name, command)]
    chosen = ["--soak"] if soak else []
    if fast:
        chosen += ["-m", "not browser and not system and not soak"]
    if not pytest_arguments:
        chosen += ["--numprocesses", str(min(os.cpu_count() or 1, MOST_WORKERS))]
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", *chosen, *pytest_arguments]
    code = subprocess.run(command, cwd=HOME, check=False, env=_for_tests()).returncode
    if code:
        failed.append("pytest found no tests" if code == NOTHING_COLLECTED else "pytest")
    for left in end_leftovers():
        failed.append("leaving nothing running")
        print(f"still running after the tests, ended now: {left}", file=sys.stderr)
    if failed:
        print(f"FAILED: {', '.join(dict.fromkeys(failed))}", file=sys.stderr, flush=True)
    return REFUSED if failed else 0


def _for_tests() -> dict[str, str]:
    """Some images forbid to keep what was compiled; each of the many processes of tests would compile it all again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _passes(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=HOME,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    print(f"{name:<14} {'ok' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)", flush=True)
    if not passed:
        print(done.stdout.rstrip(), flush=True)
    return passed
