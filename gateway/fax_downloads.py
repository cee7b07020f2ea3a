"""A fax on its way to the browser, part by part: the gateway never holds a whole one (FEAT-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from flask import Response

from chassis.parts import from_text
from contracts.settings.api import SettingsApi
from contracts.settings.common import Reach
from contracts.settings.fax_inbox import FaxForm, FaxPart, FaxPartQuery
from gateway import here

TYPES = {FaxForm.TIFF: "image/tiff", FaxForm.PDF: "application/pdf", FaxForm.PREVIEW: "image/png"}
SANDBOX = "default-src 'none'; sandbox"
"""Should a browser open what was meant to be saved: it may do nothing there."""


def answer(reach: Reach, fax_id: UUID, form: FaxForm, *, page: int = 1, name: str | None = None) -> Response:
    """The fax in this form, to be saved under `name`; without one it is shown in a page of ours.

    The first part is fetched at once, so that a refusal still has its page.
    """

    def query(place: int) -> FaxPartQuery:
        return FaxPartQuery(reach=reach, fax_id=fax_id, form=form, page=page, place=place)

    settings = here.settings()
    first = settings.fax_part(query(0))
    response = Response(_parts(settings, first, query), mimetype=TYPES[form])
    response.content_length = first.size
    response.headers["Cache-Control"] = "private, no-store"
    if name is not None:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _parts(settings: SettingsApi, first: FaxPart, query: Callable[[int], FaxPartQuery]) -> Iterator[bytes]:
    yield from_text(first.content.reveal())
    for place in range(1, first.parts):
        # A part that cannot be had ends the answer short of its announced length, which every browser takes as a failure.
        yield from_text(settings.fax_part(query(place)).content.reveal())
