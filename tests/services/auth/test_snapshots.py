"""Snapshots outlive the code that took them, so their shape is held fast here.

Whoever adds or renames an attribute raises `class_version`, writes the `upcast_vN_vN+1` that makes the new state of the
old, and adds a line below. Without that every number that has a snapshot could not log in after the update.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from eventsourcing.domain import Aggregate, Snapshot

from chassis.personal_data import Sealed
from services.auth.credential import Credential
from services.auth.line import Line

NOW = datetime(2026, 4, 1, tzinfo=UTC)
OF_EVERY_AGGREGATE = {"_id", "_version", "_created_on", "_modified_on", "_pending_events"}

SHAPES = {
    ("Credential", 2): {
        "by_contract_number",
        "expires_at",
        "features",
        "generation",
        "is_contract_number",
        "kind",
        "known_temporaries",
        "line_id",
        "locked",
        "locked_out",
        "mismatches",
        "number",
        "otp_generation",
        "recent_attempts",
        "removed",
        "set_at",
        "temporary_id",
        "unit",
        "verifier",
    },
    ("Line", 1): {"contract_assignment_id", "epoch", "provisioned_with", "unit"},
}


def credential() -> Aggregate:
    subject = uuid4()
    return Credential.add(
        assignment_id=subject, line_id=uuid4(), number=Sealed(subject, ""), is_contract_number=True, now=NOW
    )


def line() -> Aggregate:
    return Line.provision(line_id=uuid4(), contract_assignment_id=uuid4(), count=1, now=NOW)


@pytest.mark.parametrize("aggregate", [credential(), line()], ids=lambda one: type(one).__name__)
def test_a_snapshot_has_the_shape_that_its_class_version_names(aggregate: Aggregate) -> None:
    version = getattr(type(aggregate), "class_version", 1)
    shape = set(vars(aggregate)) - OF_EVERY_AGGREGATE
    assert SHAPES[type(aggregate).__name__, version] == shape


def test_a_snapshot_of_the_first_shape_is_made_one_of_the_present() -> None:
    taken = Snapshot.take(credential())
    first = {name: value for name, value in taken.state.items() if name not in {"otp_generation", "class_version"}}
    found = Snapshot(taken.originator_id, taken.originator_version, taken.timestamp, taken.topic, first).mutate(None)
    assert isinstance(found, Credential)
    assert set(vars(found)) - OF_EVERY_AGGREGATE == SHAPES["Credential", 2]
    assert found.otp_generation == 0
