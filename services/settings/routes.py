"""Answering the network while a call waits: one row found by its index, one look at the keys, one decision (FEAT-3, FEAT-4).

A call that would go elsewhere is decided anew after a look at what auth has told meanwhile (LINE-9).
"""

from __future__ import annotations

from uuid import UUID

from chassis.personal_data import Sealed
from contracts.phone import Feature
from contracts.settings.call_forwarding import CallForwarding
from contracts.settings.routing import Route, RouteAction, RouteQuery, RouteReason
from services.settings.route_rules import decide
from services.settings.schema import bit_of
from services.settings.store import SettingsStore

_OF_NUMBER = (
    "SELECT n.assignment_id, n.features, s.state, taken.feature AS taken, b.subject, b.target FROM numbers n "
    "LEFT JOIN states s ON s.assignment_id = n.assignment_id AND s.feature = :forwarding "
    "LEFT JOIN exclusive_features taken ON taken.assignment_id = n.assignment_id "
    "LEFT JOIN bulk_routes b ON b.assignment_id = n.assignment_id "
    "WHERE n.number = :number AND n.removed = 0 ORDER BY n.position DESC LIMIT 1"
)


class Routes:
    """Of all numbers."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def of_call(self, query: RouteQuery) -> Route:
        """Never refuses: a call has to go somewhere."""
        route = self._as_known(query)
        if route.action is RouteAction.FORWARD:
            self._store.hurry()  # the number may have another holder, whose calls are nobody's to send away
            route = self._as_known(query)
        return route

    def _as_known(self, query: RouteQuery) -> Route:
        row = self._store.row(_OF_NUMBER, {"number": query.number, "forwarding": Feature.CALL_FORWARDING.value})
        if row is None:
            return Route(action=RouteAction.RING, reason=RouteReason.UNKNOWN_NUMBER)
        # Where fax notification was turned on while call forwarding rested, the fax has the number.
        own = row["features"] & bit_of(Feature.CALL_FORWARDING) and row["taken"] == Feature.CALL_FORWARDING.value
        bulk = row["features"] & bit_of(Feature.BULK_FORWARDING)
        state, target = self._store.personal.open_all(
            (
                Sealed(UUID(row["assignment_id"]), row["state"]) if own and row["state"] else None,
                Sealed(UUID(row["subject"]), row["target"]) if bulk and row["target"] else None,
            )
        )
        settings = CallForwarding.model_validate_json(state) if state else None
        return decide(query, settings, target, self._store.config.most_diversions)
