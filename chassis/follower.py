"""Reading another service's history in order; what follows from an event and the position commit together.

A repeat meets the position that was recorded with its effect and changes nothing, so two followers that are active at
once do no harm, and after a crash it goes on where the last commit was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from eventsourcing.persistence import IntegrityError, Tracking

from contracts.base import Envelope, HistoryPage, HistoryQuery

log = logging.getLogger(__name__)

Policy = Callable[[Envelope, Tracking], bool]
"""Do what follows from the event and save it with the tracking; False when nothing follows and nothing was saved."""


class Follows(Protocol):
    """What is needed of the application that follows."""

    def position_in(self, source: str) -> int: ...
    def save(self, *aggregates: Any, tracking: Tracking | None = None) -> Any: ...


class Follower:
    """Carries one application forward through the history of `source`."""

    def __init__(
        self, application: Follows, source: str, history: Callable[[HistoryQuery], HistoryPage], policy: Policy
    ) -> None:
        self._application = application
        self._source = source
        self._history = history
        self._policy = policy

    def catch_up(self, limit: int = 100) -> int:
        """Work through what is new, to the end; returns how many positions it moved on.

        Raises what the policy raises: the position stays before that event, and the next call tries it again.
        """
        start = position = self._application.position_in(self._source)
        while True:
            page = self._history(HistoryQuery(after=position, limit=limit))
            if page.until <= position:
                return position - start
            reached = self._apply(page)
            if reached <= position:
                return position - start  # somebody is in the way; the next call tries again
            position = reached

    def _apply(self, page: HistoryPage) -> int:
        recorded = 0
        try:
            for event in page.events:
                if self._policy(event, Tracking(self._source, event.position)):
                    recorded = event.position
            if recorded < page.until:
                self._application.save(tracking=Tracking(self._source, page.until))
        except IntegrityError:
            # Another instance was quicker, or the stream moved on: read the position anew and go on from there.
            return self._application.position_in(self._source)
        return page.until
