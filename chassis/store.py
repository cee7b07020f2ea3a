"""The event-sourced application base: events, rows and positions committed together, over SQLite and PostgreSQL.

Events are appended only; the database refuses everything else (see `migrations.py`). What a page queries are plain rows,
written in the transaction of the events that caused them: `save(credential, writes=[(sql, {...})])`.
SQL texts keep to what both databases understand, with `:name` parameters.
"""

from __future__ import annotations

import functools
import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
from eventsourcing import application as es
from eventsourcing.domain import CanMutateAggregate
from eventsourcing.persistence import IntegrityError, JSONTranscoder, Notification, StoredEvent, Tracking
from eventsourcing.utils import Environment

from chassis.clock import Clock, utc_now
from chassis.migrations import Migration, migrate
from chassis.personal_data import PersonalData, SealedAsText
from chassis.recorders import Write, factory_for
from chassis.trail import Trail
from chassis.turns import InTurns
from contracts.base import Busy

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS_AT_A_CONFLICT = 40


def retry_on_conflict(method: Callable[P, R]) -> Callable[P, R]:
    """Run a load-decide-save use case again when somebody else saved in between.

    The library raises IntegrityError when a stream moved on or a unique row exists. The use case must load anew in
    its body. Raises `Busy` after many conflicts in a row.
    """

    @functools.wraps(method)
    def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(ATTEMPTS_AT_A_CONFLICT):
            try:
                return method(*args, **kwargs)
            except IntegrityError as error:
                if not _is_conflict(error):
                    raise
                # Spread the rivals: two processes that retry in step would collide for ever.
                time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 10)))  # noqa: S311  # no secret
        raise Busy(retry_after=1)

    return retried


def _is_conflict(error: IntegrityError) -> bool:
    """Somebody was quicker: as against a value that the database will never take, however often it is tried."""
    cause = error.__cause__
    if isinstance(cause, psycopg.Error):
        return isinstance(cause, psycopg.errors.UniqueViolation)
    return not isinstance(cause, sqlite3.Error) or "UNIQUE" in str(cause)


def replay(aggregate: Any, events: Iterable[Any]) -> Any:
    """An aggregate carried through its events, without the library's check of each: it costs more than the event."""
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate


class Application(es.Application[UUID]):
    """An application with its store. `database_url` is `sqlite:///absolute/path` or `postgresql://…`."""

    name = "application"
    log_section_size = 1000
    migrations: Sequence[Migration] = ()

    def __init__(self, database_url: str, key: bytes, clock: Clock = utc_now) -> None:
        self._database_url = database_url
        self.clock = clock
        super().__init__({"CREATE_TABLE": "n", "IS_SNAPSHOTTING_ENABLED": "y"})
        self.personal = PersonalData(self, key)

    @classmethod
    def migrate(cls, database_url: str) -> None:
        """Create or update the tables; a step of its own before any process serves (safe to run in parallel)."""
        migrate(cls.name, database_url, cls.migrations)

    # --- writing ---------------------------------------------------------------------------------------------

    def save(  # type: ignore[override]
        self,
        *aggregates: Any,
        writes: Iterable[Write] = (),
        tracking: Tracking | None = None,
        trail: Trail | None = None,
    ) -> list[Any]:
        """Commit the aggregates' new events, the rows and the follower's position in one transaction.

        Raises IntegrityError when a stream moved on meanwhile, a row is in the way, or the position was taken.
        """
        pending = es.ProcessingEvent[UUID](tracking=tracking)
        pending.collect_events(*aggregates, writes=tuple(writes))
        if trail is not None:
            stamp = trail.as_state()
            for event in pending.events:
                event.__dict__["trail"] = stamp
        pending.events = InTurns(pending.events)  # to encode ten thousand is pure computing
        recordings = self._record(pending)
        self.snapshot(pending)
        return recordings

    def snapshot(self, recorded: es.ProcessingEvent[UUID]) -> None:
        """Keep the state of those aggregates whose turn it is, after a commit; that it fails is no failure of the command."""
        try:
            self._take_snapshots(recorded)
        except Exception:
            # The command has been recorded; only the next load is slower.
            log.exception("snapshot failed")

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.rows("SELECT 1 AS here")

    def execute(self, sql: str, params: Mapping[str, Any]) -> int:
        """Run one statement on rows in a transaction of its own; returns how many rows it touched."""
        return self._rows.execute(sql, params)

    # --- reading ---------------------------------------------------------------------------------------------

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows that a query finds, each as a dict."""
        return self._rows.select(sql, params or {})

    def row(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def position_in(self, source: str) -> int:
        """How far this application has followed the history of `source`; 0 at the beginning."""
        return self.recorder.max_tracking_id(source) or 0  # type: ignore[attr-defined]

    def recorded_after(self, position: int, limit: int) -> list[tuple[int, CanMutateAggregate[UUID]]]:
        """(position, event) of what was recorded after a position, in commit order."""
        return [(one.id, self.event_in(one)) for one in self.stored_after(position, limit)]

    def stored_after(self, position: int, limit: int) -> Sequence[Notification]:
        """What was recorded after a position, in commit order, as it is stored."""
        return self.recorder.select_notifications(start=position, limit=limit, inclusive_of_start=False)

    def event_in(self, stored: Notification) -> CanMutateAggregate[UUID]:
        """The event that was stored."""
        return self.mapper.to_domain_event(  # type: ignore[return-value]
            StoredEvent(stored.originator_id, stored.originator_version, stored.topic, stored.state)
        )

    # --- what the library asks for ---------------------------------------------------------------------------

    def construct_env(self, name: str, env: Any = None) -> Environment:
        # The library merges the whole process environment; a service must depend on nothing it did not name.
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> Any:
        factory = factory_for(self.name, self._database_url, dict(env))
        self._rows = factory.rows
        return factory

    def construct_recorder(self) -> Any:
        return self.factory.process_recorder()

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(SealedAsText())
