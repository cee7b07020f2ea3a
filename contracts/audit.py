"""What operators ask the audit service: where all histories meet (AUDIT-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from contracts.base import Message, Nothing
from contracts.phone import PhoneNumber


class AuditQuery(Message):
    """Which entries to tell, in order of position; every condition given must hold.

    `since` is inclusive, `until` exclusive. `after` is the position of the last entry already seen; with `newest` the last
    come first, and `before` is the position of the one seen last.
    """

    number: PhoneNumber | None = None
    line: PhoneNumber | None = None
    kind: str | None = None
    """The event's name, like `CredentialLocked`."""
    since: datetime | None = None
    until: datetime | None = None
    correlation_id: str | None = None
    after: int = 0
    newest: bool = False
    before: int | None = None
    limit: int = 200


class AuditEntry(Message):
    """One thing that happened. `position` is the audit's own, over all services."""

    position: int
    service: str
    time: datetime
    kind: str
    number: str | None
    line: str | None
    actor: str | None
    role: str | None
    channel: str | None
    address_token: str | None
    cause: str | None
    correlation_id: str | None
    data: dict[str, Any]


class AuditPage(Message):
    """`more` is true when the limit cut the answer: ask again with `after`, or `before`, = the last position told."""

    entries: tuple[AuditEntry, ...]
    more: bool


class AuditKinds(Message):
    """Of all that was ever recorded, in order of the alphabet."""

    kinds: tuple[str, ...]


class AuditApi(Protocol):
    """The audit service's remote procedures."""

    def entries(self, request: AuditQuery) -> AuditPage: ...
    def kinds(self, request: Nothing) -> AuditKinds: ...
