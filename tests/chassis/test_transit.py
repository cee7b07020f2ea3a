from __future__ import annotations

import base64
import time

import pytest

from chassis.transit import CLOCKS_APART, BoxRefused, TransitKey, WrongTransitKey, seal

LATER = time.time() + 24 * 3600  # the whole suite may lie between this line and its use


def test_the_receiver_reads_what_was_sealed_to_its_key() -> None:
    key = TransitKey.throwaway()
    assert key.open(seal(key.public, "山田1234", "auth.log_in", LATER), "auth.log_in") == "山田1234"


def test_instances_with_the_same_master_key_share_the_key_and_other_services_do_not() -> None:
    master = bytes(32)
    assert TransitKey.derived(master, "auth").public == TransitKey.derived(master, "auth").public
    assert TransitKey.derived(master, "auth").public != TransitKey.derived(master, "otp").public


def test_another_services_key_opens_nothing() -> None:
    sealed = seal(TransitKey.throwaway().public, "12345678", "auth.log_in", LATER)
    with pytest.raises(WrongTransitKey):
        TransitKey.throwaway().open(sealed, "auth.log_in")


@pytest.mark.parametrize("garbage", ["", "12345678", "äöü", base64.b64encode(bytes(100)).decode()])
def test_what_is_no_box_is_taken_for_one_sealed_to_another_key(garbage: str) -> None:
    with pytest.raises(WrongTransitKey):
        TransitKey.throwaway().open(garbage, "auth.log_in")


def test_a_box_cannot_be_moved_into_another_call() -> None:
    key = TransitKey.throwaway()
    with pytest.raises(BoxRefused):
        key.open(seal(key.public, "12345678", "auth.log_in", LATER), "auth.set_temporary_password")


def test_a_recorded_box_is_worth_nothing_once_the_calls_deadline_has_passed_by_every_clock() -> None:
    key = TransitKey.throwaway()
    with pytest.raises(BoxRefused):
        key.open(seal(key.public, "12345678", "auth.log_in", time.time() - CLOCKS_APART - 0.001), "auth.log_in")
    assert key.open(seal(key.public, "12345678", "auth.log_in", time.time() - CLOCKS_APART / 2), "auth.log_in")


def test_the_size_of_a_box_does_not_tell_the_length_of_a_password() -> None:
    key = TransitKey.throwaway()
    assert len({len(seal(key.public, "x" * length, "auth.log_in", LATER)) for length in range(6, 13)}) == 1


def test_the_same_password_never_looks_the_same_twice() -> None:
    key = TransitKey.throwaway()
    assert seal(key.public, "12345678", "a.b", LATER) != seal(key.public, "12345678", "a.b", LATER)
