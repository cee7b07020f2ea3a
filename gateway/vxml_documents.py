"""Turns of the telephone dialogue as documents of VoiceXML 2.1 (W3C Recommendation, 19 June 2007).

Every document goes on by POST, so that no digit stands in an address (TEMP-11). Silence is submitted as empty digits and
what fits no grammar as `*`, which is no answer to any question: the dialogue counts both (TEMP-6).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from contracts.tempcred import Collect, Turn
from gateway.telephone_words import SORRY, WAIT

MIMETYPE = "application/voicexml+xml"
"""RFC 4267."""
NAMESPACE = "http://www.w3.org/2001/vxml"
LANGUAGE = "ja-JP"
SILENCE = "10s"
"""After the question, until it counts as no answer."""
BETWEEN_KEYS = "5s"
FOR_THE_TERMINATOR = "3s"
"""In which the terminator is still awaited after the last digit that fits; else it would answer the next question."""
FETCHING = "15s"
"""Longer than the site takes to say that it cannot answer."""
TRIES = 3
"""So often the same is sent once more when it was not answered, which is harmless."""
PAUSE = "2s"
NOT_UNDERSTOOD = "*"

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_KEYS = "0123456789"


@dataclass(frozen=True)
class Addresses:
    """Where the documents lead to."""

    calls: str
    turns: str
    hangups: str


@dataclass(frozen=True)
class _Submit:
    """What a document sends on, and where to."""

    to: str
    names: tuple[str, ...]

    def put(self, parent: ET.Element) -> None:
        _put(parent, "submit", next=self.to, method="post", namelist=" ".join(self.names))


def entrance(call_id: str, at: Addresses) -> bytes:
    """The document of a new call: it sends the caller that the platform asserts, and asks nothing."""
    document = _document()
    _put(document, "var", name="call_id", expr=_literal(call_id))
    _put(document, "var", name="caller", expr="session.connection.remote.uri")
    begin = _Submit(at.calls, ("call_id", "caller"))
    _prepare_for_the_worst(document, begin, at)
    begin.put(_put(_put(document, "form", id="turn"), "block"))
    _add_ways_out(document, begin)
    return _written(document)


def turn_of(call_id: str, turn: Turn, at: Addresses) -> bytes:
    """What the caller hears now; and what is collected then and submitted, if the call goes on."""
    if turn.collect is None:
        return _farewell(turn.say)
    document = _document()
    for name, value in _collecting(turn.collect).items():
        _put(document, "property", name=name, value=value)
    _put(document, "var", name="call_id", expr=_literal(call_id))
    _put(document, "var", name="step", expr=str(turn.step))
    _put(document, "var", name="digits", expr=_literal(""))
    answer = _Submit(at.turns, ("call_id", "step", "digits"))
    _prepare_for_the_worst(document, answer, at)
    field = _put(_put(document, "form", id="turn"), "field", name="keyed")
    _grammar(field, "keyed", turn.collect)
    _put(field, "prompt", turn.say, bargein="true", timeout=SILENCE)
    for event, digits in (("noinput", _literal("")), ("nomatch", _literal(NOT_UNDERSTOOD)), ("filled", "keyed")):
        happened = _put(field, event)
        _put(happened, "assign", name="digits", expr=digits)
        answer.put(happened)
    _add_ways_out(document, answer)
    return _written(document)


def nothing_more() -> bytes:
    """For a platform that told of a hang-up: the interpreter ends."""
    document = _document()
    _put(_put(_put(document, "form"), "block"), "exit")
    return _written(document)


def _farewell(say: str) -> bytes:
    document = _document()
    _say_and_hang_up(_put(document, "form", id="turn"), say)
    return _written(document)


def _collecting(collect: Collect) -> dict[str, str]:
    """Properties by which the platform collects exactly what the grammar below allows."""
    return {
        "inputmodes": "dtmf",
        "interdigittimeout": BETWEEN_KEYS,
        "termchar": collect.terminator or "",
        "termtimeout": FOR_THE_TERMINATOR if collect.terminator else "0s",
        "recordutterance": "false",
    }


def _grammar(parent: ET.Element, root: str, collect: Collect) -> None:
    """SRGS in XML, inline. Of what ends with a terminator, the terminator is the platform's, and no digit."""
    times = f"1-{collect.digits - 1}" if collect.terminator else str(collect.digits)
    grammar = _put(parent, "grammar", mode="dtmf", version="1.0", root=root, type="application/srgs+xml")
    rule = _put(grammar, "rule", id=root, scope="public")
    one_of = _put(_put(rule, "item", repeat=times), "one-of")
    for key in _KEYS:
        _put(one_of, "item", key)


# --- when something goes wrong --------------------------------------------------------------------------------------


def _prepare_for_the_worst(document: ET.Element, submit: _Submit, at: Addresses) -> None:
    """A hang-up is told at once; an answer that does not come is asked for again; then the call is ended with a word."""
    _put(document, "property", name="fetchtimeout", value=FETCHING)
    _put(document, "var", name="tries", expr="0")
    _Submit(at.hangups, submit.names[:1]).put(_put(document, "catch", event="connection.disconnect"))
    again = _put(document, "catch", event="error.badfetch", cond=f"tries < {TRIES}")
    _put(again, "assign", name="tries", expr="tries + 1")
    _put(again, "goto", next="#wait")
    _put(_put(document, "catch", event="error"), "goto", next="#sorry")


def _add_ways_out(document: ET.Element, submit: _Submit) -> None:
    """The two forms that the handlers lead to.

    Waiting is a field, because an interpreter that goes straight on to the next fetch plays nothing before it.
    """
    waiting = _put(_put(document, "form", id="wait"), "field", name="waiting", modal="true")
    _grammar(waiting, "anything", Collect(digits=1))
    _put(waiting, "prompt", WAIT, bargein="false", timeout=PAUSE)
    for event in ("noinput", "nomatch", "filled"):
        submit.put(_put(waiting, event))
    sorry = _put(document, "form", id="sorry")
    _put(_put(sorry, "error"), "disconnect")  # an engine that cannot speak must not lead back here
    _say_and_hang_up(sorry, SORRY)


def _say_and_hang_up(form: ET.Element, say: str) -> None:
    block = _put(form, "block")
    _put(block, "prompt", say, bargein="false")
    _put(block, "disconnect")


# --- writing --------------------------------------------------------------------------------------------------------


def _document() -> ET.Element:
    return ET.Element("vxml", {"xmlns": NAMESPACE, "version": "2.1", _LANG: LANGUAGE})


def _put(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text
    return element


def _literal(text: str) -> str:
    """ECMAScript for this text: JSON is."""
    return json.dumps(text)


def _written(document: ET.Element) -> bytes:
    written: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written
