"""A public event as an entry of the index, and an entry as operators are told it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chassis.clock import from_micros, to_micros
from chassis.recorders import Write
from contracts.audit import AuditEntry
from contracts.base import Envelope

_ONE_WRITER = "UPDATE tail SET writers = 1"
"""Locks the one row until the commit, so that two followers never reach for the same position."""

_LATEST = "SELECT latest FROM entries ORDER BY position DESC LIMIT 1"

_ENTRY = (
    "INSERT INTO entries (position, event_id, service, source_position, happened_at, kind, number, line, actor, role, "  # noqa: S608  # own words
    "channel, address_token, cause, correlation_id, data, latest) "
    "VALUES ((SELECT COALESCE(MAX(position), 0) + 1 FROM entries), :event_id, :service, :source_position, "
    ":happened_at, :kind, :number, :line, :actor, :role, :channel, :address_token, :cause, :correlation_id, :data, "
    f"CASE WHEN ({_LATEST}) > :happened_at THEN ({_LATEST}) ELSE :happened_at END) "
    "ON CONFLICT (event_id) DO NOTHING"
)

_NUMBER = (
    "INSERT INTO entry_numbers (number, position) "
    "VALUES (:number, (SELECT position FROM entries WHERE event_id = :event_id)) ON CONFLICT DO NOTHING"
)


def writes_of(events: Sequence[Envelope]) -> list[Write]:
    """What puts the events at the end of the index, in their order; those it has already change nothing."""
    numbers = [{"number": number, "event_id": event.id} for event in events for number in _affected(event)]
    writes: list[Write] = [(_ONE_WRITER, {}), (_ENTRY, [_params(event) for event in events])]
    return [*writes, (_NUMBER, numbers)] if numbers else writes


def _affected(event: Envelope) -> list[str]:
    """The subject, and every number that an event tells to have been affected with it (AUDIT-1)."""
    told = event.data.get("numbers")
    numbers = [number for number in told if isinstance(number, str)] if isinstance(told, list) else []
    return list(dict.fromkeys([*([event.subject] if event.subject else []), *numbers]))


def _params(event: Envelope) -> dict[str, Any]:
    actor = event.data.get("actor") or {}
    return {
        "event_id": event.id,
        "service": event.service,
        "source_position": event.position,
        "happened_at": to_micros(event.time),
        "kind": event.name,
        "number": event.subject,
        "line": event.partitionkey,
        "actor": actor.get("number") or actor.get("operator"),
        "role": actor.get("role"),
        "channel": event.data.get("channel"),
        "address_token": event.data.get("address_token"),
        "cause": event.data.get("cause"),
        "correlation_id": event.data.get("correlation_id"),
        "data": json.dumps(event.data, ensure_ascii=True),
    }


def entry_of(row: dict[str, Any]) -> AuditEntry:
    """The entry that a row holds."""
    return AuditEntry(
        position=row["position"],
        service=row["service"],
        time=from_micros(row["happened_at"]),
        kind=row["kind"],
        number=row["number"],
        line=row["line"],
        actor=row["actor"],
        role=row["role"],
        channel=row["channel"],
        address_token=row["address_token"],
        cause=row["cause"],
        correlation_id=row["correlation_id"],
        data=json.loads(row["data"]),
    )
