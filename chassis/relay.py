"""Tells the world what a service has recorded: a follower whose effect is a confirmed publish to RabbitMQ (EVENT-2).

At least once: the position is committed after the broker has confirmed. In order for each line, although two instances
may relay at once and the broker may refuse or lose what is on its way:

* An event is sent when those before it of its line and number are confirmed, never together with them. So a refusal, or a crash
  of the broker, cannot let a later one pass.
* Whoever starts, starts at a position before which everything is confirmed. Two that overlap send the same events in
  the same order, so the first arrivals of each id are in order whatever the repeats between them.

The lease keeps two instances from sending everything twice. It is no lock that correctness rests on.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from eventsourcing.persistence import IntegrityError, Tracking

from chassis.clock import to_micros
from chassis.outlet import Outlet, OutletBroken
from chassis.store import Application
from chassis.telemetry import log, relayed_events
from contracts.base import Envelope, HistoryPage, HistoryQuery

POSITION = "relay"
"""Under this name the position is kept in the service's database."""
PAGE = 200
"""Events read and committed at a time. As many may be repeated after a crash."""
BATCH = 100
"""Events sent before their confirms are awaited."""
LEASE = timedelta(seconds=3)
"""Longer than a page takes. After a crash it is so long before another instance goes on."""
REFUSALS = 50
REFUSED_SECONDS = 0.1
"""A cluster that elects a new leader refuses for a moment."""

_TAKE = (
    "INSERT INTO leases (name, holder, until) VALUES (:name, :me, :until) ON CONFLICT (name) DO UPDATE "
    "SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until < :now"
)
_RELEASE = "UPDATE leases SET until = 0 WHERE name = :name AND holder = :me"


class Relay:
    """One instance's share in relaying one service's events."""

    def __init__(
        self, store: Application, history: Callable[[HistoryQuery], HistoryPage], new_outlet: Callable[[], Outlet]
    ) -> None:
        self._store = store
        self._history = history
        self._new_outlet = new_outlet
        self._outlet: Outlet | None = None
        self._me = secrets.token_hex(8)

    def pass_on(self) -> bool:
        """Relay what is new; true when there may be more.

        Raises `OutletBroken`; the next call connects anew and goes on from the last position.
        """
        outlet = self._open()  # also where there is nothing to tell: subscribers want the exchange there
        try:
            if not self._recorded_more() or not self._take_lease():
                return False
            try:
                return self._pass_page(outlet)
            finally:
                self._store.execute(_RELEASE, {"name": POSITION, "me": self._me})
        except OutletBroken:
            self._abandon()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.close()

    def _abandon(self) -> None:
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.abandon()

    def _open(self) -> Outlet:
        if self._outlet is None:
            self._outlet = self._new_outlet()
        try:
            self._outlet.look()
        except OutletBroken:
            self._abandon()
            raise
        return self._outlet

    def _recorded_more(self) -> bool:
        newest = self._store.recorder.max_notification_id()
        return (newest or 0) > self._store.position_in(POSITION)

    def _pass_page(self, outlet: Outlet) -> bool:
        start = self._store.position_in(POSITION)
        page = self._history(HistoryQuery(after=start, limit=PAGE, public_only=True))
        if page.until <= start:
            return False
        for batch in batches(page.events):
            self._deliver(outlet, batch)
        try:
            self._store.save(tracking=Tracking(POSITION, page.until))
        except IntegrityError:
            log.warning("another instance relays too", position=start)  # we were slower than our lease
            return False
        relayed_events.labels(self._store.name).inc(len(page.events))
        return True

    def _deliver(self, outlet: Outlet, events: Sequence[Envelope]) -> None:
        """Until all are confirmed: those refused are sent again, and nothing later of their lines before."""
        left = list(events)
        for _ in range(REFUSALS):
            left = outlet.publish(left)
            if not left:
                return
            log.warning("the broker refused events", count=len(left))
            time.sleep(REFUSED_SECONDS)
        raise OutletBroken(f"{len(left)} events refused again and again")

    def _take_lease(self) -> bool:
        now = self._store.clock()
        lease = {"name": POSITION, "me": self._me, "until": to_micros(now + LEASE), "now": to_micros(now)}
        return self._store.execute(_TAKE, lease) == 1


def batches(events: Sequence[Envelope], size: int = BATCH) -> Iterator[list[Envelope]]:
    """What may be on its way together: of a line and of a number one event at a time, in order; of neither any number."""
    rounds: list[list[Envelope]] = []
    turns: dict[str, int] = {}
    """When the next event of a line or number may go."""
    for event in events:
        ordered = {key for key in (event.partitionkey, event.subject) if key is not None}
        turn = max((turns.get(key, 0) for key in ordered), default=0)
        turns.update(dict.fromkeys(ordered, turn + 1))
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(event)
    for together in rounds:
        for start in range(0, len(together), size):
            yield together[start : start + size]
