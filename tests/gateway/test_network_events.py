"""What the network tells over HTTP: `POST /network/events` (EVENTS.md, "Coming in")."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from contracts.base import Unavailable
from contracts.settings.network import NETWORK_EVENT, json_schema
from gateway.app import create_app
from gateway.large_bodies import how_much
from gateway.services import Services
from tests.gateway.conftest import ADDITIONAL, CONTRACT, ENV, Site

DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "interfaces.md"
TOKEN = "the network's own token, long enough"
TIME = "2026-04-01T18:05:00+09:00"
EARLIER = "2026-04-01T18:04:59+09:00"
LATER = "2026-04-01T19:00:00+09:00"
CALL = {
    "specversion": "1.0",
    "id": "4711",
    "source": "exchange 3",
    "type": "IncomingCall",
    "time": TIME,
    "data": {"number": CONTRACT, "caller": "+81 90-1234-5678", "outcome": "unanswered"},
}
FAULT = {
    "id": "1",
    "type": "LineFault",
    "time": TIME,
    "data": {
        "fault": "f1",
        "line": CONTRACT,
        "occurred_at": TIME,
        "extent": "発信",
        "cause": "断線",
        "state": "調査中",
    },
}
RECOVERY = {
    "id": "2",
    "type": "LineRecovered",
    "time": TIME,
    "data": {"fault": "f1", "line": CONTRACT, "recovered_at": TIME},
}
WORK = {
    "id": "3",
    "type": "PlannedWork",
    "time": TIME,
    "data": {"fault": "w1", "line": CONTRACT, "numbers": [CONTRACT], "begins_at": TIME, "ends_at": LATER},
}


@pytest.fixture
def network(site: Site) -> FlaskClient:
    """The network's own client, with its token. The settings know the site's numbers."""
    site.settings_follow()
    app = create_app({**ENV, "HIKARI_NETWORK_TOKEN": TOKEN})
    client = FlaskClient(app, app.response_class)
    services = Services(None, None, None, otp=None, settings=site.settings)  # type: ignore[arg-type]
    client.environ_base |= {"hikari.services": services, "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}  # type: ignore[dict-item]
    return client


def changed(event: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {**event, "data": {**event["data"], **data}}


@pytest.mark.rule("FEAT-1", "FEAT-5")
@pytest.mark.parametrize("event", [CALL, FAULT, RECOVERY, WORK], ids=lambda event: str(event["type"]))
def test_an_event_is_taken_once_however_often_it_is_sent(network, event):
    answers = [network.post("/network/events", json=event) for _ in range(2)]
    unknown = "none of these numbers was told of this fault, or it is over already; nobody is mailed its recovery until one is"
    told = {"numbers": 2 if event in (FAULT, RECOVERY) else 1, "remarks": [unknown] if event is RECOVERY else []}
    assert [(one.status_code, one.get_json()) for one in answers] == [
        (200, {"id": event["id"], "repeated": False, **told}),
        (200, {"id": event["id"], "repeated": True, **told}),
    ]


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({**CALL, "type": "IncomingFax"}, "body"),
        ({name: value for name, value in CALL.items() if name != "id"}, "IncomingCall.id"),
        ({**CALL, "time": "2026-04-01T18:05:00"}, "IncomingCall.time"),
        (changed(CALL, number="110"), "IncomingCall.data.number"),
        (changed(CALL, outcome="lost"), "IncomingCall.data.outcome"),
        (changed(CALL, withheld="anonymous"), "IncomingCall.data"),
        (changed(CALL, caler="0312345678"), "IncomingCall.data.caler"),
        (changed(FAULT, occurred_at=None), "LineFault.data.occurred_at"),
        (changed(FAULT, expected_recovery=EARLIER), "LineFault.data.expected_recovery"),
        (changed(RECOVERY, occurred_at=LATER), "LineRecovered.data.recovered_at"),
        (changed(WORK, begins_at=LATER), "PlannedWork.data.ends_at"),
        (changed(WORK, begins_at=EARLIER, ends_at=TIME), "PlannedWork.data.ends_at"),
        (changed(FAULT, fault="f\0"), "LineFault.data.fault"),
        (changed(FAULT, fault="f" * 101), "LineFault.data.fault"),
        ({**CALL, "time": "9999-12-31T23:59:59-12:00"}, "IncomingCall.time"),
        ({**CALL, "time": "1970-01-01T00:00:00Z"}, "IncomingCall.time"),
        (changed(FAULT, occurred_at="2026-04-02T18:05:01+09:00"), "LineFault.data.occurred_at"),
        (changed(FAULT, occurred_at="0001-01-01T00:00:00+14:00"), "LineFault.data.occurred_at"),
        (changed(FAULT, expected_recovery="2999-01-01T00:00:00Z"), "LineFault.data.expected_recovery"),
        (changed(RECOVERY, recovered_at="2999-01-01T00:00:00Z"), "LineRecovered.data.recovered_at"),
        (changed(WORK, ends_at="9999-12-31T23:59:59Z"), "PlannedWork.data.ends_at"),
    ],
)
def test_what_is_wrong_with_an_event_is_named_by_its_place_and_nothing_is_done(network, event, place):
    answer = network.post("/network/events", json=event)
    assert answer.status_code == 422
    assert [fault[0] for fault in answer.get_json()["faults"]] == [place]
    for sent in ("0312345678", "IncomingFax"):
        assert sent not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "body: needs a type; see /network/events/schema for those there are"),
        ([], "body: must be a JSON object"),
        (
            {**CALL, "type": "IncomingFax"},
            "body: needs as its type one of 'IncomingCall', 'FaxReceived', 'LineFault', ",
        ),
        (
            {**CALL, "time": "today"},
            "IncomingCall.time: must be a date and time with its zone, like 2026-04-01T09:30:00Z",
        ),
        (changed(CALL, outcome="lost"), "IncomingCall.data.outcome: must be 'answered', 'unanswered', 'busy' or 'forw"),
        (changed(CALL, number=3), "IncomingCall.data.number: must be text in quotes"),
        (changed(CALL, number="110"), "IncomingCall.data.number: a phone number has 10 or 11 digits and begins with 0"),
        (
            changed(CALL, caler="1"),
            "IncomingCall.data.caler: is not known here; see /network/events/schema for what is",
        ),
        (changed(WORK, numbers="all"), "PlannedWork.data.numbers: must be a list"),
        (changed(WORK, ends_at=TIME), "PlannedWork.data.ends_at: must be later than begins_at"),
        (
            changed(RECOVERY, recovered_at="2026-04-03T18:05:00+09:00"),
            "LineRecovered.data.recovered_at: must not be more than a day after the event's own time",
        ),
        (
            changed(WORK, ends_at="9999-12-31T23:59:59Z"),
            "PlannedWork.data.ends_at: must be within 3 years of the event's own time",
        ),
        ({**CALL, "time": "9999-12-31T23:59:59Z"}, "IncomingCall.time: must be from 2000 on and before 2100"),
        ({**CALL, "id": "", "time": None}, "IncomingCall.id: must have 1 or more characters (and 1 more, see faults)"),
    ],
)
def test_a_wrong_body_is_answered_with_a_sentence_that_names_the_field_and_what_is_expected(network, event, sentence):
    answer = network.post("/network/events", json=event)
    assert answer.status_code == 422
    assert answer.get_json()["error"].startswith(sentence)
    assert answer.get_json()["error"].endswith("; nothing was done. /network/events/schema describes what is taken")


@pytest.mark.parametrize(
    ("event", "remark"),
    [
        (changed(CALL, number="0399998888"), "no line has this number"),
        (changed(FAULT, line="0399998888"), "no line has this contract number"),
        (changed(FAULT, line=ADDITIONAL), "this is an additional number; a line is named by its contract number"),
        (changed(WORK, numbers=[CONTRACT, "0399998888"]), "of the numbers named 1 are not of this line"),
    ],
)
def test_what_concerns_no_number_that_is_known_is_taken_and_said(network, event, remark):
    answer = network.post("/network/events", json=event)
    assert (answer.status_code, answer.get_json()["remarks"]) == (200, [remark])


@pytest.mark.rule("FEAT-5")
def test_moments_may_be_as_far_from_their_event_as_faults_last_and_work_is_planned(network):
    for event in (
        changed(FAULT, occurred_at="2026-04-02T18:05:00+09:00"),
        changed(RECOVERY, occurred_at="2023-04-02T18:05:00+09:00"),
        changed(WORK, begins_at="2029-03-01T01:00:00+09:00", ends_at="2029-03-02T01:00:00+09:00"),
    ):
        assert network.post("/network/events", json=event).status_code == 200


@pytest.mark.parametrize("kind", ["IncomingCall", "LineFault", "LineRecovered", "PlannedWork", "FaxReceived"])
def test_the_example_of_each_kind_in_the_documents_is_what_is_taken(kind):
    examples = re.findall(r"-d '(\{.*?\}\})'", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [one for one in examples if f'"type": "{kind}"' in one]
    NETWORK_EVENT.validate_json(example.replace("'$document'", "7c9e6679-7425-40de-944b-e07fc1f90ae7"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_json_object_is_told_so(network, body):
    assert network.post("/network/events", data=body).status_code == 422


def test_the_schema_is_published_and_says_the_same(network):
    schema = network.get("/network/events/schema").get_json()
    assert schema == json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for event in (CALL, FAULT, RECOVERY, WORK):
        assert list(validator.iter_errors(event)) == []
    for wrong in ({**CALL, "type": "Other"}, changed(CALL, outcome="lost"), changed(CALL, caler="0"), {"id": "1"}):
        assert list(validator.iter_errors(wrong))


def test_nobody_without_the_networks_token_tells_anything(network):
    for token in ("", "Bearer wrong", f"Bearer {ENV['HIKARI_OPS_TOKEN']}"):
        assert network.post("/network/events", json=CALL, headers={"Authorization": token}).status_code == 401
    assert network.get("/network/events/schema", headers={"Authorization": ""}).status_code == 401


def test_without_the_settings_service_the_network_is_told_to_try_again(network, site):
    class Away:
        def take_network_event(self, _request: object) -> None:
            raise Unavailable("settings")

    network.environ_base["hikari.services"] = Services(None, None, None, otp=None, settings=Away())  # type: ignore[arg-type]
    answer = network.post("/network/events", json=CALL)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.rule("FEAT-5", "LINE-7")
def test_a_fault_may_name_every_number_of_the_largest_line_and_no_event_is_larger_than_that(network):
    numbers = [f"03{place:08}" for place in range(10_000)]
    told = network.post("/network/events", json=changed(FAULT, numbers=numbers))
    assert (told.status_code, told.json["repeated"]) == (200, False)
    head = {"REQUEST_METHOD": "POST", "PATH_INFO": "/network/events", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}
    assert how_much(network.application, {**head, "REMOTE_ADDR": "192.0.2.1"}) >= len(json.dumps(numbers))
    assert network.post("/network/events", data=b" " * 600_000).status_code == 413
