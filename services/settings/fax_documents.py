"""Fax documents at rest: in parts, each sealed under the document's own key (FEAT-2, AUDIT-5).

The document comes before it is known whose it is, so its key is locked away under the service's key at first. When a fax
claims it the key is sealed under the holder's: whoever destroys that erases the document, and no part is written anew.
What is made of a document for readers (PDF, previews) is kept beside it in the same way, for some hours.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError

from chassis.clock import to_micros
from chassis.parts import from_text, in_parts, new_key, open_part, seal_part
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.base import Nothing
from contracts.settings.fax_inbox import (
    PART_BYTES,
    CompleteDocument,
    DocumentDiffers,
    DocumentFault,
    DocumentKept,
    DocumentTooLarge,
    FaxForm,
    FaxOutcome,
    KeepDocumentPart,
)
from services.settings.store import SettingsStore
from services.settings.tiff import TiffReader, Unreadable

UNCLAIMED_FOR = timedelta(hours=24)
"""So long a document waits for its fax, and the outcome of one that was not kept is known."""
RENDERED_FOR = timedelta(hours=12)
AT_ONCE = 50
TIFF = FaxForm.TIFF.value

_DOCUMENT = "SELECT * FROM fax_documents WHERE document_id = :document"
_OPEN = "INSERT INTO fax_documents (document_id, locked_key, at) VALUES (:document, :key, :at) ON CONFLICT DO NOTHING"
_PART = (
    "INSERT INTO fax_parts VALUES (:document, :form, :place, :content) "
    "ON CONFLICT (document_id, form, place) DO UPDATE SET content = excluded.content"
)
_COMPLETE = (
    "UPDATE fax_documents SET parts = :parts, size = :size, digest = :digest, pages = :pages, fault = :fault, at = :at "
    "WHERE document_id = :document AND digest IS NULL"
)


@dataclass(frozen=True)
class Document:
    """A complete one."""

    document_id: UUID
    parts: int
    size: int
    pages: int
    fault: DocumentFault | None
    assignment_id: UUID | None
    event_id: str | None
    outcome: FaxOutcome | None


class FaxDocuments:
    """Of all numbers."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self._most = store.config.fax_bytes
        self._reader = TiffReader(most_pages=store.config.fax_pages, most_bytes=self._most)

    # --- on the way in ---------------------------------------------------------------------------------------

    def keep_part(self, request: KeepDocumentPart) -> Nothing:
        """Raises `DocumentTooLarge`; what comes for a complete document changes nothing."""
        content = from_text(request.content.reveal())
        if len(content) > PART_BYTES or request.place * PART_BYTES >= self._most:
            raise DocumentTooLarge(most=self._most)
        document = request.document_id
        key = self._store.personal.lock_away(new_key(), document.hex)
        self._store.execute(_OPEN, {"document": document.hex, "key": key, "at": self._now()})
        row = self._row(document)
        if row["digest"] is None:
            self._store.execute(_PART, self._part(self._key(row), document, TIFF, request.place, content))
        return Nothing()

    def complete(self, request: CompleteDocument) -> DocumentKept:
        """Look the document through, once. Raises `DocumentDiffers`, `DocumentTooLarge`, `Busy`."""
        if request.size > self._most:
            raise DocumentTooLarge(most=self._most)
        row = self._store.row(_DOCUMENT, {"document": request.document_id.hex})
        if row is None:
            raise DocumentDiffers
        if row["digest"] is None:
            self._check(row, request)
            pages, fault = self._look_through(row, request.parts)
            found = {"parts": request.parts, "size": request.size, "digest": request.digest, "pages": pages}
            self._store.execute(_COMPLETE, {**found, "document": row["document_id"], "fault": fault, "at": self._now()})
            row = self._row(request.document_id)
        if not hmac.compare_digest(row["digest"], request.digest):
            raise DocumentDiffers
        return DocumentKept(document_id=request.document_id, pages=row["pages"], fault=row["fault"])

    def _check(self, row: dict[str, Any], request: CompleteDocument) -> None:
        digest, size = hashlib.sha256(), 0
        for part in self._parts(row, request.parts):
            digest.update(part)
            size += len(part)
        if size != request.size or not hmac.compare_digest(digest.hexdigest(), request.digest):
            # Sent anew under the same id it may be whole, whatever is left of this.
            self._store.execute("DELETE FROM fax_parts WHERE document_id = :document", {"document": row["document_id"]})
            raise DocumentDiffers

    def _look_through(self, row: dict[str, Any], parts: int) -> tuple[int, str | None]:
        try:
            return self._reader.pages_in(self._parts(row, parts)), None
        except Unreadable as unreadable:
            return 0, unreadable.fault.value

    # --- claiming --------------------------------------------------------------------------------------------

    def find(self, document_id: UUID) -> Document | None:
        """A complete document."""
        return _document(self._store.row(_DOCUMENT, {"document": document_id.hex}))

    def claimed_by(self, event_id: str) -> Document | None:
        """The document that this event has claimed, whatever became of it."""
        return _document(self._store.row("SELECT * FROM fax_documents WHERE event_id = :event", {"event": event_id}))

    def claim(self, document: Document, event_id: str, assignment_id: UUID, outcome: FaxOutcome) -> Write:
        """To be saved with the fax: a conflict where another claimed it meanwhile."""
        sealed = self._store.personal.seal(assignment_id, self._key(self._row(document.document_id)))
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

    # --- reading ---------------------------------------------------------------------------------------------

    def read(self, document: Document, form: FaxForm, page: int, place: int) -> tuple[bytes, int, int] | None:
        """One part in some form, of how many, and bytes of the whole. None where there is no such part, or it was erased.

        Raises `Unreadable`, `Busy`.
        """
        row = self._row(document.document_id)
        name = f"preview-{page}" if form is FaxForm.PREVIEW else form.value
        key = self._key(row)
        if not key:
            return None
        if form is FaxForm.TIFF:
            parts, size = document.parts, document.size
        else:
            parts, size = self._rendered(row, key, document, name, page)
        if place >= parts:
            return None
        return self._open(key, document.document_id, name, place), parts, size

    def _rendered(self, row: dict[str, Any], key: str, document: Document, name: str, page: int) -> tuple[int, int]:
        named = {"document": row["document_id"], "form": name}
        query = "SELECT parts, size FROM fax_renderings WHERE document_id = :document AND form = :form"
        there = self._store.row(query, named)
        if there is None:
            tiff = self._parts(row, document.parts)
            made = self._reader.pdf(tiff) if name == FaxForm.PDF.value else self._reader.preview(tiff, page)
            content = [
                self._part(key, document.document_id, name, place, part)
                for place, part in enumerate(in_parts(made, PART_BYTES))
            ]
            kept = {**named, "parts": len(content), "size": len(made), "at": self._now()}
            try:
                self._store.save(
                    writes=[
                        ("INSERT INTO fax_renderings VALUES (:document, :form, :parts, :size, :at)", kept),
                        ("INSERT INTO fax_parts VALUES (:document, :form, :place, :content)", content),
                    ]
                )
            except IntegrityError:  # somebody opened it in the same moment
                there = self._store.row(query, named)
        there = there or self._store.row(query, named)
        return (there["parts"], there["size"]) if there else (0, 0)

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
        writes = [write for one in unclaimed for write in without_content([UUID(one["document_id"])])]
        for one in rendered:
            writes += [
                ("DELETE FROM fax_parts WHERE document_id = :document_id AND form = :form", one),
                ("DELETE FROM fax_renderings WHERE document_id = :document_id AND form = :form", one),
            ]
        if writes:
            self._store.save(writes=writes)
        return max(len(unclaimed), len(rendered)) == AT_ONCE

    # --- parts -----------------------------------------------------------------------------------------------

    def _row(self, document_id: UUID) -> dict[str, Any]:
        row = self._store.row(_DOCUMENT, {"document": document_id.hex})
        if row is None:
            raise DocumentDiffers
        return row

    def _key(self, row: dict[str, Any]) -> str:
        """Empty where the holder's key was destroyed."""
        if row["assignment_id"] is None:
            return self._store.personal.take_out(row["locked_key"], row["document_id"])
        return self._store.personal.open(Sealed(UUID(row["assignment_id"]), row["locked_key"])) or ""

    def _parts(self, row: dict[str, Any], parts: int) -> Iterator[bytes]:
        key = self._key(row)
        return (self._open(key, UUID(row["document_id"]), TIFF, place) for place in range(parts))

    def _open(self, key: str, document_id: UUID, form: str, place: int) -> bytes:
        row = self._store.row(
            "SELECT content FROM fax_parts WHERE document_id = :document AND form = :form AND place = :place",
            {"document": document_id.hex, "form": form, "place": place},
        )
        if row is None:
            raise DocumentDiffers
        return open_part(key, bytes(row["content"]), _context(document_id, form, place))

    @staticmethod
    def _part(key: str, document_id: UUID, form: str, place: int, content: bytes) -> dict[str, Any]:
        sealed = seal_part(key, content, _context(document_id, form, place))
        return {"document": document_id.hex, "form": form, "place": place, "content": sealed}

    def _now(self) -> int:
        return to_micros(self._store.clock())


def without_content(document_ids: list[UUID]) -> list[Write]:
    """To be saved where documents go: parts first, then all that is known of them."""
    rows = [{"document": one.hex} for one in document_ids]
    tables = ("fax_parts", "fax_renderings", "fax_documents")
    return [(f"DELETE FROM {table} WHERE document_id = :document", rows) for table in tables if rows]  # noqa: S608


def _context(document_id: UUID, form: str, place: int) -> str:
    return f"{document_id.hex} {form} {place}"


def _document(row: dict[str, Any] | None) -> Document | None:
    if row is None or row["digest"] is None:
        return None
    return Document(
        document_id=UUID(row["document_id"]),
        parts=row["parts"],
        size=row["size"],
        pages=row["pages"],
        fault=DocumentFault(row["fault"]) if row["fault"] else None,
        assignment_id=UUID(row["assignment_id"]) if row["assignment_id"] else None,
        event_id=row["event_id"],
        outcome=FaxOutcome(row["outcome"]) if row["outcome"] else None,
    )
