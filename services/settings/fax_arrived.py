"""What the network told of one fax."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from contracts.settings.network import FaxReceivedEvent


class FaxArrived(NamedTuple):
    """A document that is kept here came for a number."""

    event_id: str
    """With its source; known again when it is delivered once more."""
    document_id: UUID
    number: str
    at: datetime
    caller: str | None = None
    """None where the sender's machine told none."""

    @classmethod
    def of(cls, event: FaxReceivedEvent) -> Self:
        """As it came from outside."""
        fax = event.data
        return cls(event.key, fax.document, fax.number, event.time, fax.caller)
