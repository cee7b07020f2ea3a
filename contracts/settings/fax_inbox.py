"""The fax inbox (FEAT-2): documents on their way in, the faxes of a number, and what is read of them.

A document crosses services in parts, never in one message. Its content is a `Secret`: base64 of at most `PART_BYTES`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.base import Message, Refusal, Secret
from contracts.settings.common import Reach

PART_BYTES = 256 * 1024
MOST_PARTS = 4096

Place = Annotated[int, Field(ge=0, lt=MOST_PARTS)]


# --- from the network --------------------------------------------------------------------------------------------


class DocumentFault(StrEnum):
    """Why a document is kept under lock and shown to nobody."""

    NOT_A_FAX = "not_a_fax"
    """No TIFF, or one that no fax machine makes."""
    BROKEN = "broken"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_LARGE = "too_large"
    """A page has more dots than paper has room for."""
    TOO_HARD = "too_hard"
    """Reading it took more time or memory than any fax does."""


class KeepDocumentPart(Message):
    """One part, by its place from 0. The same again does no harm."""

    document_id: UUID
    place: Place
    content: Secret


class CompleteDocument(Message):
    """All parts are there; `digest` is the SHA-256 of the whole in hexadecimal. The same again is answered the same.

    Raises `DocumentDiffers`, `Busy`.
    """

    document_id: UUID
    parts: Annotated[int, Field(ge=1, le=MOST_PARTS)]
    size: Annotated[int, Field(ge=1)]
    digest: str


class DocumentKept(Message):
    """The document was looked through. With a `fault` it is quarantined."""

    document_id: UUID
    pages: int
    fault: DocumentFault | None = None


class FaxOutcome(StrEnum):
    """What became of a fax."""

    KEPT = "kept"
    QUARANTINED = "quarantined"
    """It is in the inbox, but nobody sees its pages."""
    FULL = "full"
    """The inbox had no room, and the number refuses faxes then."""
    NO_INBOX = "no_inbox"
    """Nobody has the number with fax notification contracted."""


class DocumentUnknown(Refusal):
    """There is no such document: it was never completed, or nobody claimed it within a day."""


class DocumentTaken(Refusal):
    """Another event has claimed the document."""


class DocumentDiffers(Refusal):
    """What arrived is not what was announced, or not what was kept under this id before. Send it under a new id."""


class DocumentTooLarge(Refusal):
    """The largest that any inbox takes is `most` bytes."""

    class Details(Message):
        most: int

    details: Details


# --- for the number's holder -------------------------------------------------------------------------------------


class FaxEntry(Message):
    """One fax in an inbox."""

    fax_id: UUID
    received_at: datetime
    caller: str | None
    """None where it was withheld, or erased."""
    pages: int
    size: int
    """Bytes, as it was received."""
    read: bool
    fault: DocumentFault | None = None
    kept_until: datetime
    deleted_at: datetime | None = None
    restorable_until: datetime | None = None


class InboxQuery(Message):
    """One page of the faxes, the newest first; or those that were deleted and can be brought back."""

    reach: Reach
    deleted: bool = False
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20


class InboxRoom(Message):
    """How full an inbox is, and what it holds at most."""

    faxes: int
    size: int
    most_faxes: int
    most_bytes: int
    most_pages: int
    days: int


class InboxPage(Message):
    faxes: tuple[FaxEntry, ...]
    page: int
    pages: int
    total: int
    unread: int
    restorable: int
    """How many were deleted and can be brought back."""
    room: InboxRoom


class FaxQuery(Message):
    """A fax that somebody opens. Opening marks it read."""

    reach: Reach
    fax_id: UUID


class DeleteFax(Message):
    """It can be brought back for a day. One that is deleted already is no fault."""

    reach: Reach
    fax_id: UUID


class RestoreFax(Message):
    """Bring a deleted fax back. Raises `NoRoomForFax`; one that is there is no fault."""

    reach: Reach
    fax_id: UUID


class FaxForm(StrEnum):
    """In what form a fax is read."""

    TIFF = "tiff"
    """As it was received."""
    PDF = "pdf"
    PREVIEW = "preview"
    """One page as PNG."""


class FaxPartQuery(Message):
    """One part of a fax in some form. Raises `FaxQuarantined`, `Busy`."""

    reach: Reach
    fax_id: UUID
    form: FaxForm
    page: Annotated[int, Field(ge=1)] = 1
    """Of a preview."""
    place: Place = 0


class FaxPart(Message):
    """`parts` and `size` (bytes) are those of the whole."""

    content: Secret
    parts: int
    size: int


class NoSuchFax(Refusal):
    """It is not in this inbox, not any more, or has no such page."""


class FaxQuarantined(Refusal):
    """Its document is damaged or dangerous and is shown to nobody."""


class NoRoomForFax(Refusal):
    """The inbox is full: delete others first."""
