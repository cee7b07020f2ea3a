"""Which tests of a run on several workers stay together, and which come first."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

SERVERS = ("system/test_chaos", "system/test_distributed", "system/test_messaging")
"""Tests that kill servers and wait until all is well again: all on one worker."""
TOGETHER = ("deploy/", "system/")
"""The tests of each module share a server or a site."""
LONG = (*TOGETHER, "benchmarks/")
"""They begin a run, so that none of them is left over for one worker at its end."""


def group_of(nodeid: str) -> str:
    """What names the tests that stay together; of any other test, itself."""
    place = place_of(nodeid)
    if place.startswith(SERVERS):
        return "servers"
    return place if place.startswith(TOGETHER) else nodeid


def turn_of(nodeid: str) -> int:
    """In which order they are handed out."""
    place = place_of(nodeid)
    return 0 if place.startswith(SERVERS) else 1 if place.startswith(LONG) else 2


def place_of(nodeid: str) -> str:
    """The path of the module below `tests`."""
    return nodeid.partition("::")[0].removeprefix("tests/")


class Together(LoadScopeScheduling):
    """xdist's own `loadgroup` reads the groups from where pytest 9.2 does not keep them any more, and splits them all."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # the order is that of the collection, which is ours
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
