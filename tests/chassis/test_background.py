"""Bulk hashing on threads that stand back for everybody else (BULK-9)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from chassis.background import NICENESS


@pytest.mark.rule("BULK-9")
@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_work_in_the_background_has_a_low_priority_and_holds_nobody_up(seen: Callable[..., Any]) -> None:
    found = seen("give_way")
    assert found["lower"] == [NICENESS, NICENESS]
    assert found["others went on"]
    assert found["own"], "only the threads of the background give way"
    assert "no number" in found["raised"]
    assert found["after a kill"] == 3
    assert found["gave back when idle"], "what putting a file in force needs"
