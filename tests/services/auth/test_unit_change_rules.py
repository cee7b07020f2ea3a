"""UNIT-1..7 as pure functions."""

from __future__ import annotations

import pytest

from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.unit_change_rules import (
    Effect,
    Proof,
    asks_each_number,
    effect_of,
    may_change_unit,
    proof_of,
    session_goes_on,
)

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER


@pytest.mark.rule("UNIT-1")
@pytest.mark.parametrize(
    ("contract", "features", "password", "locked_out", "proof"),
    [
        (False, True, True, False, Proof.PASSWORD),
        (False, True, False, False, Proof.EXEMPT),
        (False, True, True, True, Proof.BLOCKING),
        (False, True, False, True, Proof.BLOCKING),
        (False, False, True, False, Proof.EXEMPT),
        (False, False, True, True, Proof.EXEMPT),
        (True, True, True, False, Proof.PASSWORD),
        (True, False, True, False, Proof.PASSWORD),
        (True, True, False, False, Proof.BLOCKING),
        (True, True, True, True, Proof.BLOCKING),
    ],
)
def test_what_has_to_be_shown_of_a_number(
    contract: bool, features: bool, password: bool, locked_out: bool, proof: Proof
) -> None:
    shown = proof_of(is_contract_number=contract, has_features=features, has_password=password, locked_out=locked_out)
    assert shown is proof


@pytest.mark.rule("UNIT-1", "UNIT-2")
def test_only_who_leaves_the_unit_of_numbers_has_to_show_the_passwords_of_all() -> None:
    assert [unit for unit in AuthUnit if asks_each_number(unit)] == [NUMBER]


@pytest.mark.rule("UNIT-3", "UNIT-4", "UNIT-5", "UNIT-6")
@pytest.mark.parametrize(
    ("present", "to", "contract", "additional"),
    [
        (LINE, NUMBER, Effect.KEPT, Effect.COPIED),
        (LINE, ADMIN_USER, Effect.KEPT, Effect.COPIED),
        (NUMBER, LINE, Effect.KEPT, Effect.VOIDED),
        (NUMBER, ADMIN_USER, Effect.KEPT, Effect.KEPT),
        (ADMIN_USER, LINE, Effect.KEPT, Effect.KEPT),
        (ADMIN_USER, NUMBER, Effect.KEPT, Effect.KEPT),
    ],
)
def test_what_becomes_of_the_passwords_when_the_contract_number_acts(
    present: AuthUnit, to: AuthUnit, contract: Effect, additional: Effect
) -> None:
    assert effect_of(present, to, is_contract_number=True, acting=True) is contract
    assert effect_of(present, to, is_contract_number=False, acting=False) is additional


@pytest.mark.rule("UNIT-3", "UNIT-5")
def test_what_becomes_of_the_passwords_when_an_additional_number_acts() -> None:
    assert effect_of(NUMBER, LINE, is_contract_number=True, acting=False) is Effect.COPIED
    assert effect_of(NUMBER, LINE, is_contract_number=False, acting=True) is Effect.VOIDED
    assert effect_of(NUMBER, ADMIN_USER, is_contract_number=True, acting=False) is Effect.KEPT


@pytest.mark.rule("UNIT-3")
def test_an_additional_number_goes_on_everywhere_but_in_the_unit_of_the_line() -> None:
    assert [to for to in AuthUnit if session_goes_on(to, is_contract_number=False)] == [NUMBER, ADMIN_USER]
    assert all(session_goes_on(to, is_contract_number=True) for to in AuthUnit)


@pytest.mark.rule("UNIT-7")
def test_a_user_does_not_change_the_unit() -> None:
    assert [role for role in (Role.SUBSCRIBER, Role.ADMINISTRATOR, Role.USER) if may_change_unit(role)] == [
        Role.SUBSCRIBER,
        Role.ADMINISTRATOR,
    ]
