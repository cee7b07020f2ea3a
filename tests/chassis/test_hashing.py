"""Verifiers: peppered, upgradable, and as slow for nobody as for somebody (LOGIN-3)."""

from __future__ import annotations

import pytest

from chassis.hashing import Hashing, HashingConfig
from contracts.base import Secret

OLD, NEW = "o" * 32, "n" * 32
PASSWORD = Secret("kawa97yama")


def hashing(pepper: str = OLD, passes: int = 1) -> Hashing:
    return Hashing(HashingConfig(pepper=pepper, hash_memory_kib=8, hash_passes=passes))


def test_a_verifier_accepts_its_password_and_no_other() -> None:
    verifier = hashing().hash(PASSWORD)
    assert hashing().verify(verifier, PASSWORD)
    assert not hashing().verify(verifier, Secret("Kawa97yama"))
    assert "kawa" not in verifier


def test_a_stolen_verifier_is_worth_nothing_without_the_pepper() -> None:
    assert not hashing(NEW).verify(hashing(OLD).hash(PASSWORD), PASSWORD)


def test_a_verifier_of_the_former_pepper_still_works_and_is_due_to_be_renewed() -> None:
    verifier = hashing(OLD).hash(PASSWORD)
    rotated = hashing(f"{NEW},{OLD}")
    assert rotated.verify(verifier, PASSWORD)
    assert rotated.is_outdated(verifier)
    assert not rotated.is_outdated(rotated.hash(PASSWORD))


def test_a_verifier_of_cheaper_parameters_is_due_to_be_renewed() -> None:
    assert hashing(passes=2).is_outdated(hashing(passes=1).hash(PASSWORD))


@pytest.mark.rule("LOGIN-3")
def test_where_there_is_no_verifier_a_hash_is_computed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    one, computed = hashing(), []
    verify = one._verify
    monkeypatch.setattr(one, "_verify", lambda *args: computed.append(args) or verify(*args))
    assert not one.verify(None, PASSWORD)
    assert len(computed) == 1


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        HashingConfig(pepper="short")
