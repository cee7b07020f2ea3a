"""How far a file has come, told as it changes, over one answer that goes on (server-sent events; BULK-9).

The answer is made while it is sent: it holds one connection, and no worker.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator

from flask import Response

from contracts.base import Refusal, Unavailable
from contracts.bulk.api import BulkApi, ProgressQuery, UploadQuery
from contracts.bulk.kinds import UploadState

LOOK_SECONDS = 1.0
SIGN_OF_LIFE_SECONDS = 10.0
"""So that nobody in between takes the connection for dead, and we notice who has gone."""
LASTS_SECONDS = 60.0
"""Then the browser asks anew, and whether it still may is looked at again."""
STREAMS_AT_ONCE = 4
"""Of one login, at one gateway: as many tabs as somebody may look at. Further ones wait until another has ended."""
FULL_SECONDS = 10
"""Until a browser whose login has so many asks anew."""
UNDER_WAY = frozenset({UploadState.CHECKING, UploadState.WORKING})


_open: Counter[str] = Counter()


def stream(bulk: BulkApi, upload: UploadQuery) -> Response:
    """An event for each change, until there is nothing more to wait for. Only the file's owner is told anything."""
    response = Response(_events(bulk, upload), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects answers would keep the news to itself
    return response


def _events(bulk: BulkApi, upload: UploadQuery) -> Iterator[str]:
    if _open[upload.session_key] >= STREAMS_AT_ONCE:
        yield f"retry: {FULL_SECONDS * 1000}\n\n"
        return
    _open[upload.session_key] += 1
    try:
        yield from _news(bulk, upload)
    finally:
        _open[upload.session_key] -= 1
        if not _open[upload.session_key]:
            del _open[upload.session_key]


def _news(bulk: BulkApi, upload: UploadQuery) -> Iterator[str]:
    ends_at, told, told_at, is_theirs = time.monotonic() + LASTS_SECONDS, "", 0.0, False
    yield f"retry: {int(LOOK_SECONDS * 1000)}\n\n"
    while time.monotonic() < ends_at:
        try:
            if not is_theirs:
                bulk.upload(upload)
                is_theirs = True
            now = bulk.progress(ProgressQuery(upload_id=upload.upload_id))
        except Unavailable:
            pass  # the page stays as it is; bulk is soon back
        except Refusal:
            yield _event({"state": "gone", "rows": 0, "done": 0})
            return
        else:
            event = _event({"state": now.state.value, "rows": now.rows, "done": now.done})
            if event != told:
                told, told_at = event, time.monotonic()
                yield event
            if now.state not in UNDER_WAY:
                return
        if time.monotonic() - told_at > SIGN_OF_LIFE_SECONDS:
            told_at = time.monotonic()
            yield ": \n\n"
        time.sleep(LOOK_SECONDS)


def _event(data: dict[str, object]) -> str:
    return f"data: {json.dumps(data)}\n\n"
