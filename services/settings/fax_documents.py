"""Fax documents on their way in: kept part by part, looked through, claimed by a fax, or let go (FEAT-2)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import to_micros
from chassis.parts import from_text, new_key
from chassis.recorders import Write
from contracts.base import Nothing
from contracts.settings.fax_inbox import (
    PART_BYTES,
    CompleteDocument,
    DocumentDiffers,
    DocumentKept,
    DocumentTooLarge,
    FaxOutcome,
    KeepDocumentPart,
)
from services.settings.fax_parts import (
    DOCUMENT,
    KEEP_PART,
    TIFF,
    Document,
    FaxParts,
    complete_document,
    without_content,
)
from services.settings.store import SettingsStore
from services.settings.tiff import TiffReader, Unreadable

UNCLAIMED_FOR = timedelta(hours=24)
"""So long a document waits for its fax, and the outcome of one that was not kept is known."""
RENDERED_FOR = timedelta(hours=12)
AT_ONCE = 50

_OPEN = "INSERT INTO fax_documents (document_id, locked_key, at) VALUES (:document, :key, :at) ON CONFLICT DO NOTHING"
_COMPLETE = (
    "UPDATE fax_documents SET parts = :parts, size = :size, digest = :digest, pages = :pages, fault = :fault, at = :at "
    "WHERE document_id = :document AND digest IS NULL"
)

_GONE = "NOT EXISTS (SELECT 1 FROM fax_documents WHERE document_id = :document_id)"
_LET_GO = (
    "DELETE FROM fax_documents WHERE document_id = :document_id AND assignment_id IS NULL",
    f"DELETE FROM fax_parts WHERE document_id = :document_id AND {_GONE}",  # noqa: S608  # own words
    f"DELETE FROM fax_renderings WHERE document_id = :document_id AND {_GONE}",  # noqa: S608
)
"""Unless a fax has claimed it since it was looked for; then nothing of it goes."""


class FaxDocuments:
    """Of all numbers."""

    def __init__(self, store: SettingsStore, parts: FaxParts, reader: TiffReader) -> None:
        self._store = store
        self._parts = parts
        self._reader = reader
        self._most = store.config.fax_bytes

    # --- on the way in ---------------------------------------------------------------------------------------

    def keep_part(self, request: KeepDocumentPart) -> Nothing:
        """Raises `DocumentTooLarge`; what comes for a complete document changes nothing."""
        content = from_text(request.content.reveal())
        if len(content) > PART_BYTES or request.place * PART_BYTES >= self._most:
            raise DocumentTooLarge(most=self._most)
        document = request.document_id
        key = self._store.personal.lock_away(new_key(), document.hex)
        self._store.execute(_OPEN, {"document": document.hex, "key": key, "at": self._now()})
        row = self._parts.row(document)
        if row["digest"] is None:
            self._store.execute(
                KEEP_PART, self._parts.sealed(self._parts.key(row), document, TIFF, request.place, content)
            )
        return Nothing()

    def complete(self, request: CompleteDocument) -> DocumentKept:
        """Look the document through, once. Raises `DocumentDiffers`, `DocumentTooLarge`, `Busy`."""
        if request.size > self._most:
            raise DocumentTooLarge(most=self._most)
        row = self._store.row(DOCUMENT, {"document": request.document_id.hex})
        if row is None:
            raise DocumentDiffers
        if row["digest"] is None:
            self._check(row, request)
            pages, fault = self._look_through(row, request.parts)
            found = {"parts": request.parts, "size": request.size, "digest": request.digest, "pages": pages}
            self._store.execute(_COMPLETE, {**found, "document": row["document_id"], "fault": fault, "at": self._now()})
            row = self._parts.row(request.document_id)
        if not hmac.compare_digest(row["digest"], request.digest):
            raise DocumentDiffers
        return DocumentKept(document_id=request.document_id, pages=row["pages"], fault=row["fault"])

    def _check(self, row: dict[str, Any], request: CompleteDocument) -> None:
        digest, size = hashlib.sha256(), 0
        for part in self._parts.all(row, request.parts):
            digest.update(part)
            size += len(part)
        if size != request.size or not hmac.compare_digest(digest.hexdigest(), request.digest):
            # Sent anew under the same id it may be whole, whatever is left of this.
            self._store.execute("DELETE FROM fax_parts WHERE document_id = :document", {"document": row["document_id"]})
            raise DocumentDiffers

    def _look_through(self, row: dict[str, Any], parts: int) -> tuple[int, str | None]:
        try:
            return self._reader.pages_in(self._parts.all(row, parts)), None
        except Unreadable as unreadable:
            return 0, unreadable.fault.value

    # --- claiming --------------------------------------------------------------------------------------------

    def find(self, document_id: UUID) -> Document | None:
        """A complete document."""
        return complete_document(self._store.row(DOCUMENT, {"document": document_id.hex}))

    def claimed_by(self, event_id: str) -> Document | None:
        """The document that this event has claimed, whatever became of it."""
        return complete_document(
            self._store.row("SELECT * FROM fax_documents WHERE event_id = :event", {"event": event_id})
        )

    def claim(self, document: Document, event_id: str, assignment_id: UUID, outcome: FaxOutcome) -> Write:
        """To be saved with the fax: a conflict where another claimed it meanwhile."""
        sealed = self._store.personal.seal(assignment_id, self._parts.key(self._parts.row(document.document_id)))
        row = {"key": sealed.ciphertext, "assignment": assignment_id.hex}
        return self._conclusion(document, event_id, outcome, "locked_key = :key, assignment_id = :assignment, ", row)

    def turn_away(self, document: Document, event_id: str, outcome: FaxOutcome) -> list[Write]:
        """To be saved instead: its parts go at once, and the outcome is known for a day."""
        return [self._conclusion(document, event_id, outcome, "", {}), *without_content([document.document_id])[:1]]

    def _conclusion(
        self, document: Document, event_id: str, outcome: FaxOutcome, more: str, row: dict[str, str]
    ) -> Write:
        named = {**row, "event": event_id, "outcome": outcome.value, "document": document.document_id.hex}
        sql = f"UPDATE fax_documents SET {more}event_id = :event, outcome = :outcome "  # noqa: S608  # own words
        return (sql + "WHERE document_id = :document AND event_id IS NULL", named, 1)

    # --- growing old -----------------------------------------------------------------------------------------

    def sweep(self) -> bool:
        """Let go of what nobody claimed and of what can be made again; true when there is more."""
        now = self._store.clock()
        unclaimed = self._store.rows(
            "SELECT document_id FROM fax_documents WHERE assignment_id IS NULL AND at < :before ORDER BY at LIMIT :most",
            {"before": to_micros(now - UNCLAIMED_FOR), "most": AT_ONCE},
        )
        rendered = self._store.rows(
            "SELECT document_id, form FROM fax_renderings WHERE at < :before ORDER BY at LIMIT :most",
            {"before": to_micros(now - RENDERED_FOR), "most": AT_ONCE},
        )
        writes: list[Write] = [(sql, one) for one in unclaimed for sql in _LET_GO]
        for one in rendered:
            writes += [
                ("DELETE FROM fax_parts WHERE document_id = :document_id AND form = :form", one),
                ("DELETE FROM fax_renderings WHERE document_id = :document_id AND form = :form", one),
            ]
        if writes:
            self._store.save(writes=writes)
        return max(len(unclaimed), len(rendered)) == AT_ONCE

    def _now(self) -> int:
        return to_micros(self._store.clock())
