"""The operators' API before the real auth and audit (LINE-6, AUDIT-1, AUDIT-4)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import EnvironBuilder, TestResponse

from chassis.rpc import LocalClient, RemoteFailure
from contracts.audit import AuditApi, AuditPage
from contracts.auth.api import AuthApi
from contracts.auth.provisioning import LineIsProvisioned
from contracts.base import Busy, HistoryPage, HistoryQuery, Unavailable
from gateway.app import create_app
from gateway.large_bodies import how_much
from gateway.services import Services
from services.audit.application import Audit
from services.audit.config import AuditConfig
from services.audit.service import AuditService
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from tests.databases import migrate
from tests.services.auth.people import NotInUse

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
HANAKO = "hanako.3f9a5c1b7d20e8643f9a5c1b7d20e864"
NAMELESS = "0b1c2d3e4f50617283940b1c2d3e4f506172"
ENV = {
    "HIKARI_KEY": "ab" * 32,
    "HIKARI_IVR_TOKEN": "the telephone platform's own token",
    "HIKARI_OPS_TOKEN": f"{HANAKO},{NAMELESS}",
}
LINE = {
    "contract_number": CONTRACT,
    "numbers": [
        {"number": CONTRACT, "features": ["call_notification"]},
        {"number": ADDITIONAL, "features": ["call_notification", "fax_notification"]},
    ],
}


class Failing:
    """A service that answers every procedure with one failure."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __getattr__(self, procedure: str) -> Any:
        def fail(request: object) -> None:
            raise self._failure

        return fail


class Desk:
    """An operator's program."""

    def __init__(self, app: Flask, services: Services) -> None:
        self.app = app
        self.services = services
        self.token: str | None = HANAKO

    def ask(self, method: str, path: str, **content: Any) -> TestResponse:
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        return client.open(
            f"/ops/api{path}",
            method=method,
            headers=headers,
            environ_overrides={"hikari.services": self.services, "REMOTE_ADDR": "192.0.2.9"},
            **content,
        )

    def provision(self, line: object = LINE) -> TestResponse:
        return self.ask("POST", "/lines", json=line)

    def entries(self, **conditions: object) -> list[dict[str, Any]]:
        answer = self.ask("GET", "/audit", query_string=conditions)
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = answer.get_json()["entries"]
        return entries


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config = AuthConfig.model_validate(
        {
            "database_url": f"sqlite:///{tmp_path}/auth.sqlite",
            "key": secrets.token_bytes(32),
            "pepper": secrets.token_hex(16),
            "hash_memory_kib": 8,
            "hash_passes": 1,
        }
    )
    migrate(AuthStore, config.database_url)
    auth_service = AuthService()
    auth_service.auth = auth = Auth(config, NotInUse())
    auth_api = LocalClient(auth_service, AuthApi)
    audit_config = AuditConfig(database_url=f"sqlite:///{tmp_path}/audit.sqlite", key=secrets.token_bytes(32))
    migrate(Audit, audit_config.database_url)
    audit_service = AuditService()
    audit_service.audit = audit = Audit(audit_config, {"auth": auth_api.history, "tempcred": nothing_yet})
    services = Services(
        auth_api, Failing(AssertionError()), LocalClient(audit_service, AuditApi), Failing(AssertionError())
    )
    yield Desk(create_app(ENV), services)
    audit.close()
    auth.close()


def nothing_yet(query: HistoryQuery) -> HistoryPage:
    return HistoryPage(events=(), until=query.after)


# --- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "wrong", "hanako", HANAKO[:-1], f"{HANAKO},{NAMELESS}", "日本"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/lines"),
        ("POST", "/lines/several"),
        ("DELETE", f"/lines/{CONTRACT}/numbers"),
        ("POST", "/otp/reset"),
        ("GET", "/audit"),
        ("GET", "/openapi.json"),
        ("GET", "/x"),
    ],
)
def test_nobody_comes_in_without_an_operators_token(desk: Desk, token: str | None, method: str, path: str):
    desk.token = token.encode().decode("latin-1") if token else token
    answer = desk.ask(method, path, json=LINE)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "HIKARI_OPS_TOKEN" in answer.get_json()["error"]
    desk.token = HANAKO
    assert desk.entries() == []


