"""Many aggregates changed in one save, although others go on at single ones of them.

Of thousands of streams some one moves at any moment. A save of all that began anew at every conflict would lose against
a single person who logs in again and again. So all is worked out and encoded ahead; a conflict costs those streams that
moved, and between the last look and the commit there is next to nothing to do. That nothing has moved the commit itself
proves, as ever: by the versions.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterable
from typing import Any, Generic, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent

from chassis.encoded import stamped
from chassis.loading import load_many
from chassis.recorders import Write
from chassis.store import Application
from chassis.trail import Trail

A = TypeVar("A", bound=Aggregate)

log = logging.getLogger(__name__)

LET_OTHERS_WORK_EVERY = 200
LOOKED_AT_ONCE = 1000


class Prepared(Generic[A]):
    """Aggregates of one kind on their way to one save. One object a use case, kept over its conflicts.

    A try: `undecided`, decide about each of them, `save`.
    """

    def __init__(self, store: Application, kind: type[A], ids: Iterable[UUID], trail: Trail) -> None:
        self._store = store
        self._kind = kind
        self._trail = trail
        self._position: int = (
            store.recorder.max_notification_id() or 0
        )  # before they are loaded: rather twice than never
        self.aggregates = load_many(store, kind, ids)
        self._undecided = dict(self.aggregates)
        self._events: dict[UUID, list[Any]] = {}
        self._stored: dict[UUID, list[StoredEvent]] = {}

    def undecided(self) -> dict[UUID, A]:
        """At first all; later those that were loaded anew because something was recorded of them."""
        moved = self._moved()
        if moved:
            anew = load_many(self._store, self._kind, moved)
            self.aggregates.update(anew)
            self._undecided.update(anew)
        return self._undecided

    def save(self, *others: Any, writes: Iterable[Write] = ()) -> None:
        """Commit what was decided, the other aggregates and the rows. Raises IntegrityError as `Application.save` does."""
        self._encode()
        last = stamped(self._trail, *others)
        stored = [*itertools.chain.from_iterable(self._stored.values()), *map(self._to_stored, last.events)]
        self._store.recorder.insert_events(stored, writes=tuple(writes))
        last.events[:0] = itertools.chain.from_iterable(self._events.values())
        last.aggregates.update(self.aggregates)
        self._store.snapshot(last)

    # --- within ----------------------------------------------------------------------------------------------

    def _moved(self) -> set[UUID]:
        moved: set[UUID] = set()
        while True:
            page = self._store.stored_after(self._position, LOOKED_AT_ONCE)
            if not page:
                return moved
            moved |= {one.originator_id for one in page if one.originator_id in self.aggregates}  # type: ignore[misc]
            self._position = page[-1].id

    def _encode(self) -> None:
        """From now on they are decided; a repeated try has nothing to encode again."""
        for place, (one, aggregate) in enumerate(self._undecided.items()):
            if place % LET_OTHERS_WORK_EVERY == 0:
                time.sleep(0)  # ten thousand are pure computing; logins go on meanwhile
            pending = stamped(self._trail, aggregate)
            self._events[one] = pending.events
            self._stored[one] = [self._to_stored(event) for event in pending.events]
        self._undecided = {}

    def _to_stored(self, event: Any) -> StoredEvent:
        return self._store.mapper.to_stored_event(event)
