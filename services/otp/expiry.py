"""What happened by the passing of time is recorded soon after; the clock itself decides when asked (OTP-2, OTP-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.clock import to_micros
from chassis.store import retry_on_conflict
from contracts.otp.challenges import ChallengeCause
from contracts.otp.links import LinkState
from services.otp.challenges import take_back
from services.otp.enrolments import link_over_writes
from services.otp.store import OtpStore

AT_ONCE = 100
KEPT = timedelta(days=30)
"""Rows of links, one-time passwords and mails that are over. Whoever opens an older link is told that it is unknown."""


class Expiry:
    """Repeating it, here or in another process, changes nothing."""

    def __init__(self, store: OtpStore) -> None:
        self._store = store

    def sweep(self) -> bool:
        """Record which links and one-time passwords have expired; true while there may be more."""
        now = {"now": to_micros(self._store.clock()), "limit": AT_ONCE}
        links = self._store.rows(
            "SELECT assignment_id, token_hash FROM links WHERE state = 'valid' AND expires_at <= :now "
            "ORDER BY expires_at LIMIT :limit",
            now,
        )
        for row in links:
            self._expire_link(UUID(row["assignment_id"]), row["token_hash"])
        challenges = self._store.rows(
            "SELECT assignment_id, challenge_id FROM challenges WHERE secret IS NOT NULL AND expires_at <= :now "
            "ORDER BY expires_at LIMIT :limit",
            now,
        )
        for row in challenges:
            self._expire_challenge(UUID(row["assignment_id"]), UUID(row["challenge_id"]))
        return AT_ONCE in {len(links), len(challenges)}

    def forget(self) -> None:
        """Delete rows of what has long been over."""
        before = {"before": to_micros(self._store.clock() - KEPT)}
        self._store.execute("DELETE FROM links WHERE state <> 'valid' AND expires_at < :before", before)
        self._store.execute("DELETE FROM challenges WHERE secret IS NULL AND expires_at < :before", before)
        self._store.execute("DELETE FROM outbox WHERE state <> 'on_its_way' AND written_at < :before", before)
        self._store.execute("DELETE FROM passed WHERE at < :before", before)

    @retry_on_conflict
    def _expire_link(self, assignment_id: UUID, token_hash: str) -> None:
        enrolment = self._store.load(assignment_id)
        if enrolment.link_hash != token_hash:
            return  # over by now, and told so
        writes = link_over_writes(enrolment, LinkState.EXPIRED)
        enrolment.void_link("expired", self._store.clock())
        self._store.save_enrolment(enrolment, writes=writes, trail=self._store.trail_of_system())

    @retry_on_conflict
    def _expire_challenge(self, assignment_id: UUID, challenge_id: UUID) -> None:
        if self._store.factor(assignment_id).challenge_id != challenge_id:
            return
        factors, writes = take_back(self._store, assignment_id, ChallengeCause.EXPIRED, self._store.clock())
        self._store.save(*factors, writes=writes, trail=self._store.trail_of_system())
