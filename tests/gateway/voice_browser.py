"""A small VoiceXML interpreter: fetches, checks, listens and submits as the Recommendation says, for what we produce.

Each document is validated against the W3C's DTD and against what a DTD cannot say. The form interpretation algorithm,
the choice among handlers (5.2.4), the timing of keys (appendix D) and the final processing state (1.5.4) are here as far
as our documents use them; anything else they held would be an error.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree

DTD = etree.DTD(str(Path(__file__).parent / "w3c" / "voicexml21.dtd"))
NAMESPACE = "{http://www.w3.org/2001/vxml}"
HANG_UP = "hang up"
MOST_DOCUMENTS = 60

Element = etree._Element
Fetch = Callable[[str, str, dict[str, str] | None], tuple[int, str, bytes]]
"""Method, path and form to status, media type and body."""


class Event(Exception):
    """`noinput`, `nomatch`, `connection.disconnect.hangup`, `error.badfetch.http.503` …"""


class Transition(Exception):
    """The present form is left: for another of this document, or for a document."""

    def __init__(self, form: str | None = None) -> None:
        self.form = form


class Over(Exception):
    """The interpreter ends."""


def checked(body: bytes, mimetype: str) -> Element:
    """The document, if it is one of VoiceXML 2.1."""
    assert mimetype == "application/voicexml+xml"
    assert body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    qualified = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    assert {etree.QName(element).namespace for element in qualified.iter()} == {NAMESPACE[1:-1]}
    DTD.assertValid(_as_the_dtd_sees_it(body))
    assert qualified.get("version") == "2.1"
    assert qualified.get("{http://www.w3.org/XML/1998/namespace}lang") == "ja-JP"
    ids = {f"#{form.get('id')}" for form in _all(qualified, "form")}
    for goto in _all(qualified, "goto"):
        assert goto.get("next") in ids
    declared = {element.get("name") for tag in ("var", "field") for element in _all(qualified, tag)}
    for submit in _all(qualified, "submit"):
        assert submit.get("method") == "post", "digits must not stand in an address"
        assert submit.get("next", "").startswith("/ivr/vxml/")
        assert set(submit.get("namelist", "").split()) <= declared
    for grammar in _all(qualified, "grammar"):
        assert (grammar.get("mode"), grammar.get("version")) == ("dtmf", "1.0")
        assert grammar.find(f"{NAMESPACE}rule[@id='{grammar.get('root')}']") is not None
    times = [one.get("value", "") for one in _all(qualified, "property") if "timeout" in one.get("name", "")]
    for timed in (*times, *(one.get("timeout", "") for one in _all(qualified, "prompt") if one.get("timeout"))):
        assert re.fullmatch(r"\d+(s|ms)", timed)
    assert not _all(qualified, "log"), "a platform's log is no place for what is keyed"
    return qualified


def _as_the_dtd_sees_it(body: bytes) -> Element:
    """Names without their namespace: to a DTD the declaration is an attribute, which libxml2 does not show it."""
    tree = etree.fromstring(body)
    for element in tree.iter():
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(tree)
    return tree


@dataclass
class VoiceBrowser:
    """One call. `keys` is what the caller keys, question by question: digits, "" for silence, `HANG_UP`."""

    fetch: Fetch
    caller: str
    keys: Iterable[str]
    entrance: str = "/ivr/vxml"
    heard: list[str] = field(default_factory=list)
    fetched: list[tuple[str, str, dict[str, str] | None, int]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    hung_up: bool = False
    _typed_ahead: str = ""

    def call(self) -> VoiceBrowser:
        """Run until the interpreter ends."""
        self._keys = iter(self.keys)
        self._load("GET", self.entrance, None)
        form: str | None = None
        while True:
            try:
                self._run(self._form(form))
            except Transition as transition:
                form = transition.form
            except Over:
                return self

    # --- documents -----------------------------------------------------------------------------------------------

    def _load(self, method: str, path: str, form: dict[str, str] | None) -> None:
        assert len(self.fetched) < MOST_DOCUMENTS, "it goes round for ever"
        status, mimetype, body = self.fetch(method, path, form)
        self.fetched.append((method, path, form, status))
        if status != 200:
            raise Event(f"error.badfetch.http.{status}")
        self.document, self.address = checked(body, mimetype), path
        self.variables = {"session": {"connection": {"remote": {"uri": self.caller}}}}
        self.properties = {one.get("name"): one.get("value") for one in self.document.findall(f"{NAMESPACE}property")}
        for var in self.document.findall(f"{NAMESPACE}var"):
            self.variables[_name(var)] = self._value(var.get("expr"))

    def _form(self, identity: str | None) -> Element:
        forms = _all(self.document, "form")
        self._counts: dict[str, int] = {}
        return next(form for form in forms if identity in {None, form.get("id")})

    # --- forms ---------------------------------------------------------------------------------------------------

    def _run(self, form: Element) -> None:
        item = next(child for child in form if _tag(child) in {"block", "field"})
        try:
            if _tag(item) == "block":
                self._execute(item)
                raise Over
            self._ask(item)
        except Event as event:
            self._on(str(event), item)

    def _ask(self, item: Element) -> None:
        if self.hung_up:
            raise Over  # final processing: nobody is there to be asked
        prompt = item.find(f"{NAMESPACE}prompt")
        assert prompt is not None
        self.heard.append(prompt.text or "")
        if prompt.get("bargein") == "false":
            self._typed_ahead = ""
        keyed = self._listen(item)
        self.variables[_name(item)] = keyed
        filled = item.find(f"{NAMESPACE}filled")
        assert filled is not None
        self._execute(filled)

    def _listen(self, item: Element) -> str:
        """Keys until the grammar can take no more, the terminator, or the pause between keys (appendix D)."""
        (repeated,) = (one for one in item.iter(f"{NAMESPACE}item") if one.get("repeat"))
        shortest, _, longest = (repeated.get("repeat") or "").partition("-")
        keys = {one.text for one in repeated.iter(f"{NAMESPACE}item") if one is not repeated}
        terminator = self.properties.get("termchar", "#")
        waits = self.properties.get("termtimeout", "0s") != "0s"
        pending = self._typed_ahead or ("" if item.get("name") == "waiting" else next(self._keys))
        self._typed_ahead = ""
        if pending == HANG_UP:
            self.hung_up = True
            raise Event("connection.disconnect.hangup")
        if not pending:
            raise Event("noinput")
        taken = ""
        while pending:
            key, pending = pending[0], pending[1:]
            if terminator and key == terminator:
                break
            if key not in keys:
                raise Event("nomatch")
            taken += key
            if len(taken) == int(longest or shortest):
                if terminator and waits and pending[:1] == terminator:
                    pending = pending[1:]
                break
        self._typed_ahead = pending
        if len(taken) < int(shortest):
            raise Event("nomatch")
        return " ".join(taken)  # as platforms do that have no other way to write a sequence of tokens

    # --- handlers and what they do -------------------------------------------------------------------------------

    def _on(self, event: str, item: Element) -> None:
        self._counts[event] = self._counts.get(event, 0) + 1
        scope: Element | None = item
        while scope is not None:
            for handler in scope:
                if self._answers(handler, event):
                    try:
                        self._execute(handler)
                    except Event as another:
                        return self._on(str(another), item)
                    raise Over
            scope = scope.getparent()
        raise Over

    def _answers(self, handler: Element, event: str) -> bool:
        kind = _tag(handler)
        names = {"catch": handler.get("event", "").split()}.get(kind, [kind])
        if kind not in {"catch", "noinput", "nomatch", "error"}:
            return False
        named = any(event == name or event.startswith(f"{name}.") for name in names)
        return named and bool(self._value(handler.get("cond", "True")))

    def _execute(self, content: Element) -> None:
        for step in content:
            match _tag(step):
                case "prompt":
                    self.heard.append(step.text or "")
                case "assign":
                    self.variables[_name(step)] = self._value(step.get("expr"))
                case "goto":
                    raise Transition((step.get("next") or "").removeprefix("#"))
                case "submit":
                    form = {name: str(self.variables[name]) for name in (step.get("namelist") or "").split()}
                    self._load("POST", urljoin(self.address, step.get("next")), form)
                    raise Transition
                case "disconnect":
                    if self.hung_up:
                        raise Over
                    self.hung_up = True
                    raise Event("connection.disconnect.hangup")
                case "exit":
                    raise Over
                case other:
                    raise AssertionError(f"{other} is not known here")

    def _value(self, expression: str | None) -> Any:
        """ECMAScript, of which we use what Python's own grammar reads alike: literals, members, +, <."""
        return _evaluated(ast.parse(expression or "", mode="eval").body, self.variables)


def _evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return names[name]
        case ast.Attribute(value, name):
            return _evaluated(value, names)[name]
        case ast.BinOp(left, ast.Add(), right):
            return _evaluated(left, names) + _evaluated(right, names)
        case ast.Compare(left, [ast.Lt()], [right]):
            return _evaluated(left, names) < _evaluated(right, names)
    raise AssertionError(f"{ast.dump(node)} is not known here")


def _tag(element: Element) -> str:
    return etree.QName(element).localname


def _name(element: Element) -> str:
    return element.get("name") or ""


def _all(document: Element, tag: str) -> list[Element]:
    return list(document.iter(f"{NAMESPACE}{tag}"))
