"""How things stand with a distributed site, as its supervisor writes it down for `./hikari status`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "state.json"


@dataclass(frozen=True)
class Stand:
    """One program."""

    name: str
    pid: int
    """0 while it is not running."""
    state: str
    restarts: int
    since: float
    """When it was last started, in seconds since 1970."""
    port: int | None = None
    """Where this gateway alone answers, this service tells its metrics, or the broker listens."""


@dataclass(frozen=True)
class State:
    """All of them."""

    supervisor: int
    ready: bool
    address: str
    """How browsers are told to reach the site."""
    local: str
    """How this machine reaches it."""
    programs: list[Stand]


def write(folder: Path, state: State) -> None:
    """Whole or not at all."""
    part = folder / f"{FILE}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump(asdict(state), text)
    part.replace(folder / FILE)


def read(folder: Path, supervisor: int) -> State | None:
    """What that supervisor wrote last; None while it has written nothing."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if told["supervisor"] != supervisor:
        return None
    return State(**{**told, "programs": [Stand(**one) for one in told["programs"]]})
