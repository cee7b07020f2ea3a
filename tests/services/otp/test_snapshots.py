"""Snapshots outlive the code that took them, so their shape is held fast here, and that nothing is lost in them.

Whoever adds or renames an attribute raises `class_version`, writes the `upcast_vN_vN+1` that makes the new state of the
old, and adds a line below. Without that every holder who has a snapshot could not log in after the update.
"""

from __future__ import annotations

import pytest
from eventsourcing.domain import Aggregate

from services.otp.enrolment import Enrolment
from services.otp.second_factor import SecondFactor
from services.otp.store import factor_id
from tests.services.otp.people import Person

OF_EVERY_AGGREGATE = {"_id", "_version", "_created_on", "_modified_on", "_pending_events"}

SHAPES = {
    ("Enrolment", 1): {
        "address",
        "confirmation_id",
        "confirmation_password",
        "contract_number",
        "ended",
        "link_expires_at",
        "link_hash",
        "link_login",
        "link_sends",
        "new_address",
        "new_confirmation_id",
        "new_confirmation_password",
        "number",
        "registration_id",
        "use",
        "used_link",
    },
    ("SecondFactor", 1): {
        "challenge_generation",
        "challenge_id",
        "challenge_login",
        "confirmation_mismatches",
        "expires_at",
        "generation",
        "locked",
        "otp_mismatches",
        "over_by",
        "recent_attempts",
        "sends",
        "tries",
    },
}


def state(aggregate: Aggregate) -> dict[str, object]:
    return {name: value for name, value in vars(aggregate).items() if name != "_pending_events"}


@pytest.mark.parametrize("kind", [Enrolment, SecondFactor])
def test_a_snapshot_has_the_shape_that_its_class_version_names_and_holds_everything(
    person: Person, kind: type[Aggregate]
) -> None:
    person.settle()
    person.change_address()  # a link is under way
    person.log_in()
    person.request()  # and so is a one-time password
    store = person.otp.store
    identity = person.assignment_id if kind is Enrolment else factor_id(person.assignment_id)
    before: Aggregate = store.repository.get(identity)
    assert set(vars(before)) - OF_EVERY_AGGREGATE == SHAPES[kind.__name__, getattr(kind, "class_version", 1)]
    store.take_snapshot(identity)
    assert store.snapshots is not None
    assert len(list(store.snapshots.get(identity))) == 1
    after: Aggregate = store.repository.get(identity)
    assert state(after) == state(before)
