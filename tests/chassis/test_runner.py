from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@contextmanager
def process(manner: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "ignore", str(HERE / "green_process.py"), manner]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(HERE.parents[1])}
    ) as started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_services_in_order_and_the_process_ends_well(number: signal.Signals) -> None:
    with process("serves") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready True here\n"
        running.send_signal(number)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (0, "stopped False\n", "")


def test_a_service_that_dies_takes_the_process_with_it() -> None:
    with process("dies") as running:
        out, err = running.communicate(timeout=20)
    assert out == "ready True here\n"
    assert running.returncode == 1
    assert "broken on purpose" in err


def test_a_service_that_cannot_start_is_told_and_the_others_are_stopped() -> None:
    with process("cannot_start") as running:
        out, err = running.communicate(timeout=20)
    assert out == ""
    assert running.returncode == 1
    assert "broken on purpose" in err
