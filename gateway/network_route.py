"""`GET /network/route`: what becomes of a call (FEAT-3, FEAT-4)."""

from __future__ import annotations

import re
from typing import NoReturn

from flask import Response, abort, request

from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.settings.common import normalise_caller
from contracts.settings.routing import CallCondition, RouteQuery
from gateway import here
from gateway.machines import as_json, fault

LARGEST_COUNT = 99
_COUNT = re.compile(r"[0-9]{1,2}")


def answer() -> Response:
    """The decision in JSON. Whatever is wrong with the question is named, never repeated."""
    route = here.settings().route_call(question())
    told: dict[str, str | int] = {"action": route.action.value, "reason": route.reason.value}
    if route.target is not None:
        told |= {"target": route.target, "after_seconds": route.after_seconds}
    return as_json(told)


def question() -> RouteQuery:
    """As the address asks it."""
    given = request.args
    try:
        number = normalise_number(given.get("number", ""))
    except NotAPhoneNumber:
        _wrong("number: the called number is expected, 10 or 11 digits from the 0 on, or with +81")
    condition = given.get("condition", CallCondition.INCOMING.value)
    if condition not in set(CallCondition):
        _wrong(f"condition: one of {', '.join(CallCondition)} is expected")
    diversions = given.get("diversions", "0")
    if not _COUNT.fullmatch(diversions):
        _wrong(f"diversions: how often the call was forwarded already is expected, 0 to {LARGEST_COUNT}")
    return RouteQuery(
        number=number,
        caller=_caller(given.get("caller", "")),
        condition=CallCondition(condition),
        diversions=int(diversions),
    )


def _caller(text: str) -> str | None:
    """None where it is withheld, and where it is nothing that could stand in a list: the call must go on all the same."""
    try:
        return normalise_caller(text)
    except NotAPhoneNumber:
        return None


def _wrong(what: str) -> NoReturn:
    abort(fault(400, what))
