"""What two people do at the same moment, provoked: the other acts between the look and the commit of the one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.base import Secret
from services.auth.application import Auth


def just_after(auth: Auth, work: str, monkeypatch: pytest.MonkeyPatch, interfere: Callable[[], object]) -> None:
    """Let something happen once, right after this application has next hashed (`hash`) or verified (`verify`)."""
    original, done = getattr(auth.store.hashing, work), []

    def and_then(*args: Secret) -> object:
        result = original(*args)
        if not done:
            done.append(True)
            interfere()
        return result

    monkeypatch.setattr(auth.store.hashing, work, and_then)
