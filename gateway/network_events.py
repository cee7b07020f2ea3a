"""`POST /network/events`: what the network tells of calls, faults and work on lines (FEAT-1, FEAT-5).

One event a request, CloudEvents 1.0 in structured JSON. It is answered when everything that follows was recorded, so an
answer that got lost is no reason for doubt: the same event sent once more does nothing twice.
"""

from __future__ import annotations

from flask import Response, request

from contracts.settings.network import NETWORK_EVENT, Remark, TakeNetworkEvent, json_schema
from gateway import here
from gateway.machines import as_json, fault
from gateway.ops_requests import Malformed, reading

PATH = "/network/events"
SCHEMA = f"{PATH}/schema"
LARGEST_EVENT = 512 * 1024
"""Bytes. A fault that names 10,000 numbers needs a third of it (LINE-7)."""

_REMARKS = {
    Remark.NUMBER_UNKNOWN: "no line has this number",
    Remark.LINE_UNKNOWN: "no line has this contract number",
    Remark.NOT_A_CONTRACT_NUMBER: "this is an additional number; a line is named by its contract number",
    Remark.NUMBERS_NOT_ON_LINE: "of the numbers named {count} are not of this line",
    Remark.FAULT_UNKNOWN: (
        "none of these numbers was told of this fault, or it is over already; nobody is mailed its recovery until one is"
    ),
}


def take() -> Response:
    """200 in either case; `repeated` says whether it was known already, `remarks` what is not as it should be."""
    request.max_content_length = LARGEST_EVENT
    event = reading(lambda: NETWORK_EVENT.validate_json(request.get_data()), "body", SCHEMA)
    taken = here.settings().take_network_event(TakeNetworkEvent(event=event))
    remarks = [_REMARKS[one].format(count=taken.not_on_line) for one in taken.remarks]
    return as_json({"id": event.id, "repeated": taken.repeated, "numbers": taken.numbers, "remarks": remarks})


def schema() -> Response:
    """The JSON Schema of what `take` takes."""
    return as_json(json_schema())


def malformed(error: Malformed) -> Response:
    """422 with every fault by its place; never what was sent there."""
    (place, what), *others = error.faults
    more = f" (and {len(others)} more, see faults)" if others else ""
    return fault(422, f"{place}: {what}{more}; nothing was done. {SCHEMA} describes what is taken", faults=error.faults)
