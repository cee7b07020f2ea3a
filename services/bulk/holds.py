"""Which instance works on a file, for how long, and when one that went wrong is tried again (BULK-9)."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chassis.clock import to_micros
from chassis.passing import PASSING
from services.bulk.store import BulkStore, UploadRow

log = logging.getLogger(__name__)

HELD = timedelta(seconds=15)
"""How long a file is left to an instance that gives no sign of it any more."""
SIGN_SECONDS = 5.0
"""Between two signs, however long an owner takes to answer."""
POSTPONED = timedelta(seconds=2)
"""After something was out of reach."""
LONGEST_PAUSE = timedelta(minutes=5)
MOST_TRIES = 20
"""Failures in a row that do not look as if they passed. With the pauses between them, somewhat more than an hour."""


class Holds:
    """The files that one worker has taken up."""

    def __init__(self, store: BulkStore) -> None:
        self._store = store
        self._name = os.urandom(8).hex()

    def take(self) -> UploadRow | None:
        """A file to work on, which is left to this worker from now on."""
        return next((row for row in self._store.waiting() if self._hold(row)), None)

    def _hold(self, row: UploadRow) -> bool:
        now = self._store.clock()
        taken = self._store.execute(
            "UPDATE uploads SET holder = :me, held_until = :until WHERE upload_id = :id AND held_until <= :now "
            "AND ended_at IS NULL",
            {
                "me": self._name,
                "until": to_micros(now + HELD),
                "id": row.upload_id.hex,
                "now": to_micros(now),
            },
        )
        return bool(taken)

    @contextmanager
    def kept(self, row: UploadRow) -> Iterator[None]:
        """Give signs as long as the work goes on: an owner may take minutes, and nobody else shall begin it meanwhile."""
        over = threading.Event()

        def give_signs() -> None:
            while not over.wait(SIGN_SECONDS):
                try:
                    self._store.execute(
                        "UPDATE uploads SET held_until = :until WHERE upload_id = :id AND holder = :me "
                        "AND held_until > 0",
                        {
                            "me": self._name,
                            "id": row.upload_id.hex,
                            "until": to_micros(self._store.clock() + HELD),
                        },
                    )
                except PASSING:
                    log.warning("a file could not be held")

        signs = threading.Thread(target=give_signs, daemon=True)
        signs.start()
        try:
            yield
        finally:
            over.set()
            signs.join()

    def leave(self, row: UploadRow, pause: timedelta = POSTPONED) -> None:
        """Where it could not be brought any further: for a moment to nobody, then to whoever comes first."""
        self._store.execute(
            "UPDATE uploads SET held_until = 0, not_before = :then WHERE upload_id = :id AND holder = :me "
            "AND held_until > 0",
            {"me": self._name, "id": row.upload_id.hex, "then": to_micros(self._store.clock() + pause)},
        )

    def count_failure(self, row: UploadRow) -> None:
        """One more in a row. Work that was done since sets the count back."""
        self._store.execute("UPDATE uploads SET tries = tries + 1 WHERE upload_id = :id", {"id": row.upload_id.hex})


def pause_after(tries: int) -> timedelta:
    """Each is twice as long as the one before, up to some minutes."""
    return min(POSTPONED * (1 << min(tries, MOST_TRIES)), LONGEST_PAUSE)
