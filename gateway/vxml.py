"""The telephone dialogue for platforms that speak VoiceXML 2.1 (TEMP-11, EVENTS.md "Telephone platform").

The platform fetches `/ivr/vxml` when a call comes in; every document tells where to go on. The turns are those of
`gateway.ivr`, and so are the token and the faults, which the platform sees as `error.badfetch`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import unquote
from uuid import uuid4

from flask import Blueprint, Response, request, url_for

from contracts.tempcred import CallUnknown, HangUp, StartCall
from gateway.config import GatewayConfig
from gateway.ivr import (
    LARGEST_BODY,
    answer_faults,
    answer_the_platform_only,
    call_id_in,
    caller_in,
    entry_in,
    on_the_telephone,
)
from gateway.vxml_documents import MIMETYPE, Addresses, entrance, nothing_more, turn_of

_ADDRESS = re.compile(r"(?:tel|sips?):([^@;?]*)", re.IGNORECASE)
"""RFC 3966 and 3261: the number, or the user part, of which parameters and host are no part."""
_STEP = re.compile(r"[0-9]{1,3}")


def blueprint(config: GatewayConfig) -> Blueprint:
    """The documents, for whoever has the platform's token."""
    documents = Blueprint("vxml", __name__, url_prefix="/ivr/vxml")
    answer_the_platform_only(documents, config)

    @documents.get("")
    def enter() -> Response:
        """Nothing begins here: a platform that fetches twice has two ids, of which it uses one."""
        return _told(entrance(f"vxml-{uuid4().hex}", _addresses()))

    @documents.post("/calls")
    def start() -> Response:
        given = _submitted()
        call = StartCall(call_id=call_id_in(given), caller=caller_in({"caller": number_in(given.get("caller", ""))}))
        with on_the_telephone() as tempcred:
            return _told(turn_of(call.call_id, tempcred.start_call(call), _addresses()))

    @documents.post("/turns")
    def go_on() -> Response:
        given = _submitted()
        step = given.get("step", "")
        keyed = {"step": int(step) if _STEP.fullmatch(step) else None, "digits": _without_spaces(given.get("digits"))}
        entry = entry_in(call_id_in(given), keyed)
        with on_the_telephone() as tempcred:
            return _told(turn_of(entry.call_id, tempcred.enter(entry), _addresses()))

    @documents.post("/hangups")
    def hang_up() -> Response:
        over = HangUp(call_id=call_id_in(_submitted()))
        with on_the_telephone() as tempcred, suppress(CallUnknown):  # it ended before the platform's word came
            tempcred.hang_up(over)
        return _told(nothing_more())

    answer_faults(documents)
    return documents


def number_in(caller: str) -> str:
    """`sip:+81300001111@carrier.example;user=phone` → `+81300001111`; what is no address stays as it is."""
    address = _ADDRESS.match(caller.strip())
    return unquote(address[1]) if address else caller.strip()


def _submitted() -> Mapping[str, str]:
    """The form in the body; what stands in the address is not read, and so never gets to matter."""
    request.max_content_length = LARGEST_BODY
    return request.form


def _without_spaces(keyed: str | None) -> str | None:
    """Platforms write the keys that a grammar has matched as `1234` or as `1 2 3 4`."""
    return None if keyed is None else "".join(keyed.split())


def _addresses() -> Addresses:
    return Addresses(*(url_for(f"vxml.{view}") for view in ("start", "go_on", "hang_up")))


def _told(document: bytes) -> Response:
    return Response(document, mimetype=MIMETYPE)
