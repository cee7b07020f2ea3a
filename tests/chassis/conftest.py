from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def seen() -> Callable[..., Any]:
    """What a scenario of `green_scenarios.py` saw, in a process of its own with green threads."""

    def run(scenario: str, *arguments: object) -> Any:
        command = [sys.executable, "-W", "ignore", str(HERE / "green_scenarios.py"), scenario, *map(str, arguments)]
        paths = {"PYTHONPATH": str(HERE.parents[1])}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=paths)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
