"""LINE-2..5, TEMP-4 and TEMP-10 as pure functions."""

from __future__ import annotations

import pytest

from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.unit_rules import (
    may_be_set,
    may_log_in,
    reaches_whole_line,
    role_of,
    target_allowed,
    unit_choice_allowed,
)

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER


@pytest.mark.rule("LINE-5")
@pytest.mark.parametrize(
    ("unit", "contract", "features", "allowed"),
    [
        (LINE, True, True, True),
        (LINE, True, False, True),
        (LINE, False, True, False),
        (NUMBER, True, False, True),
        (NUMBER, False, True, True),
        (NUMBER, False, False, False),
        (ADMIN_USER, False, True, True),
        (ADMIN_USER, False, False, False),
        (None, True, False, True),
        (None, False, True, False),
    ],
)
def test_who_may_log_in(unit: AuthUnit | None, contract: bool, features: bool, allowed: bool) -> None:
    assert may_log_in(unit, is_contract_number=contract, has_features=features) is allowed


@pytest.mark.rule("TEMP-4")
def test_the_contract_number_or_a_number_with_a_feature_can_be_set() -> None:
    assert may_be_set(is_contract_number=True, has_features=False)
    assert may_be_set(is_contract_number=False, has_features=True)
    assert not may_be_set(is_contract_number=False, has_features=False)


@pytest.mark.rule("TEMP-10")
def test_on_a_line_with_a_unit_only_the_contract_numbers_telephone_chooses_another() -> None:
    for chosen in AuthUnit:
        assert unit_choice_allowed(None, chosen, caller_is_contract_number=False)
        assert unit_choice_allowed(NUMBER, chosen, caller_is_contract_number=True)
        assert unit_choice_allowed(NUMBER, chosen, caller_is_contract_number=False) is (chosen is NUMBER)


@pytest.mark.rule("TEMP-2", "TEMP-3")
def test_whose_password_a_caller_sets_depends_on_the_unit_and_the_telephone() -> None:
    assert target_allowed(LINE, caller_is_contract_number=False, own=False, contract_target=True)
    assert not target_allowed(LINE, caller_is_contract_number=False, own=True, contract_target=False)
    assert target_allowed(NUMBER, caller_is_contract_number=False, own=False, contract_target=False)
    assert target_allowed(ADMIN_USER, caller_is_contract_number=False, own=True, contract_target=False)
    assert not target_allowed(ADMIN_USER, caller_is_contract_number=False, own=False, contract_target=True)
    assert target_allowed(ADMIN_USER, caller_is_contract_number=True, own=False, contract_target=False)


@pytest.mark.rule("LINE-2", "LINE-3", "LINE-4")
def test_role_and_reach_follow_from_the_unit() -> None:
    assert role_of(LINE, is_contract_number=True) is Role.SUBSCRIBER
    assert role_of(NUMBER, is_contract_number=False) is Role.SUBSCRIBER
    assert role_of(ADMIN_USER, is_contract_number=True) is Role.ADMINISTRATOR
    assert role_of(ADMIN_USER, is_contract_number=False) is Role.USER
    reaching = [unit for unit in AuthUnit if reaches_whole_line(unit, is_contract_number=True)]
    assert reaching == [LINE, ADMIN_USER]
    assert not any(reaches_whole_line(unit, is_contract_number=False) for unit in AuthUnit)
