"""`POST /network/documents`: a fax on its way in, handed on in sealed parts (FEAT-2).

As the body itself (`image/tiff`, with its length or in chunks) or as the one file of a form. It is answered when it was
kept and looked through; the event `FaxReceived` then names it. Who sends it once more under the same `Idempotency-Key`
gets the same answer.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import IO, NoReturn
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import RequestEntityTooLarge

from chassis.parts import to_text
from contracts.base import Secret
from contracts.settings.fax_inbox import (
    PART_BYTES,
    CompleteDocument,
    DocumentDiffers,
    DocumentTaken,
    DocumentTooLarge,
    DocumentUnknown,
    KeepDocumentPart,
)
from gateway import here
from gateway.config import GatewayConfig
from gateway.machines import as_json, fault
from gateway.network_events import LARGEST_EVENT

PATH = "/network/documents"
FORM_AROUND = 64 * 1024
"""Bytes that a form may have besides the file in it."""
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:hikari:network:documents")
_KEY = re.compile(r"[!-~]{1,200}")


def largest_body(config: GatewayConfig) -> int:
    """Bytes, of the document and whatever a form puts around it."""
    return config.fax_bytes + FORM_AROUND


def keep() -> Response:
    """201 with the document's id, its pages, and the fault where it is quarantined."""
    request.max_content_length = largest_body(here.config())
    content, document_id = _content(), _document_id()
    settings, digest, size, place = here.settings(), hashlib.sha256(), 0, 0
    while part := content.read(PART_BYTES):
        settings.keep_document_part(
            KeepDocumentPart(document_id=document_id, place=place, content=Secret(to_text(part)))
        )
        digest.update(part)
        size, place = size + len(part), place + 1
    if not size:
        _wrong("the body is empty: send a TIFF, or a form with one file")
    kept = settings.complete_document(
        CompleteDocument(document_id=document_id, parts=place, size=size, digest=digest.hexdigest())
    )
    told = {"document": str(kept.document_id), "bytes": size, "pages": kept.pages, "quarantined": kept.fault}
    return as_json(told, 201)


def answer_refusals(network: Blueprint) -> None:
    """What the settings service refuses of a document, here and where an event names it."""
    told = {
        DocumentDiffers: "another document was kept under this Idempotency-Key; send it under a new one",
        DocumentUnknown: "data.document: no such document is waiting; POST it to /network/documents first",
        DocumentTaken: "data.document: another event has claimed it; send the document anew for this one",
    }
    for refusal, sentence in told.items():
        network.register_error_handler(refusal, partial(_refused, sentence))
    network.register_error_handler(DocumentTooLarge, _too_large)
    network.register_error_handler(RequestEntityTooLarge, _too_large_to_read)


def _refused(sentence: str, _refusal: Exception) -> Response:
    return fault(409, sentence)


def _too_large(refused: DocumentTooLarge) -> Response:
    return fault(413, f"a document has at most {refused.details.most} bytes", most=refused.details.most)


def _too_large_to_read(_error: RequestEntityTooLarge) -> Response:
    return fault(413, f"a document has at most {here.config().fax_bytes} bytes; an event has at most {LARGEST_EVENT}")


def _content() -> IO[bytes]:
    if request.mimetype != "multipart/form-data":
        return request.stream
    files = [file for _, listed in request.files.lists() for file in listed]
    if len(files) != 1:
        _wrong("a form with exactly one file is expected")
    return files[0].stream


def _document_id() -> UUID:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return uuid4()
    if not _KEY.fullmatch(key):
        _wrong("Idempotency-Key: 1 to 200 printable ASCII characters are expected")
    return uuid5(_NAMESPACE, key)


def _wrong(what: str) -> NoReturn:
    abort(fault(422, what))
