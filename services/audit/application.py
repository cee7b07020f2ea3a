"""The index of all histories: followed event by event, searched by operators (AUDIT-1, AUDIT-4)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from eventsourcing.persistence import Tracking

from chassis.clock import Clock, utc_now
from chassis.follower import Follower, History
from chassis.publishing import history_page
from chassis.store import Application
from chassis.wire import hurrying
from contracts.audit import AuditKinds, AuditPage, AuditQuery
from contracts.base import Envelope, HistoryPage, HistoryQuery, Unavailable
from services.audit.config import AuditConfig
from services.audit.entries import entry_of, writes_of
from services.audit.schema import MIGRATIONS
from services.audit.search import KINDS, page_size, search

log = logging.getLogger(__name__)

HASTE = 1.0
"""Seconds that a query may spend on catching up with all sources together."""


class Audit(Application):
    """An index only: what counts as evidence are the histories, in the append-only stores of the services.

    It is rebuilt from them when its database is emptied: it begins at their beginning then. `position` is its own,
    without gaps, in the order in which events arrived here; those of one service keep that service's order. After a
    rebuild the services may be interleaved differently. The one history of its own, in which nothing is but operators'
    orders to it, is followed like the others; whoever empties the index must keep it (`stored_events`).
    """

    name = "audit"
    migrations = MIGRATIONS

    def __init__(self, config: AuditConfig, histories: Mapping[str, History], clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self._followers = {
            source: Follower(self, source, history, self._take_in)
            for source, history in {**histories, self.name: self.history}.items()
        }

    @property
    def followers(self) -> tuple[Follower, ...]:
        """One for each source."""
        return tuple(self._followers.values())

    def follow(self, source: str) -> None:
        """Take in what is new in one service's history. Raises `Unavailable`; the next call goes on from there."""
        self._followers[source].catch_up()

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What was ordered of this service itself."""
        return history_page(self, query, lambda events: [None for _ in events])

    def entries(self, query: AuditQuery) -> AuditPage:
        """What meets all conditions, in order of position, or from the newest back.

        What was recorded before the question is in it, unless its service is away, or further ahead than can be
        caught up with within a second.
        """
        self._hurry_after()
        sql, params = search(query)
        found = self.rows(sql, params)
        size = page_size(query)
        return AuditPage(entries=tuple(entry_of(row) for row in found[:size]), more=len(found) > size)

    def kinds(self) -> AuditKinds:
        """Of all entries that there are."""
        self._hurry_after()
        return AuditKinds(kinds=tuple(row["kind"] for row in self.rows(KINDS, {})))

    def _hurry_after(self) -> None:
        for source in self._followers:
            try:
                with hurrying(HASTE / len(self._followers)):
                    self._followers[source].catch_up()
            except Unavailable:
                continue
            except Exception:
                # A stale answer is better than none; the background follower meets the same fault and counts it.
                log.exception("could not catch up with %s before answering", source)

    def _take_in(self, events: Sequence[Envelope], tracking: Tracking) -> None:
        """A page at once: a commit an event would take minutes for the 20,000 events of a large line's provisioning."""
        self.save(writes=writes_of(events) if events else (), tracking=tracking)
