"""The network's question over HTTP: `GET /network/route` (EVENTS.md, "Coming in")."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from chassis.wire import RemoteFailure
from contracts.base import Unavailable
from contracts.settings.routing import Route, RouteAction, RouteQuery, RouteReason
from gateway.app import create_app
from gateway.services import Services
from tests.gateway.conftest import CONTRACT, ENV

TOKEN = "the network's own token, long enough"
TARGET = "09012345678"


class Settings:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[RouteQuery] = []
        self.answer: Route | Exception = Route(action=RouteAction.RING, reason=RouteReason.NOT_SET)

    def route_call(self, query: RouteQuery) -> Route:
        self.asked.append(query)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def settings() -> Settings:
    return Settings()


def asked(settings: Settings, env: dict[str, str] | None = None, token: str = TOKEN, **question: str) -> Any:
    app = create_app({**ENV, "HIKARI_NETWORK_TOKEN": TOKEN} if env is None else env)
    services = Services(None, None, None, otp=None, settings=settings)  # type: ignore[arg-type]
    return FlaskClient(app, app.response_class).get(
        "/network/route",
        query_string=question,
        headers={"Authorization": f"Bearer {token}"},
        environ_overrides={"hikari.services": services},
    )


@pytest.mark.rule("FEAT-3")
def test_the_decision_is_told_with_target_and_seconds(settings: Settings):
    settings.answer = Route(
        action=RouteAction.FORWARD, reason=RouteReason.CALL_FORWARDING, target=TARGET, after_seconds=20
    )
    answered = asked(settings, number="+81300001111", caller="03-1234-5678", condition="no_answer", diversions="2")
    assert answered.status_code == 200
    assert answered.get_json() == {
        "action": "forward",
        "reason": "call_forwarding",
        "target": TARGET,
        "after_seconds": 20,
    }
    (question,) = settings.asked
    assert (question.number, question.caller) == (CONTRACT, "0312345678")
    assert (question.condition.value, question.diversions) == ("no_answer", 2)


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize("caller", ["", "anonymous", "110"])
def test_a_caller_that_is_withheld_or_odd_is_asked_for_as_nobody(settings: Settings, caller: str):
    assert asked(settings, number=CONTRACT, caller=caller).get_json() == {"action": "ring", "reason": "not_set"}
    assert settings.asked[0].caller is None
    assert settings.asked[0].condition.value == "incoming"


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ({}, "number"),
        ({"number": "110"}, "number"),
        ({"number": CONTRACT, "condition": "sleepy"}, "condition"),
        ({"number": CONTRACT, "diversions": "-1"}, "diversions"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_expected(settings: Settings, question: dict[str, Any], word: str):
    answered = asked(settings, **question)
    assert answered.status_code == 400
    assert answered.get_json()["error"].startswith(word)
    assert settings.asked == []


def test_nobody_asks_without_the_networks_token(settings: Settings):
    assert asked(settings, token=ENV["HIKARI_IVR_TOKEN"], number=CONTRACT).status_code == 401
    assert asked(settings, env=dict(ENV), token="None", number=CONTRACT).status_code == 401
    assert settings.asked == []


@pytest.mark.parametrize("failure", [Unavailable("settings"), RemoteFailure("settings", "broken")])
def test_while_nobody_can_decide_the_network_is_told_to_ask_again(settings: Settings, failure: Exception):
    settings.answer = failure
    answered = asked(settings, number=CONTRACT)
    assert answered.status_code == 503
    assert int(answered.headers["Retry-After"]) > 0
