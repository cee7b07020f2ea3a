"""How far a file has come, told as it changes, over one answer that goes on (server-sent events; BULK-9).

The answer is made while it is sent: it holds one connection, and no worker.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from uuid import UUID

from flask import Response

from contracts.base import Refusal, Unavailable
from contracts.bulk import BulkApi, ProgressQuery, UploadState

LOOK_SECONDS = 1.0
SIGN_OF_LIFE_SECONDS = 10.0
"""So that nobody in between takes the connection for dead, and we notice who has gone."""
LASTS_SECONDS = 60.0
"""Then the browser asks anew, and whether it still may is looked at again."""
UNDER_WAY = frozenset({UploadState.CHECKING, UploadState.WORKING})


def stream(bulk: BulkApi, upload_id: UUID) -> Response:
    """An event for each change, until there is nothing more to wait for."""
    response = Response(_events(bulk, upload_id), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects answers would keep the news to itself
    return response


def _events(bulk: BulkApi, upload_id: UUID) -> Iterator[str]:
    ends_at, told, told_at = time.monotonic() + LASTS_SECONDS, "", 0.0
    yield f"retry: {int(LOOK_SECONDS * 1000)}\n\n"
    while time.monotonic() < ends_at:
        try:
            now = bulk.progress(ProgressQuery(upload_id=upload_id))
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
