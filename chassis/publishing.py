"""Stored events rendered as public ones, page by page, in the order in which they were committed (EVENT-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import CanMutateAggregate

from chassis.store import Application
from chassis.trail import Trail
from contracts.base import Envelope, HistoryPage, HistoryQuery

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


Event = CanMutateAggregate[UUID]
Publish = Callable[[Sequence[Event]], Sequence[Published | None]]
"""Renders a batch at once (so that numbers are looked up together); None where an event is the service's own affair."""


def history_page(application: Application, query: HistoryQuery, publish: Publish) -> HistoryPage:
    """The events after a position, as others are told them."""
    recorded = application.recorded_after(query.after, min(query.limit, application.log_section_size))
    rendered = publish([event for _, event in recorded])
    trails = [Trail.of(event) for _, event in recorded]
    actors = application.personal.open_all(trail.actor for trail in trails)
    events = [
        _envelope(application.name, position, event, what, trail, actor)
        for (position, event), what, trail, actor in zip(recorded, rendered, trails, actors, strict=True)
        if what is not None and (what.public or not query.public_only)
    ]
    return HistoryPage(events=tuple(events), until=recorded[-1][0] if recorded else query.after)


def _envelope(service: str, position: int, event: Event, what: Published, trail: Trail, actor: str | None) -> Envelope:
    identity = uuid5(event.originator_id, str(event.originator_version))
    correlation = trail.correlation_id
    return Envelope(
        # Of the stream and the place in it, so that the same event has the same id however often it is rendered.
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
