"""What a change of the authentication unit asks of each number and does to it (UNIT-1..7). Pure."""

from __future__ import annotations

from enum import StrEnum

from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.unit_rules import may_log_in


class Proof(StrEnum):
    """What has to be shown of a number before `NUMBER` is left."""

    PASSWORD = "password"
    EXEMPT = "exempt"
    """Marked `*`."""
    BLOCKING = "blocking"
    """Nothing can be shown: the number needs a password first."""


class Effect(StrEnum):
    """What becomes of a number's password."""

    KEPT = "kept"
    COPIED = "copied"
    """It is the acting number's from now on, with its date."""
    VOIDED = "voided"


def may_change_unit(role: Role) -> bool:
    """UNIT-7: not a user under an administrator."""
    return role is not Role.USER


def asks_each_number(present: AuthUnit) -> bool:
    """UNIT-1, UNIT-2: only who leaves `NUMBER` has to show more than the own password."""
    return present is AuthUnit.NUMBER


def proof_of(*, is_contract_number: bool, has_features: bool, has_password: bool, locked_out: bool) -> Proof:
    """UNIT-1 for one number of a line under `NUMBER`. `locked_out`: locked, and without a password ever since.

    An additional number without a contracted feature cannot log in (LINE-5), so nobody could show its password or give
    it a new one: it is treated like one whose password is unset, a locked one too. Nobody can lock it by guessing.
    """
    if not may_log_in(AuthUnit.NUMBER, is_contract_number=is_contract_number, has_features=has_features):
        return Proof.EXEMPT
    if locked_out:
        return Proof.BLOCKING
    if has_password:
        return Proof.PASSWORD
    return Proof.BLOCKING if is_contract_number else Proof.EXEMPT


def effect_of(present: AuthUnit, to: AuthUnit, *, is_contract_number: bool, acting: bool) -> Effect:
    """UNIT-3..6 for one number; `acting`: it is the one that changes the unit."""
    if present is AuthUnit.LINE:
        return Effect.KEPT if is_contract_number else Effect.COPIED
    if present is AuthUnit.NUMBER and to is AuthUnit.LINE:
        if not is_contract_number:
            return Effect.VOIDED
        return Effect.KEPT if acting else Effect.COPIED
    return Effect.KEPT  # UNIT-5; from ADMIN_USER to LINE the others' passwords rest (LINE-5)


def session_goes_on(to: AuthUnit, *, is_contract_number: bool) -> bool:
    """UNIT-3: under `LINE` only the contract number is logged in."""
    return is_contract_number or to is not AuthUnit.LINE
