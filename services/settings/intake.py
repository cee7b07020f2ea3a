"""What the network tells, and what follows from it: one transaction an event, once however often it is delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chassis.clock import to_micros
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.settings.network import NetworkEvent, NetworkEventTaken
from services.settings.concerned import answer_to
from services.settings.store import SettingsStore

KEPT = timedelta(days=30)
"""How long an event is known again. The network has given up by then."""

Follows = Callable[[Any], tuple[list[Any], list[Write]]]
"""Whenever the network tells of this: the aggregates and rows to be saved with the event's own."""


class Intake:
    """`policies` has for each type of event what follows from it; several may."""

    def __init__(self, store: SettingsStore, policies: Mapping[str, tuple[Follows, ...]]) -> None:
        self._store = store
        self._policies = policies

    @retry_on_conflict
    def take(self, event: NetworkEvent) -> NetworkEventTaken:
        """Answers when everything that follows was recorded. Mails are sent afterwards, by themselves."""
        key = event.key
        if self._is_known(key):
            return answer_to(self._store, event, repeated=True)
        aggregates, writes = self._follow(event)
        # A conflict where it is delivered twice at the same moment, or something that it decides about has moved on.
        self._store.save(*aggregates, writes=[self._seen(key), *writes], trail=self._store.trail_of_system())
        return answer_to(self._store, event, repeated=False)

    def forget(self) -> None:
        """Delete what need not be known again."""
        before = to_micros(self._store.clock() - KEPT)
        self._store.execute("DELETE FROM network_events WHERE taken_at < :before", {"before": before})

    def _is_known(self, key: str) -> bool:
        return self._store.row("SELECT 1 AS here FROM network_events WHERE event_key = :key", {"key": key}) is not None

    def _follow(self, event: NetworkEvent) -> tuple[list[Any], list[Write]]:
        aggregates: list[Any] = []
        writes: list[Write] = []
        for policy in self._policies.get(event.type, ()):
            more, rows = policy(event)
            aggregates += more
            writes += rows
        return aggregates, writes

    def _seen(self, key: str) -> Write:
        row = {"key": key, "now": to_micros(self._store.clock())}
        return "INSERT INTO network_events VALUES (:key, :now)", row
