"""Whenever auth tells of a temporary password, its account here is brought up to that (run by the follower).

Repeats and late arrivals change nothing; an event that concerns no temporary password of ours is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from eventsourcing.persistence import Tracking

from contracts.base import Channel, Envelope, Role
from services.tempcred.lifetimes import Lifetimes, Told
from services.tempcred.temporary_password import VoidCause

Policy = Callable[[Lifetimes, UUID, Envelope, Told], bool]


def whenever_a_temporary_password_is_held(known: Lifetimes, temporary_id: UUID, event: Envelope, told: Told) -> bool:
    """Then it is set, also where the telephone's request never got its reply (TEMP-9)."""
    return known.learn_set(temporary_id, datetime.fromisoformat(event.data["expires_at"]), told)


def whenever_a_password_is_set(known: Lifetimes, temporary_id: UUID, event: Envelope, told: Told) -> bool:
    """Then the temporary one is replaced by the forced change, or voided where the password came another way."""
    if event.data["cause"] == "temporary":
        return known.learn_replaced(temporary_id, told)
    return known.learn_voided(temporary_id, VoidCause.PASSWORD_SET, told)


def whenever_a_credential_is_locked(known: Lifetimes, temporary_id: UUID, _event: Envelope, told: Told) -> bool:
    """Then there were too many mismatches (TEMP-8)."""
    return known.learn_voided(temporary_id, VoidCause.MISMATCHES, told)


def whenever_a_credential_is_voided(known: Lifetimes, temporary_id: UUID, event: Envelope, told: Told) -> bool:
    """Then the temporary password is void for the same cause. Raises ValueError for a cause we have not learnt."""
    cause = event.data["cause"]
    return known.learn_voided(temporary_id, VoidCause("superseded" if cause == "temporary_set" else cause), told)


POLICIES: dict[str, Policy] = {
    "TemporaryPasswordHeld": whenever_a_temporary_password_is_held,
    "PasswordSet": whenever_a_password_is_set,
    "CredentialLocked": whenever_a_credential_is_locked,
    "CredentialVoided": whenever_a_credential_is_voided,
}


def apply(known: Lifetimes, event: Envelope, tracking: Tracking) -> bool:
    """What follows from one event of auth, saved with the position; False when nothing does."""
    policy, temporary_id = POLICIES.get(event.name), event.data.get("temporary_password")
    if policy is None or not temporary_id:
        return False
    return policy(known, UUID(temporary_id), event, _told(event, tracking))


def _told(event: Envelope, tracking: Tracking) -> Told:
    actor = event.data.get("actor") or {}
    return Told(
        channel=Channel(event.data.get("channel", Channel.SYSTEM)),
        role=Role(actor.get("role", Role.SYSTEM)),
        correlation_id=event.data.get("correlation_id", ""),
        actor=actor.get("number"),
        address_token=event.data.get("address_token"),
        request_id=event.data.get("request_id"),
        tracking=tracking,
    )
