"""What programs of operators are asked for and answered: a bearer token, and JSON in English that says what to do."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from typing import Any, cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from chassis.wire import RemoteFailure
from contracts.base import Busy, Secret, Unavailable, UnknownRefusal

log = logging.getLogger(__name__)

RETRY_AFTER = 5
"""Seconds after which asking a service that did not answer is worth a try."""
NAMELESS = "operator"


class Operators:
    """Who may operate the site: the tokens of `HIKARI_OPS_TOKEN`, separated by commas.

    A token may begin with the operator's name and a full stop, `hanako.3f9a…`; the audit trail then tells them apart.
    The whole of it is the secret that is sent.
    """

    def __init__(self, tokens: Secret) -> None:
        known = [token.strip() for token in tokens.reveal().split(",") if token.strip()]
        self._names = {_digest(token): _name_in(token) for token in known}

    def behind(self, authorization: str) -> str | None:
        """The name of the operator who sent this `Authorization` header, or None."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        given, found = _digest(token.strip()), None
        for digest, name in self._names.items():  # all of them, so that time tells nothing
            if hmac.compare_digest(given, digest):
                found = name
        return found

    def asking(self) -> str | None:
        """The name of the operator behind the present request, or None."""
        return self.behind(request.headers.get("Authorization", ""))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _name_in(token: str) -> str:
    name, stop, _ = token.partition(".")
    return name if stop and name else NAMELESS


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
    blueprint.register_error_handler(Busy, lambda busy: _later(busy, max(1, busy.details.retry_after)))
    for silent in (Unavailable, RemoteFailure, UnknownRefusal):
        blueprint.register_error_handler(silent, _later)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broken)
