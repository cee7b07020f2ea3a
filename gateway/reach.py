"""Whether a number is within the login's reach for a feature (MENU-3): auth is asked with every request, no browser believed."""

from __future__ import annotations

from uuid import UUID

from flask import abort

from contracts.auth.reach import NumbersQuery
from contracts.phone import AssignmentId, Feature
from contracts.settings.common import Reach
from gateway import here, sessions


def reach(assignment_id: UUID, feature: Feature) -> Reach:
    """What the settings service is told of number and login; 404 where auth does not find the number with the feature."""
    query = NumbersQuery(
        session_key=sessions.present_key(), feature=feature, assignment_id=AssignmentId(assignment_id), per_page=1
    )
    found = next(iter(here.auth().numbers_in_reach(query).numbers), None) or abort(404)
    person = here.logged_in()
    return Reach(
        assignment_id=found.assignment_id,
        number=found.number,
        contract_number=person.contract_number,
        by=person.number,
        by_assignment_id=person.assignment_id,
        role=person.role,
    )
