"""100,000 numbers from one CSV file through the command line to a running site, beside bare inserts of the same rows.

Two shapes of file, because a line is the unit of work: lines of one number, and of 10,000 (LINE-7). Limits:
ten minutes, and memory that does not grow with the file.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.tools.measuring import Pace, Processors, Report, resident_mib, row_of, run
from benchmarks.tools.site import HOME, Site, running_site
from contracts.phone import Feature

LIMIT_SECONDS = 600
FEATURES = [code.value for code in Feature]
TABLES = ("lines", "numbers", "subject_keys")


def write_file(path: Path, first: int, count: int, line_of: int) -> None:
    """A CSV of `count` numbers from `first` on, the first of every `line_of` being the contract number."""
    with path.open("w", encoding="utf-8") as file:
        file.write("contract_number,number,features\n")
        for place in range(count):
            contract = first + place - place % line_of
            file.write(f"0{contract},0{first + place},{' '.join(FEATURES[: 1 + place % len(FEATURES)])}\n")


def provision(site: Site, path: Path) -> tuple[float, float, str]:
    """Seconds, the command line's greatest memory in MiB, and its summary."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "provision", str(path)],
        cwd=HOME,
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    # Not the children's ru_maxrss: it counts what this process held when the child was forked from it.
    with watched(process.pid, "VmHWM") as memory:
        told = process.stdout.read()
    process.wait()
    if process.returncode:
        raise RuntimeError(told)
    return time.perf_counter() - began, max(memory), told


@contextmanager
def watched(pid: int, what: str = "VmRSS") -> Iterator[list[float]]:
    """The process's memory in MiB, ten times a second."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            seen.append(resident_mib(pid, what))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        seen.append(resident_mib(pid, what))


def bare_inserts(store: Path, after: dict[str, int], line_of: int, target: Path) -> tuple[Pace, float]:
    """The rows that came since `after` once more, into an empty database of the same shape, a commit a line."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(target)) as bare:
        bare.executescript("PRAGMA journal_mode = WAL")
        batches: dict[str, list[tuple[object, ...]]] = {}
        for table in (events_table(source), *TABLES):
            for (shape,) in source.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL AND type <> 'trigger'", (table,)
            ):
                bare.execute(shape)
            batches[table] = source.execute(f"SELECT * FROM {table} WHERE rowid > ?", (after[table],)).fetchall()
        lines = len(batches["lines"])
        before, began = time.process_time(), time.perf_counter()
        for place in range(lines):
            for table, rows in batches.items():
                share = rows[place * len(rows) // lines : (place + 1) * len(rows) // lines]
                places = ", ".join("?" * len(share[0]))
                bare.executemany(f"INSERT INTO {table} VALUES ({places})", share)
            bare.commit()
        seconds = time.perf_counter() - began
        return Pace(lines * line_of, lines * line_of / seconds), time.process_time() - before


def events_table(store: sqlite3.Connection) -> str:
    """The one that is appended to."""
    (found,) = store.execute("SELECT tbl_name FROM sqlite_master WHERE name LIKE '%keeps_updates_out'").fetchone()
    return str(found)


def last_rows(store: Path) -> dict[str, int]:
    """How far each table is filled."""
    with closing(sqlite3.connect(store)) as source:
        tables = (events_table(source), *TABLES)
        return {
            table: int(source.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]) for table in tables
        }


def seconds_until_audited(site: Site) -> float:
    """How long until the audit trail has what auth has recorded."""
    began = time.perf_counter()
    with closing(sqlite3.connect(site.store("auth"))) as auth, closing(sqlite3.connect(site.store("audit"))) as audit:
        (recorded,) = auth.execute(f"SELECT max(rowid) FROM {events_table(auth)}").fetchone()
        while True:
            (reached,) = audit.execute("SELECT coalesce(max(source_position), 0) FROM entries").fetchone()
            if reached >= recorded:
                return time.perf_counter() - began
            time.sleep(0.1)


def measure(small: bool) -> Report:
    """One large file, two shapes of lines."""
    count = 400 if small else 100_000
    report = Report("provisioning", f"{count:,} numbers by one CSV file", "bare inserts of the same rows")
    for place, line_of in enumerate((1, min(10_000, count))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lines.csv"
            write_file(path, 311000000 + place * 1000000, count, line_of)
            with running_site(Path(folder) / "data") as site:
                what = f"lines of {line_of:,}"
                before, at_rest = last_rows(site.store("auth")), resident_mib(site.pid)
                processors = Processors(servers=[site.pid])
                used = processors.used() + children_time()
                with watched(site.pid) as memory:
                    seconds, cli_memory, told = provision(site, path)
                ours = Pace(count, count / seconds), processors.used() + children_time() - used
                if f"{count} added" not in told:
                    raise RuntimeError(told)
                audited = seconds_until_audited(site)
                bare = bare_inserts(site.store("auth"), before, line_of, Path(folder) / "bare.sqlite")
                report.rows.append(row_of(what, "numbers/s", [(ours, bare)]))
                quarter = max(1, len(memory) // 4)
                report.facts |= {
                    f"{what}: seconds (limit {LIMIT_SECONDS})": round(seconds, 1),
                    f"{what}: seconds more until the audit trail had all": round(audited, 1),
                    f"{what}: MiB of the command line at most": cli_memory,
                    f"{what}: MiB of the site at rest, at most in the first and the last quarter": [
                        at_rest,
                        max(memory[:quarter]),
                        max(memory[-quarter:]),
                    ],
                }
    return report


def children_time() -> float:
    """Processor seconds of children that have ended: the command line."""
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    run(measure)
