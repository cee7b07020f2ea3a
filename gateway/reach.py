"""Whether a number is within the login's reach for a feature (MENU-3): auth is asked with every request, no browser believed."""

from __future__ import annotations

from uuid import UUID

from flask import url_for

from contracts.auth.reach import NumbersQuery
from contracts.phone import AssignmentId, Feature
from contracts.settings.common import NotContracted, Reach
from gateway import here, sessions
from gateway.line_reach import manages_line
from gateway.words import slug


def reach(assignment_id: UUID, feature: Feature) -> Reach:
    """What the settings service is told of number and login; `NotContracted` where auth does not find the number with it."""
    query = NumbersQuery(
        session_key=sessions.present_key(), feature=feature, assignment_id=AssignmentId(assignment_id), per_page=1
    )
    found = next(iter(here.auth().numbers_in_reach(query).numbers), None)
    if found is None:
        raise NotContracted
    person = here.logged_in()
    return Reach(
        assignment_id=found.assignment_id,
        number=found.number,
        contract_number=person.contract_number,
        by=person.number,
        by_assignment_id=person.assignment_id,
        role=person.role,
    )


def way_back(feature: Feature) -> tuple[str, str]:
    """(address, label) of where one came from to a number's settings: the list of numbers, where there is more than one."""
    if manages_line():
        query = NumbersQuery(session_key=sessions.present_key(), feature=feature, per_page=1)
        if here.auth().numbers_in_reach(query).total > 1:
            return url_for("feature.show", name=slug(feature)), "電話番号の一覧に戻る"
    return url_for("service_selection.show"), "サービス選択に戻る"
