"""The memory of every process while full files of each kind go through the site, in either mode, beside its limit.

A full file has 10,000 rows (BULK-8, LINE-7); one of a group of 一括転送機能 has 200. For each kind: one that is faulty in every row, with its pages of faults and
their list as a file; one that is faultless, with the pages of what it will set; its work and its result; and the
downloads to start from, the workbook too. Hashes are the product's, and people log in at every stage, because a thread keeps
the memory of its last hash: those of the logins' threads and those of bulk work are held at once. In a trial they cost next
to nothing.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from benchmarks.tools.measuring import Report, resident_mib, run
from chassis.hashing import HashingConfig
from tests.system.bulk_office import KINDS, Kind, Office
from tests.system.distributed import Browser, Distributed
from tests.system.site import Site

LIMIT_MIB = 300
FULL, FEW = 10_000, 40
PATIENCE = 3600
LOOK_SECONDS = 2
CONTRACT, STRANGER = "0322000000", "0399999999"
LOGINS = 8
OURS = re.compile(r"(auth|tempcred|otp|settings|bulk|audit|gateway)-")


class Memory:
    """What each process held at most since it was last asked."""

    def __init__(self, processes: Callable[[], dict[str, int]]) -> None:
        self._processes = processes

    def begin(self) -> None:
        for pid in self._processes().values():
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew (proc(5))

    def peaks(self) -> dict[str, float]:
        """MiB of each, the largest first."""
        held = {name: resident_mib(pid, "VmHWM") for name, pid in self._processes().items()}
        return dict(sorted(held.items(), key=lambda one: -one[1]))


def go_through(office: Office, kind: Kind, place: int) -> None:
    """Everything that one may do with a file, while people log in."""
    logins(office)
    good = kind.file(office, place)
    for form in ("csv", "cp932", "xlsx"):
        opens(office, f"{kind.page}/download/{form}")
    faulty = re.sub(rb"(?m)^(\d+),", rb"\1,,,,,,,", good)
    path = office.upload(kind.page, faulty)
    comes_to(office, path, "rejected")
    opens(office, f"{path}/faults.csv")
    path = office.upload(kind.page, good)
    logins(office)
    comes_to(office, path, "ready")
    last = -(-len(office.numbers) // 100)
    for page in (1, last // 2, last):
        opens(office, f"{path}?page={page}")
    office.confirm(path)
    logins(office)
    comes_to(office, path, "completed")
    opens(office, f"{path}?page={last}")
    if not kind.holds(office, done=True):
        raise AssertionError(kind.name)


def logins(office: Office) -> None:
    """As many at once as there are threads for their hashes, and more. A number that nobody has costs a hash, too."""

    def log_in(_: int) -> None:
        Browser().log_in(office.at, STRANGER, "kawa97yama")

    with ThreadPoolExecutor(LOGINS) as people:
        list(people.map(log_in, range(LOGINS)))


def opens(office: Office, path: str) -> None:
    """Whatever is there; asked again while the site is too busy to answer."""
    ends = time.monotonic() + PATIENCE
    while (status := office.answers(path)) != HTTPStatus.OK:
        assert status in {0, HTTPStatus.SERVICE_UNAVAILABLE}, status
        assert time.monotonic() < ends, path
        time.sleep(LOOK_SECONDS)


def comes_to(office: Office, path: str, state: str) -> None:
    """Looked at now and then, as people do. Raises AssertionError where it comes to something else."""
    ends = time.monotonic() + PATIENCE
    while (shown := office.shows(path)) != state:
        assert shown in {"", "checking", "ready", "working"}, shown
        assert time.monotonic() < ends, shown
        time.sleep(LOOK_SECONDS)


@contextmanager
def embedded(folder: Path, **env: str) -> Iterator[tuple[Site, str, Memory]]:
    """One process."""
    site = Site(folder / "data", **env).start()
    try:
        yield site, site.url, Memory(lambda: {"the one process": site.pid})
    finally:
        site.close()


@contextmanager
def distributed(folder: Path, **env: str) -> Iterator[tuple[Distributed, str, Memory]]:
    """One of each service, RabbitMQ and PostgreSQL."""
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir(mode=0o711)
    site = Distributed(data, "gateway=1", **env)
    started = site.up()
    if started.returncode:
        raise RuntimeError(started.stderr)

    def ours() -> dict[str, int]:
        return {
            one["name"]: int(one["pid"]) for one in site.state["programs"] if one["pid"] and OURS.match(one["name"])
        }

    try:
        yield site, site.gateways[0], Memory(ours)
    finally:
        site.down()


def measure(small: bool) -> Report:
    """Each kind in each mode; in a trial in one."""
    count = FEW if small else FULL
    report = Report("bulk_memory", f"MiB of a process at most, files of {count:,} rows", f"{LIMIT_MIB} MiB")
    setting = {"HIKARI_LOGIN_THROTTLE": "off"} | ({} if small else the_product_s())
    report.facts["setting"] = " ".join(f"{name}={value}" for name, value in setting.items())
    for mode in (embedded,) if small else (embedded, distributed):
        with tempfile.TemporaryDirectory() as made, mode(Path(made), **setting) as (site, at, memory):
            numbers = [f"032{desk:07}" for desk in range(2_000_001, 2_000_000 + count)]
            office = Office(site, at, CONTRACT, numbers, Path(made))
            report.facts[f"{mode.__name__}, the line of so many numbers provisioned"] = told(memory.peaks())
            for place, kind in enumerate(one() for one in KINDS):
                memory.begin()
                go_through(office, kind, place)
                report.facts[f"{mode.__name__}, {kind.name} (limit {LIMIT_MIB})"] = told(memory.peaks())
    return report


def the_product_s() -> dict[str, str]:
    """What a hash costs unless it is set otherwise, which the sites of the tests do."""
    fields = HashingConfig.model_fields
    return {
        f"HIKARI_{name.upper()}": str(fields[name].default) for name in ("hash_memory_kib", "hash_passes", "hash_lanes")
    }


def told(peaks: dict[str, float]) -> str:
    """In one line."""
    return ", ".join(f"{name} {held}" for name, held in peaks.items())


if __name__ == "__main__":
    run(measure)
