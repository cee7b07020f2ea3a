"""Who of a line may log in, as what, and with what reach (LINE-2..5, TEMP-4, TEMP-10, PWD-7). Pure.

What a change of the unit asks and does is in `unit_change_rules`.
"""

from __future__ import annotations

from contracts.base import Role
from contracts.phone import AuthUnit

LARGE_LINE = 33
"""Numbers with a contracted feature from which a line is searched and set in bulk (PWD-7, UNIT-8)."""


def may_log_in(unit: AuthUnit | None, *, is_contract_number: bool, has_features: bool) -> bool:
    """LINE-5: the contract number always; an additional number by unit, and only with a contracted feature."""
    if is_contract_number:
        return True
    return unit in (AuthUnit.NUMBER, AuthUnit.ADMIN_USER) and has_features


def may_be_set(*, is_contract_number: bool, has_features: bool) -> bool:
    """TEMP-4: the contract number, or a number with a contracted feature."""
    return is_contract_number or has_features


def unit_choice_allowed(present: AuthUnit | None, chosen: AuthUnit, *, caller_is_contract_number: bool) -> bool:
    """TEMP-10: any unit while none was set; later only the contract number's telephone may choose another."""
    return present is None or chosen == present or caller_is_contract_number


def target_allowed(chosen: AuthUnit, *, caller_is_contract_number: bool, own: bool, contract_target: bool) -> bool:
    """TEMP-2, TEMP-3: unit LINE sets the contract number; a user's telephone under ADMIN_USER only its own number."""
    match chosen:
        case AuthUnit.LINE:
            return contract_target
        case AuthUnit.NUMBER:
            return True
        case AuthUnit.ADMIN_USER:
            return caller_is_contract_number or own


def role_of(unit: AuthUnit | None, *, is_contract_number: bool) -> Role:
    """In what quality a login acts."""
    if unit != AuthUnit.ADMIN_USER:
        return Role.SUBSCRIBER
    return Role.ADMINISTRATOR if is_contract_number else Role.USER


def reaches_whole_line(unit: AuthUnit | None, *, is_contract_number: bool) -> bool:
    """LINE-2, LINE-4: the contract number manages every number, but under unit NUMBER only itself (LINE-3)."""
    return is_contract_number and unit in (AuthUnit.LINE, AuthUnit.ADMIN_USER)


def is_large(*, numbers_with_features: int) -> bool:
    """PWD-7: the one threshold; numbers without a feature do not count."""
    return numbers_with_features >= LARGE_LINE
