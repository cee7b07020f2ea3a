"""Stored events rendered as public ones, page by page, in the order in which they were committed (EVENT-2)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import CanMutateAggregate
from eventsourcing.persistence import Notification

from chassis.orders import Order
from chassis.passing import PASSING
from chassis.store import Application
from chassis.telemetry import untold_events
from chassis.trail import Trail
from contracts.base import NOT_TOLD, Envelope, HistoryPage, HistoryQuery

log = logging.getLogger(__name__)

TRACE_ID_DIGITS = 32
"""Of a W3C trace id, in hexadecimal."""


@dataclass(frozen=True)
class Published:
    """What a service tells the world of one of its events."""

    name: str
    subject: str | None
    """The phone number or line concerned."""
    line: str | None
    data: dict[str, Any]
    version: int = 1
    public: bool = True
    """False where it is no event of the catalogue: other services follow it, but nobody outside is told."""
    inside: Mapping[str, Any] = field(default_factory=dict)
    """Data that other services are told besides, and nobody outside: what an operator typed, say."""


Event = CanMutateAggregate[UUID]
Publish = Callable[[Sequence[Event]], Sequence[Published | None]]
"""Renders a batch at once (so that numbers are looked up together); None where an event is the service's own affair."""


def history_page(application: Application, query: HistoryQuery, publish: Publish) -> HistoryPage:
    """The events after a position, as others are told them.

    One that cannot be told does not keep the later ones from those who follow: they learn that it is there (`NOT_TOLD`)
    and park it. To the world (`public_only`) nothing later is told before it: the page ends there, and one that begins
    with it raises what went wrong.
    """
    stored = application.stored_after(query.after, min(query.limit, application.log_section_size))
    try:
        events = _told(application, stored, publish, query)
    except Exception as error:  # noqa: BLE001  # which event it is, and whether it is its fault, shows one by one
        log.info("one by one after %s", type(error).__name__)
        return _one_by_one(application, stored, publish, query)
    return HistoryPage(events=tuple(events), until=stored[-1].id if stored else query.after)


def _told(
    application: Application, stored: Sequence[Notification], publish: Publish, query: HistoryQuery
) -> list[Envelope]:
    recorded = [application.event_in(one) for one in stored]
    told = iter(publish([event for event in recorded if not isinstance(event, Order.RetryOrdered)]))
    rendered = [_order(event) if isinstance(event, Order.RetryOrdered) else next(told) for event in recorded]
    trails = [Trail.of(event) for event in recorded]
    actors = application.personal.open_all(trail.actor for trail in trails)
    return [
        _envelope(application.name, one.id, event, what if query.public_only else _with_inside(what), trail, actor)
        for one, event, what, trail, actor in zip(stored, recorded, rendered, trails, actors, strict=True)
        if what is not None and (what.public or not query.public_only)
    ]


def _with_inside(what: Published) -> Published:
    return replace(what, data={**what.data, **what.inside})


def _order(event: Order.RetryOrdered) -> Published:
    """For the audit trail. No event of the catalogue: it concerns nobody outside."""
    return Published("ParkedEventsRetried", None, None, {"parked": event.parked}, public=False)


def _one_by_one(
    application: Application, stored: Sequence[Notification], publish: Publish, query: HistoryQuery
) -> HistoryPage:
    events: list[Envelope] = []
    until = query.after
    for one in stored:
        try:
            events += _told(application, [one], publish, query)
        except PASSING:
            raise
        except Exception as error:
            log.exception("an event cannot be told", extra={"position": one.id, "topic": one.topic})
            untold_events.labels(application.name).inc()
            if not query.public_only:
                events.append(_not_told(application, one, error))
            elif until == query.after:
                raise
            else:
                break
        until = one.id
    return HistoryPage(events=tuple(events), until=until)


def _not_told(application: Application, stored: Notification, error: Exception) -> Envelope:
    """In the place of an event: that it is there, and nothing of what it says."""
    return Envelope(
        id=str(_identity(application.name, stored)),
        type=f"hikari.{application.name}.{NOT_TOLD}.v1",
        source=f"/services/{application.name}",
        subject=None,
        time=application.clock(),
        sequence=f"{stored.id:020d}",
        partitionkey=None,
        data={"reason": type(error).__name__},
    )


def _identity(service: str, event: Event | Notification) -> UUID:
    """Of the stream and the place in it, so that the same event has the same id however often it is rendered.

    Of the service too: several keep a stream under the id of one assignment.
    """
    return uuid5(event.originator_id, f"{service} {event.originator_version}")  # type: ignore[arg-type]


def _envelope(service: str, position: int, event: Event, what: Published, trail: Trail, actor: str | None) -> Envelope:
    identity = _identity(service, event)
    correlation = trail.correlation_id
    return Envelope(
        id=str(identity),
        type=f"hikari.{service}.{what.name}.v{what.version}",
        source=f"/services/{service}",
        subject=what.subject,
        time=event.timestamp,
        sequence=f"{position:020d}",
        partitionkey=what.line,
        traceparent=f"00-{correlation}-{identity.hex[:16]}-01" if len(correlation) == TRACE_ID_DIGITS else None,
        data={
            **what.data,
            "actor": {"number": actor, "role": trail.role.value, "operator": trail.operator},
            "channel": trail.channel.value,
            "address_token": trail.address_token,
            "request_id": trail.request_id,
            "cause": what.data.get("cause"),
            "correlation_id": correlation,
        },
    )
