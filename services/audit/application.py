"""The index of all histories: followed event by event, searched by operators (AUDIT-1, AUDIT-4)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from eventsourcing.persistence import Tracking

from chassis.clock import Clock, utc_now
from chassis.follower import Follower
from chassis.store import Application
from chassis.wire import hurrying
from contracts.audit import AuditPage, AuditQuery
from contracts.base import Envelope, HistoryPage, HistoryQuery, Unavailable
from services.audit.config import AuditConfig
from services.audit.entries import entry_of, writes_of
from services.audit.schema import MIGRATIONS
from services.audit.search import page_size, search

log = logging.getLogger(__name__)

HASTE = 1.0
"""Seconds that a query may spend on catching up with all sources together."""

History = Callable[[HistoryQuery], HistoryPage]


class Audit(Application):
    """An index only: what counts as evidence are the histories, in the append-only stores of the services.

    It is rebuilt from them when its database is emptied: it begins at their beginning then. `position` is its own,
    without gaps, in the order in which events arrived here; those of one service keep that service's order. After a
    rebuild the services may be interleaved differently.
    """

    name = "audit"
    migrations = MIGRATIONS

    def __init__(self, config: AuditConfig, histories: Mapping[str, History], clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self._histories = dict(histories)

    def follow(self, source: str) -> None:
        """Take in what is new in one service's history. Raises `Unavailable`; the next call goes on from there."""
        self._follower(source).catch_up()

    def entries(self, query: AuditQuery) -> AuditPage:
        """What meets all conditions, in order of position.

        What was recorded before the question is in it, unless its service is away, or further ahead than can be
        caught up with within a second.
        """
        self._hurry_after()
        sql, params = search(query)
        found = self.rows(sql, params)
        size = page_size(query)
        return AuditPage(entries=tuple(entry_of(row) for row in found[:size]), more=len(found) > size)

    def _hurry_after(self) -> None:
        for source in self._histories:
            try:
                with hurrying(HASTE / len(self._histories)):
                    self._follower(source).catch_up()
            except Unavailable:
                continue
            except Exception:
                # A stale answer is better than none; the background follower meets the same fault and counts it.
                log.exception("could not catch up with %s before answering", source)

    def _follower(self, source: str) -> Follower:
        page = _Page(self, source)
        return Follower(page, source, self._histories[source], page.collect)


class _Page:
    """One page of a history: collected event by event, then written whole in the transaction of the position.

    A commit an event would take minutes for the 20,000 events of a large line's provisioning.
    """

    def __init__(self, audit: Audit, source: str) -> None:
        self._audit = audit
        self._source = source
        self._events: list[Envelope] = []

    def position_in(self, source: str) -> int:
        return self._audit.position_in(source)

    def collect(self, event: Envelope, _tracking: Tracking) -> bool:
        """False, as far as the follower is concerned: nothing was saved yet."""
        self._events.append(event)
        return False

    def save(self, *_aggregates: Any, tracking: Tracking | None = None) -> None:
        """The follower's last word on a page: the position that all of it reaches to."""
        events, self._events = self._events, []
        self._audit.save(writes=writes_of(events) if events else (), tracking=tracking)