def test_whoever_tries_tokens_has_to_wait_wherever_they_are_taken(desk: Desk):
    desk.token = "guess"
    assert [desk.ask("GET", "/audit").status_code for _ in range(21)] == [401] * 20 + [429]
    desk.token = HANAKO
    waiting = desk.ask("GET", "/audit")
    assert (waiting.status_code, waiting.mimetype) == (429, "application/json")
    assert not how_much(desk.app, large("/ops/api/lines", HANAKO, address="192.0.2.9"))


def large(path: str, token: str, address: str = "192.0.2.10") -> dict[str, Any]:
    return EnvironBuilder(
        path=path, headers=[("Authorization", f"Bearer {token}")], environ_base={"REMOTE_ADDR": address}
    ).get_environ()


def test_only_operators_may_send_more_than_a_form(desk: Desk):
    assert how_much(desk.app, large("/ops/api/lines", HANAKO))
    assert not how_much(desk.app, large("/ops/api/lines", "wrong"))
    assert not how_much(desk.app, large("/login", HANAKO))


def test_the_subscribers_form_token_is_not_asked_of_programs_and_no_cookie_is_given(desk: Desk):
    answer = desk.provision()
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


# --- provisioning --------------------------------------------------------------------------------------------------


@pytest.mark.rule("LINE-6")
def test_a_line_is_provisioned_and_the_same_again_changes_nothing(desk: Desk):
    assert desk.provision().get_json() == {"contract_number": CONTRACT, "added": 2, "changed": 0, "unchanged": 0}
    assert desk.provision().get_json() == {"contract_number": CONTRACT, "added": 0, "changed": 0, "unchanged": 2}


@pytest.mark.rule("LINE-6")
def test_a_refused_line_names_the_numbers_and_the_reasons(desk: Desk):
    desk.provision()
    answer = desk.provision({"contract_number": "0611112222", "numbers": [{"number": ADDITIONAL, "features": []}]})
    assert answer.status_code == 409
    faults = dict(answer.get_json()["faults"])
    assert CONTRACT in faults[ADDITIONAL]
    assert "0611112222" in faults


@pytest.mark.rule("LINE-6")
def test_a_malformed_line_is_answered_with_every_wrong_field(desk: Desk):
    answer = desk.provision(
        {
            "contract_number": "123",
            "numbers": [
                {"number": CONTRACT, "features": ["telepathy"]},
                {"number": "three", "features": []},
                {"number": ADDITIONAL, "feature": ["fax_notification"]},
            ],
        }
    )
    assert answer.status_code == 422
    faults = dict(answer.get_json()["faults"])
    assert set(faults) == {
        "contract_number", "numbers[0].features[0]", "numbers[1].number", "numbers[2].features", "numbers[2].feature",
    }  # fmt: skip
    assert faults["contract_number"] == "a phone number has 10 or 11 digits and begins with 0"
    assert faults["numbers[2].features"] == "is missing"
    assert desk.entries() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_named_as_such(desk: Desk, body: bytes):
    answer = desk.ask("POST", "/lines", data=body)
    assert answer.status_code == 422
    assert [place for place, _ in answer.get_json()["faults"]] == ["body"]


def test_of_thousands_of_faults_the_first_hundred_are_named(desk: Desk):
    numbers = [{"number": "?", "features": []}] * 5000
    faults = desk.provision({"contract_number": CONTRACT, "numbers": numbers}).get_json()["faults"]
    assert len(faults) == 101
    assert faults[-1] == ["body", "and 4900 more"]


@pytest.mark.rule("LINE-7")
def test_a_line_of_ten_thousand_numbers_is_not_too_large(desk: Desk):
    features = ["call_notification", "fax_notification", "call_forwarding", "bulk_forwarding", "fault_notification"]
    numbers = [{"number": f"090{n:08d}", "features": features} for n in range(10_000)]
    told: list[int] = []

    class Counting:
        def provision_line(self, request: Any) -> LineIsProvisioned:
            told.append(len(request.numbers))
            return LineIsProvisioned(contract_number=request.contract_number, added=0, changed=0, unchanged=0)

    desk.services = replace(desk.services, auth=Counting())  # type: ignore[arg-type]
    assert desk.provision({"contract_number": "09000000000", "numbers": numbers}).status_code == 200
    assert told == [10_000]


