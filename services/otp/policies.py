"""Whenever auth tells of a number's end, its enrolment ends too (run by the follower). Repeats change nothing."""

from __future__ import annotations

from uuid import UUID

from eventsourcing.persistence import Tracking

from contracts.base import Envelope
from services.otp.enrolments import Enrolments


def whenever_a_number_is_removed(enrolments: Enrolments, event: Envelope, tracking: Tracking) -> bool:
    """Then its registration is gone, and the next holder of the number inherits nothing (LINE-9)."""
    return enrolments.end(UUID(event.data["assignment"]), tracking)


POLICIES = {"NumberRemoved": whenever_a_number_is_removed}


def apply(enrolments: Enrolments, event: Envelope, tracking: Tracking) -> bool:
    """What follows from one event of auth, saved with the position; False when nothing does."""
    policy = POLICIES.get(event.name)
    return policy(enrolments, event, tracking) if policy else False
