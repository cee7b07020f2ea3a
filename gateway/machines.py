"""What programs of operators are asked for and answered: a bearer token, and JSON in English that says what to do."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from chassis.wire import RemoteFailure
from contracts.base import Busy, Unavailable, UnknownRefusal
from gateway.throttle import TooManyAttempts

log = logging.getLogger(__name__)

RETRY_AFTER = 5
"""Seconds after which asking a service that did not answer is worth a try."""


def as_json(members: dict[str, Any], status: int = 200) -> Response:
    """One JSON object, readable by people too: Japanese stays Japanese."""
    return Response(json.dumps(members, ensure_ascii=False) + "\n", status, mimetype="application/json")


def fault(status: int, error: str, **more: object) -> Response:
    """`{"error": "…"}`, and what else there is to know."""
    return as_json({"error": error, **more}, status)


def not_now(error: str, seconds: int) -> Response:
    """503, worth another try after some seconds."""
    response = fault(503, error)
    response.headers["Retry-After"] = str(seconds)
    return response


def token_needed() -> Response:
    """401 for whoever sent no token, or not the right one."""
    response = fault(401, "the operators' token is needed: Authorization: Bearer <HIKARI_OPS_TOKEN>")
    response.headers["WWW-Authenticate"] = 'Bearer realm="operators"'
    return response


def too_many(error: TooManyAttempts) -> Response:
    """429 for an address that has sent wrong tokens too often."""
    response = fault(429, f"too many wrong tokens from this address; wait {error.retry_after} s")
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _later(error: Exception, seconds: int = RETRY_AFTER) -> Response:
    log.warning("an operator was not answered: %s", error)
    return not_now(
        f"not answered just now; ask the same again in {seconds} s. A command given twice does no harm.", seconds
    )


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return cast(Response, error.response)
    return fault(error.code or 500, (error.description or error.name).lower())


def _broken(error: Exception) -> Response:
    log.error("an operator's request broke", exc_info=error)
    return fault(500, "an error on our side; the log has it under the answer's X-Correlation-Id")


def answer_faults(blueprint: Blueprint) -> None:
    """Every way in which a request can fail is answered in JSON."""
    blueprint.register_error_handler(TooManyAttempts, too_many)
    blueprint.register_error_handler(Busy, lambda busy: _later(busy, max(1, busy.details.retry_after)))
    for silent in (Unavailable, RemoteFailure, UnknownRefusal):
        blueprint.register_error_handler(silent, _later)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broken)
