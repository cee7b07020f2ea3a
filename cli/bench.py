"""`./hikari bench`: every figure beside its bound, from one command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.complaint import REFUSED, USAGE, Complaint

HOME = Path(__file__).resolve().parent.parent
WIDEST_CASE = 44


def benchmarks() -> list[str]:
    """The names of all there are: the modules of `benchmarks/`, each a program of its own."""
    return sorted(path.stem for path in (HOME / "benchmarks").glob("*.py") if not path.stem.startswith("_"))


def run_benchmarks(names: list[str], *, small: bool, as_json: bool) -> int:
    """Run them one after the other, each in a process of its own. Returns 1 when one of them broke."""
    known = benchmarks()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Complaint(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", USAGE)
    broken = [name for name in names or known if not _run(name, small=small, as_json=as_json)]
    if broken:
        print(f"hikari: broke: {', '.join(broken)}", file=sys.stderr)
    return REFUSED if broken else 0


def _run(name: str, *, small: bool, as_json: bool) -> bool:
    print(f"{name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}", "--json", *(["--small"] if small else [])]
    done = subprocess.run(command, cwd=HOME, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    last = (done.stdout.splitlines() or [""])[-1]
    if done.returncode or not last.startswith("{"):
        return False
    print(last if as_json else as_text(json.loads(last)), flush=True)
    return True


def as_text(report: dict[str, Any]) -> str:
    """A report as a table, its facts below."""
    lines = [f"{report['benchmark']}: {report['product']}, beside {report['baseline']}"]
    if report["rows"]:
        lines.append(
            f"  {'':<{WIDEST_CASE}}{'ours':>12}{'baseline':>12}{'ratio':>8}  {'(rounds)':<16}"
            f"{'CPU ms':>8}{'baseline':>10}"
        )
    lines += [
        f"  {row['case'] + ', ' + row['unit']:<{WIDEST_CASE}}{row['product']:>12,.1f}{row['baseline']:>12,.1f}"
        f"{row['ratio']:>8.2f}  {'(' + format(row['least'], '.2f') + ' to ' + format(row['most'], '.2f') + ')':<16}"
        f"{row['product_cpu_ms']:>8.2f}{row['baseline_cpu_ms']:>10.2f}"
        for row in report["rows"]
    ]
    lines += [f"  {name}: {value}" for name, value in report["facts"].items()]
    where = ", ".join(f"{name} {value}" for name, value in report["setting"].items())
    return "\n".join([*lines, f"  ({where})", ""])
