"""Files of every kind while whoever works on them is killed: each job is done once or not at all, and the audit trail says
which (BULK-9, AUDIT-1).

The moments are random and the seed is fixed; `--soak` kills each victim twenty times. docs/soaks.md has what came of it.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.system.bulk_office import KINDS, Kind, Office
from tests.system.distributed import Distributed, eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.rabbitmq]

SEED = 20261126
CONTRACT = "0366110000"
NUMBERS = [f"036611{place:04}" for place in range(1, 101)]
IN_ALL = ("bulk", "auth", "rabbitmq", "postgres")
"""Who takes part in jobs of every kind."""
VICTIMS = (*IN_ALL, *sorted({kind.owner for kind in KINDS} - {"auth"}))
EACH, EACH_IN_A_SOAK = 1, 20
PATIENCE = 180
"""Seconds until all runs again and a job goes on, however slow the machine: an answer that died with the broker is waited for
to its deadline."""


@dataclass
class Kill:
    """One that is to come: drawn before anything has happened, so that it depends on the seed alone."""

    victim: str
    kind: Kind
    while_working: bool
    """After the confirmation, or while the file is checked."""
    moment: float
    """As a share of the time that an undisturbed job took."""
    which: float
    """Of several instances."""
    hit: str = ""
    """The process that died."""
    found: str = ""
    """How far bulk had brought the file in that moment."""
    ended: str = ""
    job: str = ""
    states: list[str] = field(default_factory=list)
    """What the page told, one after the other."""


@pytest.fixture(scope="module")
def site() -> Iterator[Distributed]:
    """Two of all that work on files; a hash that makes a job last a second or two."""
    made = Path(tempfile.mkdtemp(prefix="hikari-bulk-"))
    made.chmod(0o711)
    data = made / "site"
    data.mkdir(mode=0o711)
    several = ",".join(f"{name}=2" for name in sorted({"bulk", *(kind.owner for kind in KINDS)}))
    settings = {"HIKARI_LOGIN_THROTTLE": "off", "HIKARI_BULK_FILES_A_DAY": "1000", "HIKARI_HASH_MEMORY_KIB": "4096"}
    running = Distributed(data, several, **settings)
    started = running.up()
    try:
        assert started.returncode == 0, started.stderr + running.logs()
        yield running
    finally:
        running.down()
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def office(site: Distributed) -> Office:
    return Office(site, site.gateways[0], CONTRACT, NUMBERS, site.data)


def drawn(chance: random.Random, each: int) -> list[Kill]:
    """Every victim so often, each in a job that it takes part in; the kinds as evenly as that goes."""
    kinds = {kind.name: kind for kind in (kind() for kind in KINDS)}
    deck: list[str] = []
    kills = []
    for victim in chance.sample(list(VICTIMS) * each, len(VICTIMS) * each):
        if not deck:
            deck = chance.sample(sorted(kinds), len(kinds))
        takes_part = [name for name in deck if victim in {*IN_ALL, kinds[name].owner}]
        name = takes_part[0] if takes_part else next(one.name for one in kinds.values() if one.owner == victim)
        if takes_part:
            deck.remove(name)
        kills.append(Kill(victim, kinds[name], bool(chance.randrange(2)), chance.random(), chance.random()))
    return kills


class Jobs:
    """One file after the other, each looked at until it is over, whoever is killed meanwhile."""

    def __init__(self, site: Distributed, office: Office) -> None:
        self._site, self._office = site, office
        self.calm: dict[tuple[str, bool], float] = {}
        """Seconds of a check, and of the work after it, that nobody disturbed."""
        self._place = 0

    def undisturbed(self, kind: Kind) -> Kill:
        """One of this kind, which is done; how long it took is remembered."""
        return self.disturbed(Kill("", kind, while_working=False, moment=0, which=0))

    def disturbed(self, kill: Kill) -> Kill:
        """From the file to its end."""
        office, kind = self._office, kill.kind
        content = kind.file(office, self._place)
        self._place += 1
        began = time.monotonic()
        path = office.upload(kind.page, content)
        kill.job = path.rsplit("/", 1)[1].replace("-", "")
        with self._killing(kill, now=not kill.while_working):
            eventually(lambda: self._tells(kill, path) == "ready", PATIENCE)
        self.calm.setdefault((kind.name, False), time.monotonic() - began)
        before = kind.standing(office)
        began = time.monotonic()
        with self._killing(kill, now=kill.while_working):
            office.confirm(path)
            eventually(lambda: self._tells_the_truth(kill, path, before) in {"completed", "failed"}, PATIENCE)
        self.calm.setdefault((kind.name, True), time.monotonic() - began)
        kill.ended = kill.states[-1]
        assert kind.holds(office, done=kill.ended == "completed"), kill
        return kill

    def _tells(self, kill: Kill, path: str) -> str:
        state = self._office.shows(path)
        assert state not in {"rejected", "withdrawn"}, kill
        if state and [state] != kill.states[-1:]:
            kill.states.append(state)
        return state

    def _tells_the_truth(self, kill: Kill, path: str, before: dict[str, object]) -> str:
        """What the page says, between two looks at what is in force: all of it or nothing at any moment."""
        earlier = self._in_force(kill.kind, before)
        state = self._tells(kill, path)
        later = self._in_force(kill.kind, before)
        assert (state, earlier) not in {("checking", True), ("ready", True), ("failed", True)}, kill
        assert (state, later) != ("completed", False), kill
        return state

    def _in_force(self, kind: Kind, before: dict[str, object]) -> bool | None:
        """None while the database cannot be asked."""
        try:
            now = kind.standing(self._office)
        except psycopg.OperationalError:
            return None
        moved = sum(now[one] != before.get(one) for one in now)
        assert moved in {0, kind.effects(self._office)}, f"{moved} of {kind.effects(self._office)}"
        return moved > 0

    def _killing(self, kill: Kill, *, now: bool) -> _Killing:
        lasts = self.calm.get((kill.kind.name, kill.while_working), 0.0)
        return _Killing(self._site, self._office, kill, kill.moment * lasts if now and kill.victim else None)


class _Killing:
    """kill -9 after so many seconds, while something else is done; left when everything runs again."""

    def __init__(self, site: Distributed, office: Office, kill: Kill, after: float | None) -> None:
        self._site, self._office, self._kill, self._after = site, office, kill, after
        self._thread = threading.Thread(target=self._run)
        self._error: Exception | None = None

    def __enter__(self) -> None:
        if self._after is not None:
            self._thread.start()

    def __exit__(self, *error: object) -> None:
        if self._after is None:
            return
        self._thread.join()
        if self._error is not None and error[0] is None:
            raise self._error

    def _run(self) -> None:
        try:
            time.sleep(self._after or 0)
            names = sorted(
                one["name"]
                for one in self._site.state["programs"]
                if one["pid"] and one["name"].startswith(self._kill.victim)
            )
            name = self._kill.hit = names[int(self._kill.which * len(names))]
            with suppress(psycopg.OperationalError):
                states = self._office.stored("bulk", "SELECT upload_id, state FROM uploads")
                self._kill.found = str(states.get(self._kill.job, "gone"))
            pid = self._site.kill(name)
            eventually(lambda: self._site.program(name)["pid"] not in {0, pid}, PATIENCE)
            eventually(self._site.is_ready, PATIENCE)
        except Exception as error:  # noqa: BLE001  # raised where it is waited for
            self._error = error


def audited(site: Distributed, kind: str) -> list[dict[str, Any]]:
    told = site.cli("audit", "list", "--line", CONTRACT, "--kind", kind, "--limit", "1000000", "--json")
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.rule("BULK-1", "BULK-2", "BULK-3", "FEAT-4", "BULK-9", "AUDIT-1")
def test_a_job_of_any_kind_is_done_once_or_not_at_all_whoever_is_killed_in_the_middle_of_it(
    site, office, request, capsys
):
    chance, began = random.Random(SEED), time.monotonic()
    kills = drawn(chance, EACH_IN_A_SOAK if request.config.getoption("--soak") else EACH)
    jobs = Jobs(site, office)
    done = [jobs.undisturbed(kill.kind) for kill in {kill.kind.name: kill for kill in kills}.values()]
    try:
        for kill in kills:
            done.append(kill)
            jobs.disturbed(kill)
            if kill.ended == "failed":  # the next one begins from where this one would have led
                done.append(jobs.undisturbed(kill.kind))
    finally:
        with capsys.disabled():
            print(_told(kills, jobs, time.monotonic() - began))  # noqa: T201  # to be kept in docs/soaks.md

    ended = {kill.job: kill.ended for kill in done}
    eventually(
        lambda: len(audited(site, "BulkJobCompleted")) + len(audited(site, "BulkJobFailed")) >= len(done), PATIENCE
    )
    accepted = audited(site, "BulkJobAccepted")
    assert sorted(entry["data"]["job"] for entry in accepted) == sorted(ended)
    for state, event in (("completed", "BulkJobCompleted"), ("failed", "BulkJobFailed")):
        told = sorted(entry["data"]["job"] for entry in audited(site, event))
        assert told == sorted(job for job, end in ended.items() if end == state)
    asked = {entry["data"]["job"]: entry["correlation_id"] for entry in accepted}
    for kind in {kill.kind.name: kill.kind for kill in done}.values():
        effects = Counter(entry["correlation_id"] for entry in audited(site, kind.effect) if entry["channel"] == "bulk")
        assert effects == {
            asked[kill.job]: kind.effects(office)
            for kill in done
            if kill.kind.name == kind.name and kill.ended == "completed"
        }


def _told(kills: list[Kill], jobs: Jobs, seconds: float) -> str:
    """For docs/soaks.md."""
    over = [kill for kill in kills if kill.ended]
    lines = [
        f"seed {SEED}: {len(over)} of {len(kills)} kills in {seconds:.0f} s; "
        + ", ".join(f"{count} {end}" for end, count in Counter(kill.ended for kill in over).items()),
        *(
            f"{victim}: " + ", ".join(f"{count} in {where}" for where, count in sorted(counts.items()))
            for victim, counts in _counts(over).items()
        ),
        "undisturbed: "
        + ", ".join(f"{kind} {'work' if work else 'check'} {took:.1f} s" for (kind, work), took in jobs.calm.items()),
        *(
            f"  {place:3} {kill.hit:10} {kill.kind.name:10} {kill.found:10} {' > '.join(kill.states)}"
            for place, kill in enumerate(over, start=1)
        ),
    ]
    return "\n" + "\n".join(lines)


def _counts(kills: list[Kill]) -> dict[str, Counter[str]]:
    """For each victim, in which kind of job it was hit, and how far that was."""
    found: dict[str, Counter[str]] = {victim: Counter() for victim in VICTIMS}
    for kill in kills:
        found[kill.victim][f"{kill.kind.name} {kill.found or 'unknown'}"] += 1
    return found
