"""What becomes of temporary passwords, as auth decides it and tells it; and what is due when their time comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import Tracking

from chassis.clock import to_micros
from chassis.migrations import Migration
from chassis.origin import current_origin
from chassis.recorders import Write
from chassis.store import Application, retry_on_conflict
from chassis.trail import Trail
from contracts.base import Channel, Role
from contracts.phone import AuthUnit, masked
from services.tempcred.temporary_password import Status, TemporaryPassword, VoidCause

ABANDONED_AFTER = timedelta(minutes=15)
"""A request that auth has not told of for so long was never set; longer than a call can be repeated."""
EXPIRY_RECORDED_AFTER = timedelta(seconds=5)
"""Lets what happened in the last moment arrive from auth first. auth itself refuses from the very moment on (TEMP-7)."""

TABLES = Migration(
    "0000-due",
    """
    CREATE TABLE due (temporary_id TEXT PRIMARY KEY, at BIGINT NOT NULL);
    CREATE INDEX due_by_time ON due (at)
    """,
)


@dataclass(frozen=True)
class Told:
    """By whom an outcome was told: who was behind it, and the position in auth's history that is then done with."""

    channel: Channel = Channel.SYSTEM
    role: Role = Role.SYSTEM
    correlation_id: str = field(default_factory=lambda: current_origin().correlation_id)
    actor: str | None = None
    address_token: str | None = None
    request_id: str | None = None
    tracking: Tracking | None = None


class Lifetimes(Application):
    """Temporary passwords by the id under which auth knows them too; each has its own key for personal data."""

    name = "tempcred"
    migrations: Sequence[Migration] = (TABLES,)

    def request(
        self,
        temporary_id: UUID,
        *,
        number: str,
        caller: str,
        contract_number: str,
        unit: AuthUnit,
        writes: Sequence[Write],
    ) -> None:
        """Both entries agree (TEMP-2). Raises IntegrityError when the `writes` conflict."""
        now = self.clock()
        seal = self.personal.seal
        requested = TemporaryPassword.request(
            temporary_id,
            number=seal(temporary_id, number),
            caller=seal(temporary_id, caller),
            contract_number=seal(temporary_id, contract_number),
            unit=unit,
            now=now,
        )
        self.save(
            requested,
            writes=[*writes, _due(temporary_id, now + ABANDONED_AFTER)],
            trail=self._callers_trail(temporary_id, number, caller),
        )

    def confirm(self, temporary_id: UUID, expires_at: datetime, writes: Sequence[Write]) -> None:
        """Answered by auth on the telephone's request: from now on it works (TEMP-9). Conflicts as `request` does."""
        held = self.known(temporary_id)
        held.record_set(expires_at, self.clock())
        number, caller = self.personal.open_all([held.number, held.caller])
        trail = self._callers_trail(temporary_id, number, caller)
        self.save(held, writes=[*writes, *_next_due(held)], trail=trail)

    def abandon(self, temporary_id: UUID, writes: Sequence[Write] = ()) -> None:
        """Refused by auth, so nothing was set. Conflicts as `request` does."""
        refused = self.known(temporary_id)
        refused.abandon(self.clock())
        self.save(refused, writes=[*writes, *_next_due(refused)], trail=self._trail(temporary_id, Told()))

    # --- what auth's history tells ---------------------------------------------------------------------------

    def learn_set(self, temporary_id: UUID, expires_at: datetime, told: Told) -> bool:
        """It was set, also where the reply was lost. False where it is none of ours."""
        return self._learn(temporary_id, told, lambda known, now: known.record_set(expires_at, now))

    def learn_replaced(self, temporary_id: UUID, told: Told) -> bool:
        """A password took its place. False where it is none of ours."""
        return self._learn(temporary_id, told, lambda known, now: known.record_replaced(now))

    def learn_voided(self, temporary_id: UUID, cause: VoidCause, told: Told) -> bool:
        """It is no longer valid. False where it is none of ours."""
        return self._learn(temporary_id, told, lambda known, now: known.void(cause, now))

    def _learn(self, temporary_id: UUID, told: Told, record: Callable[[TemporaryPassword, datetime], None]) -> bool:
        try:
            known = self.known(temporary_id)
        except AggregateNotFoundError:
            return False
        record(known, self.clock())
        trail = self._trail(temporary_id, told)
        self.save(known, writes=_next_due(known), tracking=told.tracking, trail=trail)
        return True

    # --- what is due -----------------------------------------------------------------------------------------

    def record_due(self, limit: int = 100) -> bool:
        """Record what expired and what was never set; true while there may be more."""
        rows = self.rows(
            "SELECT temporary_id FROM due WHERE at <= :now ORDER BY at LIMIT :limit",
            {"now": to_micros(self.clock()), "limit": limit},
        )
        for row in rows:
            self._conclude(UUID(row["temporary_id"]))
        return len(rows) == limit

    @retry_on_conflict
    def _conclude(self, temporary_id: UUID) -> None:
        known, now = self.known(temporary_id), self.clock()
        if known.status is Status.REQUESTED:
            known.abandon(now)
        else:
            known.expire(now)
        self.save(known, writes=_next_due(known), trail=self._trail(temporary_id, Told()))

    # --- parts -----------------------------------------------------------------------------------------------

    def known(self, temporary_id: UUID) -> TemporaryPassword:
        """Raises AggregateNotFoundError where it is none of ours."""
        found: object = self.repository.get(temporary_id)
        assert isinstance(found, TemporaryPassword)
        return found

    def _callers_trail(self, temporary_id: UUID, number: str | None, caller: str | None) -> Trail:
        """Who is calling. Another telephone's number is masked already here: public events tell the actor (AUDIT-1)."""
        origin = current_origin()
        actor = caller if caller is None or caller == number else masked(caller)
        told = Told(
            origin.channel, Role.SUBSCRIBER, origin.correlation_id, actor, origin.address_token, origin.request_id
        )
        trail = self._trail(temporary_id, told)
        if origin.address is None:
            return trail
        return replace(trail, address=self.personal.seal(temporary_id, origin.address.reveal()))

    def _trail(self, temporary_id: UUID, told: Told) -> Trail:
        return Trail(
            channel=told.channel,
            role=told.role,
            correlation_id=told.correlation_id,
            actor=self.personal.seal(temporary_id, told.actor) if told.actor else None,
            address_token=told.address_token,
            request_id=told.request_id,
        )


def _due(temporary_id: UUID, at: datetime) -> Write:
    sql = "INSERT INTO due VALUES (:id, :at) ON CONFLICT (temporary_id) DO UPDATE SET at = excluded.at"
    return sql, {"id": temporary_id.hex, "at": to_micros(at)}


def _next_due(known: TemporaryPassword) -> list[Write]:
    """When to look at it again; never again once it has come to its end."""
    if known.status is Status.SET and known.expires_at is not None:
        return [_due(known.id, known.expires_at + EXPIRY_RECORDED_AFTER)]
    return [("DELETE FROM due WHERE temporary_id = :id", {"id": known.id.hex})]
