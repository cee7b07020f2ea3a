"""Who may work on the groups of 一括転送機能: whoever manages the whole line (LINE-2, LINE-4, MENU-3)."""

from __future__ import annotations

from flask import abort

from contracts.auth.reach import NumbersQuery
from contracts.base import Role
from contracts.phone import AuthUnit, Feature
from contracts.settings.common import NotContracted, Reach
from gateway import here, sessions

FEATURE = Feature.BULK_FORWARDING


def numbers_with_groups() -> int:
    """How many numbers within reach have the feature."""
    query = NumbersQuery(session_key=sessions.present_key(), feature=FEATURE, per_page=1)
    return here.auth().numbers_in_reach(query).total


def manages_line() -> bool:
    """Whether the login manages the whole line (LINE-2, LINE-4)."""
    person = here.logged_in()
    return person.role is Role.ADMINISTRATOR or person.unit is AuthUnit.LINE


def whole_line(*, to_stop: bool = False) -> Reach:
    """The line; 403 for a login that does not manage the whole of it."""
    return line_reach(to_stop=to_stop) or abort(403)


def line_reach(*, to_stop: bool = False) -> Reach | None:
    """The line, for a login that manages the whole of it; `NotContracted` where no number within reach has the feature (MENU-3).

    What is on when the unit becomes 電話番号単位 must not go on for ever: the contract number may stop it there.
    """
    person = here.logged_in()
    if not (to_stop and person.number == person.contract_number):
        if not numbers_with_groups():
            raise NotContracted
        if not manages_line():
            return None
    return Reach(
        assignment_id=person.assignment_id,
        number=person.number,
        contract_number=person.contract_number,
        by=person.number,
        by_assignment_id=person.assignment_id,
        role=person.role,
    )
