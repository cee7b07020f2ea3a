"""The operators' API: provisioning, the audit trail and more, for the command line and for programs (LINE-6, AUDIT-4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, g, request
from pydantic import TypeAdapter
from werkzeug.exceptions import RequestEntityTooLarge

from chassis.origin import acting, current_origin
from contracts.auth.provisioning import ProvisioningRefused, ProvisionLines, RemoveNumbers
from contracts.base import Channel, Nothing
from contracts.phone import PhoneNumber
from gateway import here, openapi, ops_events, ops_otp
from gateway.config import GatewayConfig
from gateway.machines import answer_faults, as_json, fault, token_needed
from gateway.ops_requests import (
    AuditConditions,
    LinesToProvision,
    LineToProvision,
    Malformed,
    NumbersToRemove,
    reading,
)
from gateway.services import Services

if TYPE_CHECKING:
    pass

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. A line of 10,000 numbers with all their features needs a third of it (LINE-7)."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NUMBER = TypeAdapter[str](PhoneNumber)


def blueprint(_config: GatewayConfig) -> Blueprint:
    """Everything under `/ops/api`, for whoever has an operators' token."""
    ops = Blueprint("ops", __name__, url_prefix="/ops/api")

    @ops.before_request
    def know_the_operator() -> Response | None:
        g.operator = here.operator()
        if g.operator is None:
            return token_needed()
        request.max_content_length = LARGEST_BODY
        return None

    ops.add_url_rule("/lines", view_func=provision, methods=["POST"])
    ops.add_url_rule("/lines/several", view_func=provision_several, methods=["POST"])
    ops.add_url_rule("/lines/<contract_number>/numbers", view_func=remove_numbers, methods=["DELETE"])
    ops.add_url_rule("/audit", view_func=audit)
    ops.add_url_rule("/audit/kinds", view_func=audit_kinds)
    ops_events.add_to(ops, as_operator)
    ops_otp.add_to(ops, as_operator)
    ops.add_url_rule("/openapi.json", view_func=description)
    ops.add_url_rule("/", view_func=unknown, methods=METHODS, defaults={"rest": ""})
    ops.add_url_rule("/<path:rest>", view_func=unknown, methods=METHODS)
    answer_faults(ops)
    ops.register_error_handler(Malformed, _malformed)
    ops.register_error_handler(ProvisioningRefused, _refused)
    ops.register_error_handler(RequestEntityTooLarge, _too_large)
    return ops


def provision() -> Response:
    """Bring a line to the state that the body describes."""
    line = reading(lambda: LineToProvision.model_validate_json(request.get_data()), "body")
    with as_operator() as services:
        done = services.auth.provision_line(line)
    return as_json(done.model_dump(mode="json"))


def provision_several() -> Response:
    """Bring several lines to the states that the body describes; the answer tells of each."""
    given = reading(lambda: LinesToProvision.model_validate_json(request.get_data()), "body")
    with as_operator() as services:
        done = services.auth.provision_lines(ProvisionLines(lines=given.lines))
    return as_json(done.model_dump(mode="json"))


def remove_numbers(contract_number: str) -> Response:
    """Remove numbers of a line."""
    line = reading(lambda: _NUMBER.validate_python(contract_number), "contract_number")
    body = reading(lambda: NumbersToRemove.model_validate_json(request.get_data()), "body")
    with as_operator() as services:
        services.auth.remove_numbers(RemoveNumbers(contract_number=line, numbers=body.numbers))
    return as_json({"contract_number": line, "removed": list(body.numbers)})


def audit() -> Response:
    """One page of the audit trail."""
    twice = [(name, "is given twice") for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Malformed(twice)
    conditions = reading(lambda: AuditConditions.model_validate(request.args.to_dict()), "query")
    with as_operator() as services:
        page = services.audit.entries(conditions)
    return as_json(page.model_dump(mode="json"))


def audit_kinds() -> Response:
    """The kinds of entries that there are."""
    with as_operator() as services:
        told = services.audit.kinds(Nothing())
    return as_json(told.model_dump(mode="json"))


def description() -> Response:
    """The same API in the words of OpenAPI."""
    return as_json(openapi.document())


def unknown(rest: str) -> Response:
    """404 for programs: in JSON, and with the way on."""
    return fault(404, f"there is no {request.method} /ops/api/{rest}; /ops/api/openapi.json tells what there is")


@contextmanager
def as_operator() -> Iterator[Services]:
    """The services, asked in the operator's name (AUDIT-1)."""
    with acting(current_origin().model_copy(update={"channel": Channel.OPS, "operator": g.operator})):
        yield cast(Services, request.environ[here.SERVICES])


def _malformed(error: Malformed) -> Response:
    return fault(422, "nothing was done; correct what the faults name and send it again", faults=error.faults)


def _refused(refusal: ProvisioningRefused) -> Response:
    faults = refusal.details.faults
    return fault(409, "nothing of this line was changed; see the faults for each number", faults=faults)


def _too_large(_error: RequestEntityTooLarge) -> Response:
    return fault(413, f"the body is larger than {LARGEST_BODY} bytes; a line may be sent in several parts")
