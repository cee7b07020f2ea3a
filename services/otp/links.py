"""The mailed link: looked at as often as anyone likes, used once by a person (OTP-2, OTP-3, OTP-11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import to_micros
from chassis.mail_addresses import masked_address
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.base import Secret
from contracts.otp.challenges import ChallengeCause
from contracts.otp.common import HolderGone
from contracts.otp.links import LinkState, LinkUsed, LinkView, LinkVoid, UseLink
from contracts.phone import AssignmentId
from services.otp.challenges import take_back
from services.otp.enrolment import Enrolment
from services.otp.enrolments import hash_of, link_over_writes
from services.otp.notices import Lost, Notices
from services.otp.store import OtpStore


class Links:
    """From provisional to full registration."""

    def __init__(self, store: OtpStore, notices: Notices) -> None:
        self._store = store
        self._notices = notices

    def look(self, token: Secret) -> LinkView:
        """What the link is worth now. Changes nothing: mail scanners fetch it too (OTP-3)."""
        row = self._row(hash_of(token.reveal()))
        state = _state(row, self._store.clock())
        if row is None or state is not LinkState.VALID:
            return LinkView(state=state)
        address = self._store.personal.open(self._store.load(UUID(row["assignment_id"])).new_address)
        return LinkView(state=state, address=masked_address(address) if address else None)

    @retry_on_conflict
    def use(self, request: UseLink) -> LinkUsed:
        """Register fully. A one-time password that went to the former address is void from now on, and the address is told.

        Raises `LinkVoid`. Repeating it with one `attempt_id` answers the same.
        """
        now, token_hash = self._store.clock(), hash_of(request.token.reveal())
        row = self._row(token_hash)
        if row is None:
            raise LinkVoid(state=LinkState.UNKNOWN)
        try:
            enrolment = self._store.find(UUID(row["assignment_id"]))
        except HolderGone:
            raise LinkVoid(state=LinkState.WITHDRAWN) from None
        assert enrolment is not None
        assignment = AssignmentId(enrolment.id)
        if enrolment.used_link[:2] == [request.attempt_id, token_hash]:
            return LinkUsed(assignment_id=assignment, login_id=enrolment.used_link[2])
        state = _state(row, now)
        if state is LinkState.VALID and enrolment.link_hash != token_hash:
            state = LinkState.SUPERSEDED  # between our two looks
        if state is not LinkState.VALID:
            raise LinkVoid(state=state)
        assert enrolment.link_login is not None
        login_id, over = enrolment.link_login, link_over_writes(enrolment, LinkState.USED)
        factors, writes = take_back(self._store, enrolment.id, ChallengeCause.SUPERSEDED, now)
        told = self._told(enrolment, now)
        enrolment.use_link(request.attempt_id, now)
        self._store.save_enrolment(
            enrolment, *factors, writes=[*writes, *over, *told], trail=self._store.trail_of_holder(enrolment)
        )
        return LinkUsed(assignment_id=assignment, login_id=login_id)

    def _told(self, enrolment: Enrolment, now: datetime) -> list[Write]:
        """To whom the address in force belongs; nothing where it was registered anew."""
        before, after = self._store.personal.open_all([enrolment.address, enrolment.new_address])
        return self._notices.writes(Lost.replaced(enrolment), now) if before != after else []

    def _row(self, token_hash: str) -> dict[str, Any] | None:
        return self._store.row("SELECT * FROM links WHERE token_hash = :hash", {"hash": token_hash})


def _state(row: dict[str, Any] | None, now: datetime) -> LinkState:
    if row is None:
        return LinkState.UNKNOWN
    state = LinkState(row["state"])
    late = to_micros(now) >= row["expires_at"]
    return LinkState.EXPIRED if state is LinkState.VALID and late else state
