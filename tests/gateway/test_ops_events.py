"""What operators are told of parked events, and what they can do about it, before the real audit."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import Tracking
from flask.testing import FlaskClient

from chassis.follower import TRIES, Follower
from chassis.rpc import LocalClient
from chassis.trail import Trail
from contracts.audit import AuditApi
from contracts.base import Envelope, FollowingApi, HistoryPage, HistoryQuery, Unavailable
from gateway.app import create_app
from gateway.services import Services
from services.audit.application import Audit
from services.audit.config import AuditConfig
from services.audit.service import AuditService
from tests.databases import migrate

TOKEN = "hanako.3f9a5c1b7d20e8643f9a5c1b7d20e864"
ENV = {"HIKARI_KEY": "ab" * 32, "HIKARI_IVR_TOKEN": "the telephone platform's own token", "HIKARI_OPS_TOKEN": TOKEN}


def history(query: HistoryQuery) -> HistoryPage:
    told = [
        Envelope(
            id=f"id-{position}",
            type="hikari.auth.PasswordSet.v1",
            source="/services/auth",
            subject=line,
            time=datetime(2026, 4, 1, tzinfo=UTC),
            sequence=f"{position:020d}",
            partitionkey=line,
            data={},
        )
        for position, line in enumerate(["0300001111", "0311110000", "0300001111"], start=1)
        if position > query.after
    ][: query.limit]
    return HistoryPage(events=tuple(told), until=told[-1].position if told else query.after)


class Startled(Audit):
    """An index that cannot cope with the first event, until it is mended."""

    name = Audit.name
    mended = False

    def _take_in(self, events: Sequence[Envelope], tracking: Tracking) -> None:
        if not self.mended and any(event.service == "auth" and event.position == 1 for event in events):
            raise ValueError("what is this?")
        super()._take_in(events, tracking)


class Away:
    def __getattr__(self, procedure: str) -> Any:
        def unanswered(*_: Any) -> Any:
            raise Unavailable("tempcred")

        return unanswered


class Desk:
    """An operator's program, and the audit behind the site."""

    def __init__(self, audit: Startled) -> None:
        self.audit = audit
        service = AuditService()
        service.audit = audit
        self.following: dict[str, Any] = {"audit": LocalClient(service, FollowingApi)}
        self._entries = LocalClient(service, AuditApi)
        self._app = create_app(ENV)

    def ask(self, method: str, path: str, token: str = TOKEN) -> Any:
        services = Services(None, None, self._entries, None, following=self.following)  # type: ignore[arg-type]  # nobody else
        client = FlaskClient(self._app, self._app.response_class, use_cookies=False)
        return client.open(
            f"/ops/api/{path}",
            method=method,
            headers={"Authorization": f"Bearer {token}"},
            environ_overrides={"hikari.services": services, "REMOTE_ADDR": "192.0.2.9"},
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config = AuditConfig(database_url=f"sqlite:///{tmp_path}/audit.sqlite", key=secrets.token_bytes(32))
    migrate(Startled, config.database_url)
    audit = Startled(config, {"auth": history})
    for _ in range(TRIES - 1):
        with pytest.raises(ValueError):
            audit.follow("auth")
    audit.follow("auth")
    yield Desk(audit)
    audit.close()


def test_operators_see_what_is_parked_and_why(desk):
    told = desk.ask("GET", "events/parked").get_json()
    assert (told["count"], told["away"]) == (2, [])
    assert [(event["service"], event["source"], event["position"], event["reason"]) for event in told["events"]] == [
        ("audit", "auth", 1, "ValueError"),
        ("audit", "auth", 3, None),
    ]


def test_operators_have_it_taken_up_once_it_is_mended(desk):
    assert desk.ask("POST", "events/retry").get_json() == {"done": 0, "left": 2, "away": []}
    desk.audit.mended = True
    assert desk.ask("POST", "events/retry").get_json() == {"done": 2, "left": 0, "away": []}
    assert [row["source_position"] for row in desk.audit.rows("SELECT * FROM entries ORDER BY position")] == [2, 1, 3]


@pytest.mark.rule("AUDIT-1")
def test_the_order_to_take_up_is_in_the_audit_trail_with_who_gave_it(desk):
    desk.ask("POST", "events/retry")
    desk.audit.mended = True
    desk.ask("POST", "events/retry")
    told = desk.ask("GET", "audit?kind=ParkedEventsRetried").get_json()["entries"]
    assert [entry["data"]["parked"] for entry in told] == [2, 2]
    for entry in told:
        assert (entry["service"], entry["actor"], entry["role"], entry["channel"]) == (
            "audit",
            "hanako",
            "operator",
            "ops",
        )
        assert entry["address_token"]
        assert len(entry["correlation_id"]) == 32
        assert entry["data"]["request_id"]


@pytest.mark.rule("AUDIT-2")
def test_the_operators_address_is_sealed_and_the_order_is_not_told_to_the_world(desk):
    desk.ask("POST", "events/retry")
    (stored,) = desk.audit.stored_after(0, 9)
    assert b"192.0.2.9" not in stored.state
    trail = Trail.of(desk.audit.event_in(stored))
    assert desk.audit.personal.open(trail.address) == "192.0.2.9"
    assert desk.audit.history(HistoryQuery(public_only=True)).events == ()


@pytest.mark.rule("AUDIT-1")
def test_the_order_is_recorded_also_where_a_service_breaks_while_it_carries_it_out(desk, monkeypatch):
    monkeypatch.setattr(Follower, "retry", Away().retry_parked)
    assert desk.ask("POST", "events/retry").get_json()["away"] == ["audit"]
    assert len(desk.ask("GET", "audit?kind=ParkedEventsRetried").get_json()["entries"]) == 1


def test_a_service_that_is_away_does_not_hide_what_the_others_have_parked(desk):
    desk.following["tempcred"] = Away()
    told = desk.ask("GET", "events/parked").get_json()
    assert (told["count"], told["away"]) == (2, ["tempcred"])
    assert desk.ask("POST", "events/retry").get_json()["away"] == ["tempcred"]


@pytest.mark.parametrize(("method", "path"), [("GET", "events/parked"), ("POST", "events/retry")])
def test_nobody_else_is_told_or_obeyed(desk, method, path):
    assert desk.ask(method, path, token="wrong").status_code == 401
