"""What crosses between caller and provider, and what both do with it; no broker in sight.

A request is `{"request", "origin", "seconds", "until", "reply_key"}`, a reply one of `{"ok"}`, `{"refused"}` and
`{"failed"}`: done, an expected no, and nobody's fault but ours.

How long the caller waits goes over the wire as a duration, `seconds`, which no clock can spoil; within a process it is a
reading of `time.monotonic`. `until`, the same moment as the caller's time of day, only keeps a request from being done
long after it was given up: when it was delivered again after a crash, or recorded and sent once more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import ValidationError

from chassis.origin import acting, current_origin
from chassis.transit import TransitKey, WrongTransitKey, is_over, seal
from contracts.base import Message, Nothing, Origin, Refusal, Unavailable

log = logging.getLogger(__name__)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""As `time.monotonic` reads."""


class RemoteFailure(Exception):
    """The provider broke while working on the call; its log has the cause under the same correlation id."""

    def __init__(self, call: str, reason: str) -> None:
        self.call = call
        self.reason = reason
        super().__init__(f"{call}: {reason}")


class BadRequest(RemoteFailure):
    """The provider could not read the request: the two sides disagree about the contract."""


@dataclass(frozen=True)
class Signature:
    """The models that a remote procedure takes and gives."""

    request: type[Message]
    reply: type[Message]

    @classmethod
    def of(cls, procedure: Callable[..., Any]) -> Signature:
        """Read from the annotations. Raises `TypeError` unless it is `(self, request: Message) -> Message`."""
        hints = get_type_hints(procedure)
        reply = hints.pop("return", None)
        match [*hints.values(), reply]:
            case [type() as request, type() as reply] if issubclass(request, Message) and issubclass(reply, Message):
                return cls(request, reply)
        raise TypeError(f"{procedure.__qualname__} must take one Message and give one Message")


def deadline_within(seconds: float) -> float:
    """The moment (of `time.monotonic`) by which a call made now must be answered.

    Never later than that of the request being worked on: nobody would be left to hear the answer.
    """
    latest = time.monotonic() + seconds
    inherited = _deadline.get()
    return latest if inherited is None else min(latest, inherited)


def pack_request(call: str, request: Message, public: str | None, deadline: float, reply_key: str) -> dict[str, Any]:
    """The request as JSON values, its secrets sealed to the provider's key; without a key they become stars."""
    seconds = max(0.0, deadline - time.monotonic())
    until = time.time() + seconds
    context = {"seal": lambda secret: seal(public, secret, call, until)} if public else {}
    return {
        "request": request.model_dump(mode="json", context=context),
        "origin": current_origin().model_dump(mode="json", context=context, exclude=None if public else {"address"}),
        "seconds": seconds,
        "until": until,
        "reply_key": reply_key,
    }


@contextmanager
def _working_until(deadline: float) -> Iterator[None]:
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


@dataclass(frozen=True)
class _Asked:
    """A request as the provider reads it."""

    request: Message
    origin: Origin
    deadline: float
    """As `time.monotonic` reads here, counted from the arrival."""
    reply_key: str

    @classmethod
    def read(cls, payload: Any, signature: Signature, call: str, key: TransitKey) -> _Asked:
        context = {"open": lambda sealed: key.open(sealed, call)}
        return cls(
            request=signature.request.model_validate(payload["request"], context=context),
            origin=Origin.model_validate(payload["origin"], context=context),
            deadline=time.monotonic() + float(payload["seconds"]),
            reply_key=str(payload["reply_key"]),
        )


@contextmanager
def hurrying(seconds: float) -> Iterator[None]:
    """Calls made within this block are answered within `seconds` of its beginning, or raise `Unavailable`."""
    with _working_until(deadline_within(seconds)):
        yield


def answer(
    call: str, signature: Signature, procedure: Callable[[Any], Message], payload: Any, key: TransitKey
) -> tuple[dict[str, Any], str]:
    """Do what is asked and give the reply and its kind, for the statistics. Never raises an `Exception`."""
    try:
        if is_over(float(payload["until"])):
            log.warning("a request came long after it was given up, or a clock is wrong", extra={"call": call})
            return _failed("late")
        asked = _Asked.read(payload, signature, call, key)
    except WrongTransitKey:
        return _failed("wrong_transit_key")
    except ValidationError as error:
        faults = [(fault["loc"], fault["type"]) for fault in error.errors(include_input=False, include_context=False)]
        log.warning("unreadable request", extra={"call": call, "faults": faults})  # no values: they may be secret
        return _failed("bad_request")
    except (KeyError, TypeError, ValueError):
        log.warning("malformed message", extra={"call": call})
        return _failed("bad_request")
    with acting(asked.origin), _working_until(asked.deadline):
        return _do(call, procedure, asked)


