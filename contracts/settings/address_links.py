"""Mail addresses that are proved by a mailed link before anything is sent there (FEAT-5)."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from contracts.base import Message, Refusal, Secret
from contracts.phone import Feature
from contracts.settings.common import Reach

ADDRESS_LINK_PATH = "/notices/links/{token}"
"""Where the mailed link leads, below the site's address. The token is secret: this path must not be logged as it stands."""

VERIFIED_FEATURES = frozenset({Feature.FAULT_NOTIFICATION})
"""Those whose addresses must be proved."""


class AddressLinkState(StrEnum):
    """What a link is worth."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """The address, or the number, is not there any more."""
    UNKNOWN = "unknown"


class SendAddressLink(Message):
    """Mail a link to an address that waits for it once more. One that was proved meanwhile is no fault."""

    reach: Reach
    feature: Feature
    request_id: UUID
    address_id: UUID


class LookAtAddressLink(Message):
    """What the link is worth; changes nothing."""

    token: Secret


class AddressLinkView(Message):
    state: AddressLinkState
    address: str | None = None
    """Masked."""
    number: str | None = None
    """Masked."""
    on: bool = False
    """Whether the feature is on, so that notices go there once it is proved."""


class UseAddressLink(Message):
    """A person has opened the link. Repeating it is answered the same."""

    token: Secret


class AddressLinkVoid(Refusal):
    """Nothing was changed."""

    class Details(Message):
        state: AddressLinkState

    details: Details
