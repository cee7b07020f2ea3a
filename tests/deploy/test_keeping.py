from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from deploy.keeping import Keeper, Process, stop_in_order

PATIENCE = 20.0


def eventually(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def keep(tmp_path):
    made: list[Keeper] = []

    def start(program: str) -> Keeper:
        process = Process([sys.executable, "-c", program], dict(os.environ), tmp_path, tmp_path / "errors")
        made.append(Keeper("kept", process))
        made[-1].start()
        made[-1].first_start()
        return made[-1]

    yield start
    stop_in_order(made)


def test_what_is_killed_is_started_again(keep):
    keeper = keep("import time; time.sleep(60)")
    for restarts in (1, 2):
        killed = keeper.pid
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: keeper.pid not in {0, killed})  # noqa: B023
        assert keeper.restarts == restarts


def test_what_was_told_to_stop_stays_stopped(keep):
    keeper = keep("import time; time.sleep(60)")
    pid = keeper.pid
    stop_in_order([keeper])
    assert (keeper.pid, keeper.state) == (0, "stopped")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_does_not_listen_to_sigterm_is_ended_all_the_same(keep, monkeypatch):
    monkeypatch.setattr("deploy.keeping.STOP_SECONDS", 0.5)
    keeper = keep(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    )
    eventually(keeper.program.errors.read_bytes)
    stop_in_order([keeper])
    assert keeper.pid == 0


def test_what_ends_at_once_every_time_is_started_more_and_more_slowly(keep, monkeypatch):
    monkeypatch.setattr("deploy.keeping.SOON", 0.05)
    monkeypatch.setattr("deploy.keeping.LATE", 0.2)
    keeper = keep("import sys; sys.exit('cannot')")
    eventually(lambda: keeper.restarts >= 3)
    assert keeper.program.errors.read_bytes().count(b"cannot") >= 3


class Unwilling:
    is_running = False
    pid = 0

    def start(self):
        raise RuntimeError("no such program")

    def stop(self):
        pass


def test_whoever_waits_for_the_first_start_is_told_what_went_wrong():
    keeper = Keeper("unwilling", Unwilling())
    keeper.start()
    with pytest.raises(RuntimeError, match="no such program"):
        keeper.first_start()
    stop_in_order([keeper])
