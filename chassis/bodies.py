"""Reading a request's body: whole, in time, and no more of it than whoever sends it may send."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, cast

from eventlet import Timeout

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 60
ANYBODYS = 64 * 1024
"""Bytes that anybody may send; they stay in memory. The rest goes to disk, so that nobody fills either."""


def length_of(environ: WSGIEnvironment) -> int:
    """Bytes, as announced."""
    return int(environ.get("CONTENT_LENGTH") or 0)


def is_chunked(environ: WSGIEnvironment) -> bool:
    """Whether the body's length shows only when it has arrived (RFC 9112, 7.1)."""
    return str(environ.get("HTTP_TRANSFER_ENCODING", "")).strip().lower() == "chunked"


def read_body(environ: WSGIEnvironment, most: int = ANYBODYS) -> IO[bytes] | int:
    """The whole body; or the status that refuses it: 408 where it does not arrive in time, 413 where it has more than
    `most` bytes. The environment tells its length afterwards.
    """
    chunked = is_chunked(environ)
    left = most + 1 if chunked else length_of(environ)
    body = tempfile.SpooledTemporaryFile(max_size=ANYBODYS)  # noqa: SIM115  # it is gone with the request
    try:
        with Timeout(BODY_SECONDS, TimeoutError):
            while left > 0:
                part = environ["wsgi.input"].read(min(left, ANYBODYS))
                if not part and chunked:
                    break
                if not part:
                    return 408
                body.write(part)
                left -= len(part)
    except (TimeoutError, OSError):
        return 408
    if body.tell() > most:
        return 413
    if chunked:
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    return cast("IO[bytes]", body)
