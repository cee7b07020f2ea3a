"""Reading a request's body: whole, in time, and no more of it than whoever sends it may send."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, cast

from eventlet import Timeout

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 60
MAX_BODY = 4 * 1024 * 1024
"""Bytes, of those whom the application lets send that much."""
ANYBODYS = 64 * 1024
"""Bytes that anybody may send; they stay in memory. The rest goes to disk, so that nobody fills either."""


def length_of(environ: WSGIEnvironment) -> int:
    """Bytes, as announced."""
    return int(environ.get("CONTENT_LENGTH") or 0)


def read_body(environ: WSGIEnvironment) -> IO[bytes] | int:
    """The whole body; or the status that refuses it: 408 where it does not arrive in time."""
    left = length_of(environ)
    body = tempfile.SpooledTemporaryFile(max_size=ANYBODYS)  # noqa: SIM115  # it is gone with the request
    try:
        with Timeout(BODY_SECONDS, TimeoutError):
            while left > 0:
                part = environ["wsgi.input"].read(min(left, ANYBODYS))
                if not part:
                    return 408
                body.write(part)
                left -= len(part)
    except (TimeoutError, OSError):
        return 408
    body.seek(0)
    return cast("IO[bytes]", body)
