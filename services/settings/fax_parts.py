"""Fax documents at rest: in parts, each sealed under the document's own key (FEAT-2, AUDIT-5).

The document comes before it is known whose it is, so its key is locked away under the service's key at first. When a fax
claims it the key is sealed under the holder's: whoever destroys that erases the document, and no part is written anew.
What is made of a document for readers (PDF, previews) is kept beside it in the same way, for some hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.parts import open_part, seal_part
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.settings.fax_inbox import DocumentDiffers, DocumentFault, FaxForm, FaxOutcome
from services.settings.store import SettingsStore

TIFF = FaxForm.TIFF.value
KEEP_PART = (
    "INSERT INTO fax_parts VALUES (:document, :form, :place, :content) "
    "ON CONFLICT (document_id, form, place) DO UPDATE SET content = excluded.content"
)
DOCUMENT = "SELECT * FROM fax_documents WHERE document_id = :document"


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


class FaxParts:
    """Of all documents of one store."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def row(self, document_id: UUID) -> dict[str, Any]:
        """All that is known of a document, complete or not. Raises `DocumentDiffers`."""
        row = self._store.row(DOCUMENT, {"document": document_id.hex})
        if row is None:
            raise DocumentDiffers
        return row

    def key(self, row: dict[str, Any]) -> str:
        """Empty where the holder's key was destroyed."""
        if row["assignment_id"] is None:
            return self._store.personal.take_out(row["locked_key"], row["document_id"])
        return self._store.personal.open(Sealed(UUID(row["assignment_id"]), row["locked_key"])) or ""

    def all(self, row: dict[str, Any], parts: int) -> Iterator[bytes]:
        """The document as it was received, one part after the other."""
        key = self.key(row)
        return (self.open(key, UUID(row["document_id"]), TIFF, place) for place in range(parts))

    def open(self, key: str, document_id: UUID, form: str, place: int) -> bytes:
        """One part in some form. Raises `DocumentDiffers` where there is none."""
        row = self._store.row(
            "SELECT content FROM fax_parts WHERE document_id = :document AND form = :form AND place = :place",
            {"document": document_id.hex, "form": form, "place": place},
        )
        if row is None:
            raise DocumentDiffers
        return open_part(key, bytes(row["content"]), _context(document_id, form, place))

    @staticmethod
    def sealed(key: str, document_id: UUID, form: str, place: int, content: bytes) -> dict[str, Any]:
        """The row of one part."""
        sealed = seal_part(key, content, _context(document_id, form, place))
        return {"document": document_id.hex, "form": form, "place": place, "content": sealed}


def without_content(document_ids: list[UUID]) -> list[Write]:
    """To be saved where documents go: parts first, then all that is known of them."""
    rows = [{"document": one.hex} for one in document_ids]
    tables = ("fax_parts", "fax_renderings", "fax_documents")
    return [(f"DELETE FROM {table} WHERE document_id = :document", rows) for table in tables if rows]  # noqa: S608


def _context(document_id: UUID, form: str, place: int) -> str:
    return f"{document_id.hex} {form} {place}"


def complete_document(row: dict[str, Any] | None) -> Document | None:
    """What a row tells; None where it is not complete."""
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
