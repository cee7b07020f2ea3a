"""Fax documents in the forms in which they are read: as received, as PDF, page by page (FEAT-2)."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import IntegrityError

from chassis.clock import to_micros
from chassis.parts import in_parts
from contracts.settings.fax_inbox import PART_BYTES, FaxForm
from services.settings.fax_parts import Document, FaxParts
from services.settings.store import SettingsStore
from services.settings.tiff import TiffReader


class FaxReadings:
    """What was made once is kept for the next part and the next reader; a sweep of the documents lets it go."""

    def __init__(self, store: SettingsStore, parts: FaxParts, reader: TiffReader) -> None:
        self._store = store
        self._parts = parts
        self._reader = reader

    def read(self, document: Document, form: FaxForm, page: int, place: int) -> tuple[bytes, int, int] | None:
        """One part in some form, of how many, and bytes of the whole. None where there is no such part, or it was erased.

        Raises `Unreadable`, `Busy`.
        """
        row = self._parts.row(document.document_id)
        name = f"preview-{page}" if form is FaxForm.PREVIEW else form.value
        key = self._parts.key(row)
        if not key:
            return None
        if form is FaxForm.TIFF:
            parts, size = document.parts, document.size
        else:
            parts, size = self._rendered(row, key, document, name, page)
        if place >= parts:
            return None
        return self._parts.open(key, document.document_id, name, place), parts, size

    def _rendered(self, row: dict[str, Any], key: str, document: Document, name: str, page: int) -> tuple[int, int]:
        named = {"document": row["document_id"], "form": name}
        query = "SELECT parts, size FROM fax_renderings WHERE document_id = :document AND form = :form"
        there = self._store.row(query, named)
        if there is None:
            tiff = self._parts.all(row, document.parts)
            made = self._reader.pdf(tiff) if name == FaxForm.PDF.value else self._reader.preview(tiff, page)
            content = [
                self._parts.sealed(key, document.document_id, name, place, part)
                for place, part in enumerate(in_parts(made, PART_BYTES))
            ]
            kept = {**named, "parts": len(content), "size": len(made), "at": to_micros(self._store.clock())}
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
