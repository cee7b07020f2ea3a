"""Audit over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chassis.config import load
from chassis.due import Every
from chassis.follower import Follower
from chassis.following import FollowingService
from chassis.rpc import Client, Uses, rpc
from contracts.audit import AuditKinds, AuditPage, AuditQuery
from contracts.base import HistoryPage, HistoryQuery, Nothing
from services.audit.application import Audit
from services.audit.config import SOURCES, AuditConfig

PATIENCE = 20.0
"""Seconds for a page of a history. Nobody waits for it, and a unit change of 10,000 numbers takes a while to tell."""


class Historian(Protocol):
    """What every service that is followed answers."""

    def history(self, request: HistoryQuery) -> HistoryPage: ...


def _build(env: Mapping[str, str], **sources: Historian) -> Audit:
    """The index, its tables brought up to date. Raises `Misconfigured`."""
    config = load(AuditConfig, env)
    Audit.migrate(config.database_url)
    return Audit(config, {name: source.history for name, source in sources.items()})


class AuditService(FollowingService):
    """See `contracts.audit.AuditApi` for what each procedure promises."""

    name = "audit"
    audit = Uses(_build, **{source: Client(source, Historian, timeout=PATIENCE) for source in SOURCES})

    def followers(self) -> tuple[Follower, ...]:
        return self.audit.followers

    @rpc
    def entries(self, request: AuditQuery) -> AuditPage:
        return self.audit.entries(request)

    @rpc
    def kinds(self, _request: Nothing) -> AuditKinds:
        return self.audit.kinds()


for _source in (*SOURCES, AuditService.name):
    # Each by itself, so that a service that is away does not keep the others waiting.
    setattr(AuditService, f"follows_{_source}", Every(1.0, "follow", AuditService.audit, _source))
