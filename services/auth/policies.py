"""Whenever otp tells of a lock, the credential is locked too (run by the follower). Repeats change nothing."""

from __future__ import annotations

from uuid import UUID

from eventsourcing.persistence import Tracking

from chassis.trail import Trail
from contracts.base import Channel, Envelope, Role
from services.auth.application import Auth
from services.auth.second_factor import Lock


def whenever_a_factor_is_locked(auth: Auth, event: Envelope, tracking: Tracking) -> bool:
    """Then the password is void, also where the answer that said so was lost (OTP-9)."""
    assignment_id = UUID(event.data["assignment"])
    return auth.login_steps.learn_lock(
        assignment_id,
        event.data["generation"],
        Lock(event.data["factor"], event.data["mismatches"]),
        trail=_trail(auth, assignment_id, event),
        tracking=tracking,
    )


POLICIES = {"FactorLocked": whenever_a_factor_is_locked}


def apply(auth: Auth, event: Envelope, tracking: Tracking) -> bool:
    """What follows from one event of otp, saved with the position; False when nothing does."""
    policy = POLICIES.get(event.name)
    return policy(auth, event, tracking) if policy else False


def _trail(auth: Auth, assignment_id: UUID, event: Envelope) -> Trail:
    """Whoever guessed last, as otp tells it."""
    actor = event.data.get("actor") or {}
    number = actor.get("number")
    return Trail(
        channel=Channel(event.data.get("channel", Channel.SYSTEM)),
        role=Role(actor.get("role", Role.SYSTEM)),
        correlation_id=event.data.get("correlation_id", ""),
        actor=auth.store.personal.seal(assignment_id, number) if number else None,
        address_token=event.data.get("address_token"),
        request_id=event.data.get("request_id"),
    )