def _do(call: str, procedure: Callable[[Any], Message], asked: _Asked) -> tuple[dict[str, Any], str]:
    try:
        reply = procedure(asked.request)
        until = time.time() + asked.deadline - time.monotonic()
        context = {"seal": lambda secret: seal(asked.reply_key, secret, f"{call} reply", until)}
        return {"ok": reply.model_dump(mode="json", context=context)}, "ok"
    except Refusal as refusal:
        return {"refused": refusal.as_wire()}, "refused"
    except Unavailable as unavailable:
        return _failed("unavailable", service=unavailable.service)
    except Exception:
        log.exception("the procedure broke", extra={"call": call})
        return _failed("error")


def _failed(reason: str, **details: str) -> tuple[dict[str, Any], str]:
    return {"failed": {"reason": reason, **details}}, reason


def read_reply(call: str, signature: Signature, reply: dict[str, Any], key: TransitKey) -> Message:
    """The reply as a model. Raises the typed refusal, `WrongTransitKey`, `Unavailable`, `RemoteFailure`."""
    if "ok" in reply:
        context = {"open": lambda sealed: key.open(sealed, f"{call} reply")}
        return signature.reply.model_validate(reply["ok"], context=context)
    if "refused" in reply:
        raise Refusal.from_wire(reply["refused"])
    failure = reply["failed"]
    match failure["reason"]:
        case "wrong_transit_key":
            raise WrongTransitKey
        case "late":
            raise Unavailable(call.split(".", maxsplit=1)[0])
        case "unavailable":
            raise Unavailable(failure["service"])
        case "bad_request":
            raise BadRequest(call, "the provider could not read the request")
        case reason:
            raise RemoteFailure(call, reason)


class TransitKeyIs(Message):
    """A provider's public key, base64."""

    public: str


_TRANSIT_KEY = Signature(Nothing, TransitKeyIs)

Exchange = Callable[[str, dict[str, Any], float], dict[str, Any]]
"""(method, payload, seconds) → reply. Raises `Unavailable` when none comes in time."""


class Remote:
    """Looks like the provider's Api: each method packs, asks through `exchange`, and unpacks."""

    def __init__(
        self,
        service: str,
        api: type[Any],
        exchange: Exchange,
        key: TransitKey,
        timeout: float,
        timeouts: Mapping[str, float],
    ) -> None:
        self._service = service
        self._api = api
        self._exchange = exchange
        self._key = key
        self._timeout = timeout
        self._timeouts = timeouts
        self._public: str | None = None

    def __getattr__(self, method: str) -> Callable[[Message], Message]:
        procedure = None if method.startswith("_") else getattr(self._api, method, None)
        if procedure is None:
            raise AttributeError(f"{self._service} has no procedure {method}")
        signature = Signature.of(procedure)
        timeout = self._timeouts.get(method, self._timeout)

        def call(request: Message) -> Message:
            return self._call(method, signature, request, deadline_within(timeout))

        setattr(self, method, call)
        return call

    def _call(self, method: str, signature: Signature, request: Message, deadline: float) -> Message:
        outdated = self._public
        try:
            return self._ask(method, signature, request, self._public_key(deadline), deadline)
        except WrongTransitKey:
            # The provider's key was changed. Learn the new one, unless another call was quicker; then once more.
            if self._public == outdated or outdated is None:
                self._public = None
        try:
            return self._ask(method, signature, request, self._public_key(deadline), deadline)
        except WrongTransitKey as error:
            raise RemoteFailure(f"{self._service}.{method}", "its transit key does not open what it seals") from error

    def _public_key(self, deadline: float) -> str:
        if self._public is None:
            reply = self._ask("transit_key", _TRANSIT_KEY, Nothing(), None, deadline)
            assert isinstance(reply, TransitKeyIs)
            self._public = reply.public
        return self._public

    def _ask(self, method: str, signature: Signature, request: Message, public: str | None, deadline: float) -> Message:
        if deadline <= time.monotonic():
            raise Unavailable(self._service)  # by our own clock, on which there is no doubt
        call = f"{self._service}.{method}"
        payload = pack_request(call, request, public, deadline, self._key.public)
        reply = self._exchange(method, payload, deadline - time.monotonic())
        return read_reply(call, signature, reply, self._key)
