"""Taking a file from a browser to the bulk service, and who may send so much at once (BULK-8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Flask, session
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, FileField, ValidationError

from contracts.base import Secret
from contracts.bulk.api import AddPart
from contracts.bulk.kinds import MOST_BYTES, PART_BYTES, BulkKind
from contracts.phone import AuthUnit
from gateway import here, sessions
from gateway.forms import form_secret

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_UPLOAD = 4 * 1024 * 1024
"""Bytes. Twice what a file may have, so that one that is too large is told about like any other fault."""
MAY_SEND = "may_send_files_until"
MAY_SEND_SECONDS = 12 * 3600
_FILE_PATHS = re.compile(r"/(password|unit/[a-z]+|otp)/bulk|/services/bulk-forwarding/groups/[0-9a-f-]{36}/file")


def let_send() -> None:
    """From now on this browser may send a file: it was shown the page for it, to somebody who may open that page."""
    session[MAY_SEND] = int(time.time()) + MAY_SEND_SECONDS


def may_send_file(site: Flask, environ: WSGIEnvironment) -> bool:
    """Asked by the head of a request alone, before its body is read. The cookie is signed: nobody else has it."""
    if environ["REQUEST_METHOD"] != "POST" or not _FILE_PATHS.fullmatch(str(environ.get("PATH_INFO", ""))):
        return False
    if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_UPLOAD:
        return False
    kept = site.session_interface.open_session(site, site.request_class(environ))
    until = kept.get(MAY_SEND) if kept is not None else None
    return isinstance(until, int) and time.time() < until


def a_csv_file(_form: FlaskForm, field: Field) -> None:
    """BULK-4: any name that ends in .csv."""
    given = field.data
    if not isinstance(given, FileStorage) or not given.filename:
        raise ValidationError("CSVファイルを選んでください。")
    if not given.filename.lower().endswith(".csv"):
        raise ValidationError(
            "ファイル名の終わりが「.csv」のファイルを選んでください。Excelブックは、CSV形式で保存し直してください。"
        )


class FileForm(FlaskForm):
    """One file."""

    file = FileField("CSVファイル", [a_csv_file])


class ConfirmForm(FlaskForm):
    """What is confirmed beside the file itself, where there is anything (BULK-7)."""

    corrected = BooleanField("先頭の0を補って設定します")


@dataclass(frozen=True)
class Aim:
    """What a file is for, besides its kind."""

    to_unit: AuthUnit | None = None
    group_id: UUID | None = None


def send(form: FileForm, kind: BulkKind, aim: Aim, seen: int = 0) -> UUID:
    """Hand it to the bulk service, part by part; the same form sent twice is the same file. Raises its refusals.

    `seen` is the version of the group, where it is for one, that the page showed.
    """
    file: FileStorage = form.file.data
    try:
        return _send(file, kind, aim, seen)
    finally:
        file.close()


def _send(file: FileStorage, kind: BulkKind, aim: Aim, seen: int) -> UUID:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    upload_id = _upload_id()
    parts = 1 if size > MOST_BYTES else max(1, -(-size // PART_BYTES))
    for place in range(parts):
        part = b"" if size > MOST_BYTES else file.stream.read(PART_BYTES)
        here.bulk().add_part(
            AddPart(
                session_key=sessions.present_key(),
                upload_id=upload_id,
                kind=kind,
                to_unit=aim.to_unit,
                group_id=aim.group_id,
                seen=seen,
                size=size,
                place=place,
                of=parts,
                part=Secret(base64.b64encode(part).decode()),
            )
        )
    return upload_id


def _upload_id() -> UUID:
    message = f"{sessions.present_key()}\0{form_secret()}"
    digest = hmac.digest(here.config().subkey("upload id"), message.encode(), hashlib.sha256)
    return UUID(bytes=digest[:16], version=4)
