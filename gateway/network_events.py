"""`POST /network/events`: what the network tells of calls, faults and work on lines (FEAT-1, FEAT-5).

One event a request, CloudEvents 1.0 in structured JSON. It is answered when everything that follows was recorded, so an
answer that got lost is no reason for doubt: the same event sent once more does nothing twice.
"""

from __future__ import annotations

from flask import Response, request

from contracts.settings.network import NETWORK_EVENT, TakeNetworkEvent, json_schema
from gateway import here
from gateway.machines import as_json, fault
from gateway.ops_requests import Malformed, reading

PATH = "/network/events"
LARGEST_EVENT = 512 * 1024
"""Bytes. A fault that names 10,000 numbers needs a third of it (LINE-7)."""


def take() -> Response:
    """200 in either case; `repeated` says whether it was known already."""
    request.max_content_length = LARGEST_EVENT
    event = reading(lambda: NETWORK_EVENT.validate_json(request.get_data()), "body")
    taken = here.settings().take_network_event(TakeNetworkEvent(event=event))
    return as_json({"id": event.id, "repeated": taken.repeated})


def schema() -> Response:
    """The JSON Schema of what `take` takes."""
    return as_json(json_schema())


def malformed(error: Malformed) -> Response:
    """422 with every fault by its place; never what was sent there."""
    return fault(422, "nothing was done; correct what the faults name and send it again", faults=error.faults)
