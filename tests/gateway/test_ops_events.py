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

from chassis.follower import TRIES
from chassis.rpc import LocalClient
from contracts.base import Envelope, FollowingApi, HistoryPage, HistoryQuery, Unavailable
from gateway.app import create_app
from gateway.services import Services
from services.audit.application import Audit
from services.audit.config import AuditConfig
from services.audit.service import AuditService

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
        if not self.mended and any(event.position == 1 for event in events):
            raise ValueError("what is this?")
        super()._take_in(events, tracking)


class Away:
    def __getattr__(self, procedure: str) -> Any:
        raise Unavailable("tempcred")


class Desk:
    """An operator's program, and the audit behind the site."""

    def __init__(self, audit: Startled) -> None:
        self.audit = audit
        service = AuditService()
        service.audit = audit
        self.following: dict[str, Any] = {"audit": LocalClient(service, FollowingApi)}
        self._app = create_app(ENV)

    def ask(self, method: str, path: str, token: str = TOKEN) -> Any:
        services = Services(None, None, None, following=self.following)  # type: ignore[arg-type]  # nobody else is asked
        client = FlaskClient(self._app, self._app.response_class, use_cookies=False)
        return client.open(
            f"/ops/api/events/{path}",
            method=method,
            headers={"Authorization": f"Bearer {token}"},
            environ_overrides={"hikari.services": services, "REMOTE_ADDR": "192.0.2.9"},
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config = AuditConfig(database_url=f"sqlite:///{tmp_path}/audit.sqlite", key=secrets.token_bytes(32))
    Startled.migrate(config.database_url)
    audit = Startled(config, {"auth": history})
    for _ in range(TRIES - 1):
        with pytest.raises(ValueError):
            audit.follow("auth")
    audit.follow("auth")
    yield Desk(audit)
    audit.close()


def test_operators_see_what_is_parked_and_why(desk):
    told = desk.ask("GET", "parked").get_json()
    assert (told["count"], told["away"]) == (2, [])
    assert [(event["service"], event["source"], event["position"], event["reason"]) for event in told["events"]] == [
        ("audit", "auth", 1, "ValueError"),
        ("audit", "auth", 3, None),
    ]


def test_operators_have_it_taken_up_once_it_is_mended(desk):
    assert desk.ask("POST", "retry").get_json() == {"done": 0, "left": 2, "away": []}
    desk.audit.mended = True
    assert desk.ask("POST", "retry").get_json() == {"done": 2, "left": 0, "away": []}
    assert [row["source_position"] for row in desk.audit.rows("SELECT * FROM entries ORDER BY position")] == [2, 1, 3]


def test_a_service_that_is_away_does_not_hide_what_the_others_have_parked(desk):
    desk.following["tempcred"] = Away()
    told = desk.ask("GET", "parked").get_json()
    assert (told["count"], told["away"]) == (2, ["tempcred"])
    assert desk.ask("POST", "retry").get_json()["away"] == ["tempcred"]


@pytest.mark.parametrize(("method", "path"), [("GET", "parked"), ("POST", "retry")])
def test_nobody_else_is_told_or_obeyed(desk, method, path):
    assert desk.ask(method, path, token="wrong").status_code == 401
