"""Complete logins a second on all cores, beside as many bare argon2 verifications: nothing can be quicker than those.

SQLite as the embedded mode has it, one process with a thread a core; PostgreSQL as the distributed mode has it, a
process a core, with the database on the same cores.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection

from argon2 import PasswordHasher

from benchmarks.tools.measuring import Pace, Processors, Report, Row, joint, pace, run, side_by_side, together
from benchmarks.tools.people import auth_over, hash_setting, log_in_fully, provision, settle, sqlite_in
from deploy.postgres import private_postgres
from services.auth.application import Auth

CORES = len(os.sched_getaffinity(0))
NUMBERS_EACH = 20
"""Numbers that one worker logs in with, in turns."""

Works = dict[str, Callable[[float], Pace]]


def works(auth: Auth, numbers: list[str]) -> Works:
    """What one worker can be told to do for some seconds."""
    config = auth.store.config
    hasher = PasswordHasher(config.hash_passes, config.hash_memory_kib, config.hash_lanes)
    verifier = hasher.hash("kawa97yama")
    turns = itertools.cycle(numbers)
    return {
        "logins": lambda seconds: pace(lambda: log_in_fully(auth, next(turns)), seconds),
        "hashes": lambda seconds: pace(lambda: hasher.verify(verifier, "kawa97yama"), seconds),
    }


def numbers_of(worker: int) -> list[str]:
    """Nobody else logs in with them."""
    return [f"03{worker:02}{place:06}" for place in range(NUMBERS_EACH)]


def people(auth: Auth) -> None:
    """All numbers of all workers, with their passwords."""
    for worker in range(CORES):
        for number in numbers_of(worker):
            provision(auth, number)
            settle(auth, number)


def in_threads(auth: Auth, seconds: float, rounds: int) -> Row:
    """One process, a thread a core."""
    workers = [works(auth, numbers_of(worker)) for worker in range(CORES)]

    def all_do(what: str) -> Pace:
        return together([worker[what] for worker in workers], seconds)

    case = f"SQLite, one process, {CORES} threads"
    return side_by_side(case, "logins/s", lambda: all_do("logins"), lambda: all_do("hashes"), rounds)


def in_processes(url: str, server: int, seconds: float, rounds: int) -> Row:
    """A process a core."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for worker in range(CORES):
        ours, theirs = context.Pipe()
        process = context.Process(target=obey, args=(url, worker, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()  # it is ready

    def all_do(what: str) -> Pace:
        for pipe in pipes:
            pipe.send((what, seconds))
        return joint([pipe.recv() for pipe in pipes])

    processors = Processors(*(process.pid or 0 for process in processes), servers=[server])
    try:
        case = f"PostgreSQL, {CORES} processes"
        return side_by_side(case, "logins/s", lambda: all_do("logins"), lambda: all_do("hashes"), rounds, processors)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join()


def obey(url: str, worker: int, pipe: Connection) -> None:
    """A process that does what it is told until nobody is there to tell."""
    auth = auth_over(url)
    mine = works(auth, numbers_of(worker))
    pipe.send("ready")
    try:
        while True:
            what, seconds = pipe.recv()
            pipe.send(mine[what](seconds))
    except EOFError:
        auth.close()


def measure(small: bool) -> Report:
    """Complete logins against the hash bound."""
    seconds, rounds = (0.3, 1) if small else (1.0, 25)
    report = Report("logins", "complete logins through the auth application", "argon2 verifications alone")
    with tempfile.TemporaryDirectory() as folder:
        auth = auth_over(sqlite_in(folder))
        report.facts["hash"] = hash_setting(auth)
        people(auth)
        report.rows.append(in_threads(auth, seconds, rounds))
        auth.close()
    with private_postgres(durable=True) as server:
        url = server.create_database("logins")
        auth = auth_over(url)
        people(auth)
        auth.close()
        report.rows.append(in_processes(url, server.pid, seconds, rounds))
    return report


if __name__ == "__main__":
    run(measure)
