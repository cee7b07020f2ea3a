"""Reading another service's history in order; what follows from an event and the position commit together.

A repeat meets the position that was recorded with its effect and changes nothing, so two followers that are active at
once do no harm, and after a crash it goes on where the last commit was. An event that cannot be worked with is parked
after some tries, with the later ones of its line; the other lines go on. One that its own service cannot tell is parked at
once: what it says, and of which line, is known only once that service is mended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from eventsourcing.persistence import IntegrityError, Tracking

from chassis.parking import Parking, queue_of
from chassis.passing import PASSING
from chassis.store import Application
from contracts.base import Envelope, HistoryPage, HistoryQuery, ParkedEvent, TakenUp

log = logging.getLogger(__name__)

TRIES = 5
"""How often an event may fail before it is parked. Counted in the database: a restart begins no new count."""

Policy = Callable[[Envelope, Tracking], bool]
"""Do what follows from the event and save it with the tracking; False when nothing follows and nothing was saved."""

Effect = Callable[[Sequence[Envelope], Tracking], None]
"""Do what follows from the events, and save it with the tracking in any case. An effect that is saved for several
events at once must bear to see some of them again, when two followers read pages of different length."""

History = Callable[[HistoryQuery], HistoryPage]


def one_by_one(application: Application, policy: Policy) -> Effect:
    """The effect of a policy that saves by itself, event after event."""

    def effect(events: Sequence[Envelope], tracking: Tracking) -> None:
        recorded = 0
        for event in events:
            if policy(event, Tracking(tracking.application_name, event.position)):
                recorded = event.position
        if recorded < tracking.notification_id:
            application.save(tracking=tracking)

    return effect


class NotTold(Exception):
    """The event's own service cannot tell it, still."""


class Follower:
    """Carries one application forward through the history of `source`."""

    def __init__(self, application: Application, source: str, history: History, effect: Effect) -> None:
        self._application = application
        self._source = source
        self._history = history
        self._effect = effect
        self._parking = Parking(application, source)

    @property
    def application(self) -> Application:
        """Whose effects these are."""
        return self._application

    def catch_up(self, limit: int = 100) -> int:
        """Work through what is new, to the end; returns how many positions it moved on.

        Raises what the effect raises, before the event is parked: the position stays, and the next call tries again.
        """
        self._parking.count()
        start = position = self._application.position_in(self._source)
        while True:
            page = self._history(HistoryQuery(after=position, limit=limit))
            if page.until <= position:
                return position - start
            reached = self._take(page, position)
            if reached <= position:
                return position - start  # somebody is in the way; the next call tries again
            position = reached

    def _take(self, page: HistoryPage, position: int) -> int:
        """The whole page at once where nothing is in the way, else step by step."""
        if not self._parking.holds_any(page.events) and all(event.is_told for event in page.events):
            try:
                self._effect(page.events, Tracking(self._source, page.until))
            except PASSING:
                raise
            except Exception as error:  # noqa: BLE001  # which event it was, and whether it matters, shows below
                log.info("step by step after %s in the history of %s", type(error).__name__, self._source)
            else:
                return page.until
            reached = self._application.position_in(self._source)
            if reached > position:
                return reached  # another instance was quicker, or some of it was done: read on from there
        return self._step_by_step(page)

    def _step_by_step(self, page: HistoryPage) -> int:
        for event in page.events:
            if not self._step(event):
                return self._application.position_in(self._source)
        if not page.events or page.events[-1].position < page.until:
            self._application.save(tracking=Tracking(self._source, page.until))
        return page.until

    def _step(self, event: Envelope) -> bool:
        """False when the event must be tried again."""
        try:
            if self._parking.holds_any([event]):
                self._park_behind(event)
            elif not event.is_told:
                self._parking.park(event, tries=1, reason=_why(event))
            else:
                self._effect([event], Tracking(self._source, event.position))
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is counted
            moved_on = isinstance(error, IntegrityError) and (
                self._application.position_in(self._source) >= event.position
            )
            return not moved_on and self._stumble(event, error)
        return True

    def _stumble(self, event: Envelope, error: Exception) -> bool:
        """True when it is parked now. Raises the error before, unless it is a conflict, which may pass by itself."""
        tries = self._parking.stumbled(event)
        if tries < TRIES:
            if isinstance(error, IntegrityError):
                return False
            raise error
        self._parking.park(event, tries=tries, reason=type(error).__name__)
        log.error(
            "event parked, and with it what comes after it for its line",
            exc_info=error,
            extra={"source": self._source, "position": event.position, "kind": event.name, "tries": tries},
        )
        return True

    def _park_behind(self, event: Envelope) -> None:
        self._parking.park(event, tries=0, reason=None)
        queue = queue_of(event)
        if self._parking.first(queue) == event.position:
            # What it was to wait for was taken up in this very moment, and whoever did it may not have seen this one.
            self._take_up(queue, 1)

    # --- taking up what is parked ----------------------------------------------------------------------------

    def parked(self, limit: int = 1000) -> list[ParkedEvent]:
        """What is parked, in order of position."""
        return self._parking.listed(limit)

    def parked_count(self) -> int:
        """How many events are parked."""
        return self._parking.count()

    def retry(self, limit: int = 200) -> TakenUp:
        """Take up what is parked, each line's events in order, `limit` at most; a line stops at what fails again.

        Raises `Unavailable` and the like; what was done until then is done.
        """
        done = 0
        for queue in self._parking.queues():
            done += self._take_up(queue, limit - done)
        return TakenUp(done=done, left=self._parking.count())

    def _take_up(self, queue: str, limit: int) -> int:
        done = 0
        while done < limit and (position := self._parking.first(queue)) is not None:
            try:
                self._do_once(position)
            except PASSING:
                raise
            except Exception as error:
                self._parking.failed_again(position, type(error).__name__)
                log.exception("parked event failed again", extra={"source": self._source, "position": position})
                break
            self._parking.release(position)
            done += 1
        return done

    def _do_once(self, position: int) -> None:
        """The effect of an event that the position has long passed.

        It gets a position of its own to commit with, so that two operators, or one after a crash, do not do it twice.
        """
        mark = f"{self._source} parked {position}"
        if self._application.position_in(mark):
            return
        page = self._history(HistoryQuery(after=position - 1, limit=1))
        for event in page.events:
            if not event.is_told:
                raise NotTold(_why(event))
        for _ in range(TRIES):
            try:
                self._effect(page.events, Tracking(mark, position))
            except IntegrityError:
                if self._application.position_in(mark):
                    return  # another was quicker
            else:
                return
        self._effect(page.events, Tracking(mark, position))


def _why(event: Envelope) -> str:
    return f"not told by {event.service}: {event.data.get('reason')}"
