from __future__ import annotations

import json
import logging
import time
from typing import Any, Protocol

import pytest

from chassis.rpc import BadRequest, LocalClient, RemoteFailure, Service, rpc, serve
from chassis.transit import TransitKey, seal
from chassis.wire import Remote, Signature, deadline_within, hurrying
from contracts.base import Message, Refusal, Secret, Unavailable, UnknownRefusal


class Word(Message):
    word: Secret
    times: int = 1


class Said(Message):
    words: tuple[str, ...]
    back: Secret


class TooOften(Refusal):
    class Details(Message):
        at_most: int

    details: Details


class ParrotApi(Protocol):
    def say(self, request: Word) -> Said: ...


class Unsure(Message):
    """What a caller with another idea of the contract sends."""

    word: Secret
    times: str


class OtherParrotApi(Protocol):
    def say(self, request: Unsure) -> Said: ...


class Parrot(Service):
    name = "parrot"

    @rpc
    def say(self, request: Word) -> Said:
        if request.times > 3:
            raise TooOften(at_most=3)
        return Said(words=(request.word.reveal(),) * request.times, back=request.word)


def test_models_and_secrets_come_through_as_they_were() -> None:
    said = LocalClient(Parrot(), ParrotApi).say(Word(word=Secret("クラッカー"), times=2))
    assert said == Said(words=("クラッカー", "クラッカー"), back=Secret("クラッカー"))


def test_the_method_itself_stays_callable_without_any_wire() -> None:
    assert Parrot().say(Word(word=Secret("x"))).words == ("x",)


def test_a_refusal_is_raised_as_its_type() -> None:
    with pytest.raises(TooOften) as refused:
        LocalClient(Parrot(), ParrotApi).say(Word(word=Secret("x"), times=4))
    assert refused.value.details.at_most == 3


def test_a_refusal_that_the_caller_has_not_learnt_yet_is_a_refusal_all_the_same(monkeypatch: Any) -> None:
    monkeypatch.delitem(Refusal._by_name, "TooOften")
    with pytest.raises(UnknownRefusal):
        LocalClient(Parrot(), ParrotApi).say(Word(word=Secret("x"), times=4))


@pytest.mark.rule("AUDIT-2")
def test_a_request_that_cannot_be_read_fails_without_repeating_its_values(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(BadRequest) as failure:
        LocalClient(Parrot(), OtherParrotApi).say(Unsure(word=Secret("x"), times="p4ssw0rd"))
    assert "p4ssw0rd" not in str(failure.value) + caplog.text + str([record.__dict__ for record in caplog.records])


def test_a_provider_whose_key_opens_nothing_is_given_up_after_the_second_try() -> None:
    asked = []

    def exchange(method: str, payload: dict[str, Any], seconds: float) -> dict[str, Any]:
        asked.append(method)
        if method == "transit_key":
            return {"ok": {"public": TransitKey.throwaway().public}}
        return {"failed": {"reason": "wrong_transit_key"}}

    remote = Remote("parrot", ParrotApi, exchange, TransitKey.throwaway(), 5, {})
    with pytest.raises(RemoteFailure):
        remote.say(Word(word=Secret("x")))
    assert asked == ["transit_key", "say", "transit_key", "say"]


def test_a_secret_is_stars_wherever_nobody_seals_it() -> None:
    assert Word(word=Secret("x")).model_dump(mode="json")["word"] == "**********"
    assert seal(TransitKey.throwaway().public, "x", "a.b", 0) != "x"


def test_a_procedure_that_does_not_take_and_give_one_model_is_refused() -> None:
    def odd(_self: object, number: int) -> str:
        return str(number)

    with pytest.raises(TypeError):
        Signature.of(odd)


def test_what_the_contract_does_not_name_is_not_there() -> None:
    with pytest.raises(AttributeError):
        LocalClient(Parrot(), ParrotApi).shout  # type: ignore[attr-defined]  # noqa: B018


def talking(monkeypatch: pytest.MonkeyPatch, *, provider_ahead: float) -> Any:
    """A caller and a provider whose times of day differ by so many seconds."""
    key, real = TransitKey.throwaway(), time.time

    def exchange(method: str, payload: dict[str, Any], _seconds: float) -> dict[str, Any]:
        if method == "transit_key":
            return {"ok": {"public": key.public}}
        wire = json.loads(json.dumps(payload))
        with monkeypatch.context() as there:
            there.setattr(time, "time", lambda: real() + provider_ahead)
            return dict(serve(Parrot(), Parrot.say, wire, key))

    return Remote("parrot", ParrotApi, exchange, TransitKey.throwaway(), timeout=5.0, timeouts={})


@pytest.mark.parametrize("seconds", [-25.0, -5.0, 5.0, 25.0])
def test_machines_whose_clocks_are_some_seconds_apart_talk_as_if_they_were_not(monkeypatch, seconds: float) -> None:
    said = talking(monkeypatch, provider_ahead=seconds).say(Word(word=Secret("クラッカー")))
    assert said.back == Secret("クラッカー")


def test_a_call_for_which_no_time_is_left_is_not_sent() -> None:
    sent: list[str] = []

    def exchange(method: str, _payload: dict[str, Any], _seconds: float) -> dict[str, Any]:
        sent.append(method)
        return {"ok": {}}

    remote: Any = Remote("parrot", ParrotApi, exchange, TransitKey.throwaway(), timeout=5.0, timeouts={})
    with hurrying(0.0), pytest.raises(Unavailable):
        remote.say(Word(word=Secret("x")))
    assert sent == []


def test_a_request_whose_end_is_long_over_by_any_clock_is_not_begun(monkeypatch) -> None:
    with pytest.raises(Unavailable):
        talking(monkeypatch, provider_ahead=60.0).say(Word(word=Secret("クラッカー")))


def test_what_a_provider_asks_in_turn_has_the_time_that_is_left_whatever_the_clocks_say(monkeypatch) -> None:
    left: list[float] = []

    def say(_self, request: Word) -> Said:
        left.append(deadline_within(60) - time.monotonic())
        return Said(words=(), back=request.word)

    monkeypatch.setattr(Parrot, "say", say)
    talking(monkeypatch, provider_ahead=20.0).say(Word(word=Secret("クラッカー")))
    assert 4 < left[0] <= 5
