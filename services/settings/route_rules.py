"""What becomes of a call: to the target, to the telephone, or to nobody (FEAT-3, FEAT-4). Pure.

Bulk call forwarding wins over call forwarding while it is on, whoever calls. A caller whose number is withheld is on no
list: selective forwarding lets it ring, selective ringing sends it on.
"""

from __future__ import annotations

from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode
from contracts.settings.routing import CallCondition, Route, RouteAction, RouteQuery, RouteReason

_MODES_AT = {
    CallCondition.INCOMING: frozenset({ForwardingMode.UNCONDITIONAL}),
    CallCondition.BUSY: frozenset(
        {ForwardingMode.UNCONDITIONAL, ForwardingMode.BUSY, ForwardingMode.NO_ANSWER_OR_BUSY}
    ),
    CallCondition.NO_ANSWER: frozenset(
        {ForwardingMode.UNCONDITIONAL, ForwardingMode.NO_ANSWER, ForwardingMode.NO_ANSWER_OR_BUSY}
    ),
    # Nobody can answer there: whoever asked for that to be forwarded means this too.
    CallCondition.UNREACHABLE: frozenset(
        {ForwardingMode.UNCONDITIONAL, ForwardingMode.NO_ANSWER, ForwardingMode.NO_ANSWER_OR_BUSY}
    ),
}
"""The modes that forward at once under each condition."""
_WAITING = frozenset({ForwardingMode.NO_ANSWER, ForwardingMode.NO_ANSWER_OR_BUSY})


def decide(query: RouteQuery, settings: CallForwarding | None, bulk_target: str | None, most_diversions: int) -> Route:
    """`settings` and `bulk_target` are None where the number has no such thing, or it rests."""
    if bulk_target:
        return _forward(query, bulk_target, RouteReason.BULK_FORWARDING, 0, most_diversions)
    if settings is None or not settings.on or not settings.target:
        return _as_it_is(query, RouteReason.NOT_SET)
    if settings.mode in _MODES_AT[query.condition]:
        seconds = 0
    elif query.condition is CallCondition.INCOMING and settings.mode in _WAITING:
        seconds = settings.ring_seconds
    else:
        return _as_it_is(query, RouteReason.NOT_SET)
    if not _selected(query, settings):
        return _as_it_is(query, RouteReason.NOT_SELECTED)
    return _forward(query, settings.target, RouteReason.CALL_FORWARDING, seconds, most_diversions)


def _forward(query: RouteQuery, target: str, reason: RouteReason, seconds: int, most_diversions: int) -> Route:
    if query.caller == target:
        return _as_it_is(query, RouteReason.FROM_TARGET)
    if query.diversions >= most_diversions:
        return Route(action=RouteAction.REFUSE, reason=RouteReason.TOO_MANY_DIVERSIONS)
    return Route(action=RouteAction.FORWARD, reason=reason, target=target, after_seconds=seconds)


def _as_it_is(query: RouteQuery, reason: RouteReason) -> Route:
    """As if nothing were forwarded: who is busy or cannot be reached has nothing that could ring."""
    match query.condition:
        case CallCondition.BUSY:
            return Route(action=RouteAction.REFUSE, reason=RouteReason.BUSY)
        case CallCondition.UNREACHABLE:
            return Route(action=RouteAction.REFUSE, reason=RouteReason.UNREACHABLE)
        case _:
            return Route(action=RouteAction.RING, reason=reason)


def _selected(query: RouteQuery, settings: CallForwarding) -> bool:
    match settings.selection:
        case CallerSelection.EVERYONE:
            return True
        case CallerSelection.FORWARD_LISTED:
            return query.caller in settings.forwarded_callers
        case CallerSelection.RING_LISTED:
            return query.caller not in settings.ringing_callers
