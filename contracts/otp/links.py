"""The mailed link (OTP-2, OTP-3)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.phone import AssignmentId

LINK_PATH = "/otp/links/{token}"
"""Where a mailed link leads, below the site's address. The token is secret: this path must not be logged as it stands."""


class LinkState(StrEnum):
    """What a link is worth."""

    VALID = "valid"
    USED = "used"
    SUPERSEDED = "superseded"
    """A newer one was mailed."""
    EXPIRED = "expired"
    """Its 24 hours are over (OTP-2)."""
    WITHDRAWN = "withdrawn"
    """What it was to complete is not wanted any more: turned off, reset, number removed."""
    UNKNOWN = "unknown"


class LookAtLink(Message):
    """Asked for GET and HEAD: tells and consumes nothing (OTP-3)."""

    token: Secret


class LinkView(Message):
    state: LinkState
    address: str | None = None
    """Masked; where the link is valid."""


class UseLink(Message):
    """Asked for the POST that a person's page makes (OTP-3). Repeating it with one `attempt_id` answers the same."""

    attempt_id: UUID
    token: Secret


class LinkUsed(Message):
    """The address is fully registered now."""

    assignment_id: AssignmentId
    login_id: UUID
    """The login that registered it: in its browser the page goes on, elsewhere it says to log in (OTP-2)."""


class LinkVoid(Refusal):
    """Nothing was changed; `state` says why."""

    class Details(Message):
        state: LinkState

    details: Details
