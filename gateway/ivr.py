"""The telephone platform's JSON turns (TEMP-11, EVENTS.md "Telephone platform"). Digits are never echoed or logged."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, cast

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from chassis.origin import acting, current_origin
from chassis.wire import RemoteFailure
from contracts.base import Busy, Channel, Secret, Unavailable, UnknownRefusal
from contracts.tempcred import CallIdTaken, CallUnknown, Entry, HangUp, StartCall, StepOutOfTurn, TempcredApi, Turn
from gateway import here
from gateway.config import GatewayConfig
from gateway.machines import as_json, fault, not_now, too_many
from gateway.throttle import TooManyAttempts

log = logging.getLogger(__name__)

LARGEST_BODY = 4096
"""Bytes; a turn needs a few dozen."""
RETRY_AFTER = 2
"""Seconds after which a step that was not answered is worth repeating, while the caller still listens."""

_CALL_ID = re.compile(r"[!-.0-~]{1,200}")
"""Printable ASCII without spaces, as SIP's Call-ID has it; no slash, since it stands in a path."""
_DIGITS = re.compile(r"[0-9*#]{0,32}")
_LONGEST_CALLER = 64


def blueprint(config: GatewayConfig) -> Blueprint:
    """The turns, for whoever has the platform's token."""
    turns = Blueprint("ivr", __name__, url_prefix="/ivr")
    answer_the_platform_only(turns, config)

    @turns.post("/calls")
    def start() -> Response:
        body = read_body()
        call = StartCall(call_id=call_id_in(body), caller=caller_in(body))
        with on_the_telephone() as tempcred:
            response = told(tempcred.start_call(call), 201)
        response.headers["Location"] = f"/ivr/calls/{call.call_id}"
        return response

    @turns.post("/calls/<call_id>")
    def enter(call_id: str) -> Response:
        entry = entry_in(call_id, read_body())
        with on_the_telephone() as tempcred:
            return told(tempcred.enter(entry))

    @turns.delete("/calls/<call_id>")
    def hang_up(call_id: str) -> Response:
        with on_the_telephone() as tempcred:
            tempcred.hang_up(HangUp(call_id=call_id))
        return Response(status=204)

    answer_faults(turns)
    return turns


def answer_the_platform_only(turns: Blueprint, config: GatewayConfig) -> None:
    """401 for whoever has not the platform's token; 429 for an address that tried too many (TEMP-11)."""
    expected = f"Bearer {config.ivr_token.reveal()}".encode()

    def behind(authorization: str) -> str | None:
        return "platform" if hmac.compare_digest(authorization.encode(), expected) else None

    @turns.before_request
    def know_the_platform() -> Response | None:
        if here.token_holder(behind):
            return None
        refused = fault(401, "a bearer token is needed: Authorization: Bearer <HIKARI_IVR_TOKEN>")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused


# --- reading ------------------------------------------------------------------------------------------------------


def read_body() -> dict[str, Any]:
    """The JSON object in the request's body, whatever its declared type."""
    request.max_content_length = LARGEST_BODY
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        wrong("the body must be JSON")
    if not isinstance(body, dict):
        wrong("the body must be a JSON object")
    return body


def call_id_in(body: Mapping[str, Any]) -> str:
    """The platform's own id of the call."""
    given = body.get("call_id")
    if not isinstance(given, str) or not _CALL_ID.fullmatch(given):
        wrong("call_id: 1 to 200 printable ASCII characters without spaces and slashes are expected")
    return given


def caller_in(body: Mapping[str, Any]) -> str:
    """The asserted caller; null or empty where the number was withheld."""
    given = body.get("caller", ...)
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > _LONGEST_CALLER:
        wrong("caller: the caller's number as text is expected, or null where it was withheld")
    return given


def entry_in(call_id: str, body: Mapping[str, Any]) -> Entry:
    """What was keyed after which turn."""
    step, digits = body.get("step"), body.get("digits")
    if not isinstance(step, int) or isinstance(step, bool) or not 0 < step < 1000:  # noqa: PLR2004  far beyond any call
        wrong("step: the number of the turn that is answered is expected, as an integer")
    if not isinstance(digits, str) or not _DIGITS.fullmatch(digits):
        wrong("digits: at most 32 of 0-9, * and # are expected as text, or empty text for silence")
    return Entry(call_id=call_id, step=step, digits=Secret(digits))


def wrong(what: str) -> NoReturn:
    """End the request with 400; `what` names the field and what is expected, never what was given."""
    abort(fault(400, what))


# --- asking and answering -----------------------------------------------------------------------------------------


@contextmanager
def on_the_telephone() -> Iterator[TempcredApi]:
    """Tempcred, asked in the name of a telephone call (AUDIT-1)."""
    with acting(current_origin().model_copy(update={"channel": Channel.IVR})):
        yield cast(TempcredApi, request.environ[here.SERVICES].tempcred)


def told(turn: Turn, status: int = 200) -> Response:
    """A turn, with exactly the members that the interface promises."""
    return as_json(members(turn), status)


def members(turn: Turn) -> dict[str, Any]:
    """What the interface says of a turn."""
    collect = turn.collect and {"digits": turn.collect.digits, "terminator": turn.collect.terminator}
    return {"step": turn.step, "say": turn.say, "collect": collect, "ended": turn.ended}


def _away(error: Exception, seconds: int = RETRY_AFTER) -> Response:
    log.warning("a telephone turn was not answered: %s", type(error).__name__)
    return not_now("not answered just now; repeat the same step", seconds)


def _broken(error: Exception) -> Response:
    log.error("a telephone turn broke", exc_info=error)
    return fault(500, "an error on our side; it has been logged")


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return cast(Response, error.response)
    return fault(error.code or 500, error.name.lower())


def answer_faults(turns: Blueprint) -> None:
    """Every way in which a turn can fail is answered in JSON."""
    turns.register_error_handler(TooManyAttempts, too_many)
    turns.register_error_handler(CallUnknown, lambda _: fault(404, "no such call, or it has ended"))
    turns.register_error_handler(CallIdTaken, lambda _: fault(409, "call_id: another caller's call has this id"))
    turns.register_error_handler(
        StepOutOfTurn,
        lambda error: fault(409, "the call is at another step", expected=error.details.expected),
    )
    turns.register_error_handler(Busy, lambda error: _away(error, max(1, error.details.retry_after)))
    for silent in (Unavailable, RemoteFailure, UnknownRefusal):
        turns.register_error_handler(silent, _away)
    turns.register_error_handler(HTTPException, _http)
    turns.register_error_handler(Exception, _broken)