def test_a_body_beyond_four_mebibytes_is_refused_in_words(desk: Desk):
    answer = desk.ask("POST", "/lines", data=b" " * (4 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "several parts" in answer.get_json()["error"]


@pytest.mark.rule("LINE-9")
def test_several_lines_are_taken_in_one_request_and_each_is_told_of(desk: Desk) -> None:
    desk.provision()
    other = {"contract_number": "0400001111", "numbers": [{"number": "0400001111", "features": []}]}
    taken = {"contract_number": "0500001111", "numbers": [{"number": ADDITIONAL, "features": []}]}
    told = desk.ask("POST", "/lines/several", json={"lines": [LINE, other, taken]}).get_json()["outcomes"]
    assert [(one["done"]["added"], one["done"]["unchanged"]) for one in told] == [(0, 2), (1, 0), (0, 0)]
    assert [fault[0] for fault in told[2]["faults"]] == ["0500001111", ADDITIONAL]


def test_of_several_lines_an_unreadable_one_leaves_all_as_they_were(desk: Desk) -> None:
    misspelt = {"contract_number": "0400001111", "numbers": [{"number": "0400001111", "feature": []}]}
    answer = desk.ask("POST", "/lines/several", json={"lines": [LINE, misspelt]})
    assert answer.status_code == 422
    assert answer.get_json()["faults"][0][0] == "lines[1].numbers[0].features"
    assert desk.entries() == []


@pytest.mark.rule("LINE-6")
def test_numbers_are_removed(desk: Desk):
    desk.provision()
    answer = desk.ask("DELETE", "/lines/03-0000-1111/numbers", json={"numbers": ["03-0000-2222"]})
    assert answer.get_json() == {"contract_number": CONTRACT, "removed": [ADDITIONAL]}
    assert [entry["kind"] for entry in desk.entries(number=ADDITIONAL)][-1] == "NumberRemoved"


@pytest.mark.rule("LINE-6")
def test_the_contract_number_is_not_removed_alone(desk: Desk):
    desk.provision()
    answer = desk.ask("DELETE", f"/lines/{CONTRACT}/numbers", json={"numbers": [CONTRACT]})
    assert answer.status_code == 409
    assert answer.get_json()["faults"][0][0] == CONTRACT


@pytest.mark.parametrize(
    ("line", "body", "place"),
    [
        ("x", {"numbers": [CONTRACT]}, "contract_number"),
        (CONTRACT, {"numbers": []}, "numbers"),
        (CONTRACT, {}, "numbers"),
    ],
)
def test_a_malformed_removal_names_its_fault(desk: Desk, line: str, body: object, place: str):
    answer = desk.ask("DELETE", f"/lines/{line}/numbers", json=body)
    assert answer.status_code == 422
    assert [where for where, _ in answer.get_json()["faults"]] == [place]


# --- the audit trail -----------------------------------------------------------------------------------------------


@pytest.mark.rule("AUDIT-1")
def test_what_an_operator_does_is_on_record_with_name_channel_address_and_request(desk: Desk):
    answer = desk.provision()
    entries = desk.entries()
    assert {entry["kind"] for entry in entries} == {"LineProvisioned", "NumberAdded", "FeaturesContracted"}
    for entry in entries:
        assert (entry["actor"], entry["role"], entry["channel"]) == ("hanako", "operator", "ops")
        assert entry["correlation_id"] == answer.headers["X-Correlation-Id"]
        assert entry["data"]["request_id"]
        assert entry["address_token"]


@pytest.mark.rule("AUDIT-1")
def test_an_operator_whose_token_has_no_name_is_on_record_all_the_same(desk: Desk):
    desk.token = NAMELESS
    desk.provision()
    assert {entry["actor"] for entry in desk.entries()} == {"operator"}


@pytest.mark.rule("AUDIT-4")
def test_entries_are_found_by_each_condition(desk: Desk):
    request = desk.provision().headers["X-Correlation-Id"]
    everything = desk.entries()
    assert desk.entries(line="03-0000-1111", correlation_id=request) == everything
    assert {entry["number"] for entry in desk.entries(number=ADDITIONAL)} == {ADDITIONAL}
    assert [entry["kind"] for entry in desk.entries(kind="LineProvisioned")] == ["LineProvisioned"]
    first = everything[0]["time"]
    assert desk.entries(since=first) == everything
    assert desk.entries(until=first) == []
    assert desk.entries(since="2020-01-01T09:00:00+09:00", until="2020-01-02T00:00:00Z") == []


@pytest.mark.rule("AUDIT-4")
def test_pages_follow_each_other(desk: Desk):
    desk.provision()
    positions, more = [0], True
    while more:
        answer = desk.ask("GET", "/audit", query_string={"after": positions[-1], "limit": 2})
        page = AuditPage.model_validate_json(answer.data)
        positions += [entry.position for entry in page.entries]
        more = page.more
    assert positions == list(range(len(desk.entries()) + 1))


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("number=x", "number"),
        ("line=", "line"),
        ("since=yesterday", "since"),
        ("since=2026-04-01T09:30:00", "since"),
        ("until=2026-04-01", "until"),
        ("kind=%00", "kind"),
        ("correlation_id=%E3%81%82", "correlation_id"),
        ("after=-1", "after"),
        ("after=99999999999999999999", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("nubmer=0300001111", "nubmer"),
        ("kind=a&kind=b", "kind"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_named(desk: Desk, query: str, place: str):
    answer = desk.ask("GET", f"/audit?{query}")
    assert answer.status_code == 422
    ((where, advice),) = answer.get_json()["faults"]
    assert where == place
    assert advice


# --- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [(Unavailable("auth"), "5"), (RemoteFailure("auth.provision_line", "error"), "5"), (Busy(retry_after=3), "3")],
)
def test_a_service_that_cannot_answer_is_worth_another_try(desk: Desk, failure: Exception, seconds: str):
    desk.services = Services(*(Failing(failure) for _ in range(4)))  # type: ignore[arg-type]
    for answer in (desk.provision(), desk.ask("GET", "/audit")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == seconds
        assert answer.get_json()["error"]


def test_an_error_of_ours_shows_nothing_of_its_inside(desk: Desk, caplog: pytest.LogCaptureFixture):
    desk.services = Services(*(Failing(ValueError("hidden cause")) for _ in range(4)))  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        answer = desk.provision()
    assert answer.status_code == 500
    assert "hidden cause" not in answer.text
    assert "hidden cause" in caplog.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/lines"), ("POST", "/audit"), ("PUT", "/no/such")])
def test_what_there_is_not_is_answered_with_where_to_look(desk: Desk, method: str, path: str):
    answer = desk.ask(method, path)
    assert answer.status_code == 404
    assert "/ops/api/openapi.json" in answer.get_json()["error"]


# --- the description -----------------------------------------------------------------------------------------------


def described(desk: Desk) -> dict[str, Any]:
    document: dict[str, Any] = desk.ask("GET", "/openapi.json").get_json()
    return document


def test_the_description_is_openapi(desk: Desk):
    document = described(desk)
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_is_described_and_nothing_else(desk: Desk):
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("ops.") and rule.endpoint != "ops.unknown"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, item in described(desk)["paths"].items() for method in item}
    assert told == routes
    assert len(routes) == 9


def test_every_condition_of_the_audit_trail_is_described(desk: Desk):
    parameters = described(desk)["paths"]["/ops/api/audit"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert list(by_name) == [
        "number",
        "line",
        "kind",
        "since",
        "until",
        "correlation_id",
        "after",
        "newest",
        "before",
        "limit",
    ]
    assert by_name["since"] == {"type": "string", "format": "date-time"}
    assert by_name["limit"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}
