"""The mailed link that proves an address: looked at as often as anyone likes, used by a person (FEAT-5)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.clock import from_micros, to_micros
from chassis.mail_addresses import masked_address
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.base import Nothing, Secret
from contracts.phone import AssignmentId, Feature, masked
from contracts.settings.address_links import (
    AddressLinkState,
    AddressLinkView,
    AddressLinkVoid,
    SendAddressLink,
    UseAddressLink,
)
from contracts.settings.api import addresses_of
from contracts.settings.common import AddressFault, AddressRefused, NoticeAddress, Reach
from services.settings.changes import Changes
from services.settings.letters import ADDRESS_LINK
from services.settings.notices import Notices
from services.settings.store import SettingsStore

VALID_FOR = timedelta(hours=24)
SENDS = 10
"""Links mailed for one number in `SENDS_WITHIN`: else the form would mail anybody, as often as one likes."""
SENDS_WITHIN = timedelta(minutes=15)
TOKEN_BYTES = 32
KEPT = timedelta(days=30)


class AddressLinks:
    """A token is kept as its digest; the token itself is in the mail only."""

    def __init__(self, store: SettingsStore, changes: Changes, notices: Notices) -> None:
        self._store = store
        self._changes = changes
        self._notices = notices

    def writes_for(
        self, reach: Reach, feature: Feature, address: NoticeAddress, request_id: UUID | None = None
    ) -> list[Write]:
        """A new link and the mail with it, to be saved with what they are for; one for each `request_id` where there is one.

        Raises `AddressRefused`.
        """
        now = self._store.clock()
        sent = self._store.row(
            "SELECT COUNT(*) AS links FROM address_links WHERE assignment_id = :assignment AND written_at > :since",
            {"assignment": reach.assignment_id.hex, "since": to_micros(now - SENDS_WITHIN)},
        )
        if sent and sent["links"] >= SENDS:
            raise AddressRefused(fault=AddressFault.TOO_MANY_MAILS)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        link = {
            "hash": _hash(token),
            "assignment": reach.assignment_id.hex,
            "feature": feature.value,
            "address": address.address_id.hex,
            "expires": to_micros(now + VALID_FOR),
            "now": to_micros(now),
        }
        mail = self._notices.write(
            reach.assignment_id,
            ADDRESS_LINK,
            _reference(request_id) if request_id else f"link {link['hash']}",
            address=address.address.reveal(),
            expires_at=now + VALID_FOR,
            number=masked(reach.number),
            token=token,
        )
        return [
            ("INSERT INTO address_links VALUES (:hash, :assignment, :feature, :address, :expires, :now)", link),
            mail,
        ]

    @retry_on_conflict
    def send(self, request: SendAddressLink) -> Nothing:
        """Once more, though delivered twice. Raises `AddressRefused`, `NotContracted`."""
        self._store.require_contracted(request.reach, request.feature)
        if self._is_written(request.request_id):
            return Nothing()
        settings = self._changes.present(request.reach.assignment_id, request.feature)
        for one in addresses_of(settings):
            if one.address_id == request.address_id and not one.verified:
                self._store.save(writes=self.writes_for(request.reach, request.feature, one, request.request_id))
        return Nothing()

    def _is_written(self, request_id: UUID) -> bool:
        known = {"reference": _reference(request_id)}
        return self._store.row("SELECT 1 AS here FROM outbox WHERE reference = :reference", known) is not None

    def look(self, token: Secret) -> AddressLinkView:
        """Changes nothing: mail scanners fetch it too."""
        row, address = self._found(token)
        state = self._state(row, address)
        if row is None or address is None or state is not AddressLinkState.VALID:
            return AddressLinkView(state=state, on=state is AddressLinkState.USED and self._is_on(row))
        holder = self._store.row("SELECT number FROM numbers WHERE assignment_id = :id", {"id": row["assignment_id"]})
        return AddressLinkView(
            state=state,
            address=masked_address(address.address.reveal()),
            number=masked(holder["number"]) if holder else None,
            on=self._is_on(row),
        )

    def use(self, request: UseAddressLink) -> Nothing:
        """From now on notices go there. Raises `AddressLinkVoid`."""
        row, address = self._found(request.token)
        state = self._state(row, address)
        if state is AddressLinkState.USED:
            return Nothing()
        if row is None or state is not AddressLinkState.VALID:
            raise AddressLinkVoid(state=state)
        change_id = uuid5(NAMESPACE_URL, f"urn:hikari:settings:link:{row['token_hash']}")
        assignment = AssignmentId(UUID(row["assignment_id"]))
        self._changes.verify(assignment, Feature(row["feature"]), UUID(row["address_id"]), change_id)
        return Nothing()

    def forget(self) -> None:
        """Delete the rows of links that have long been over."""
        before = {"before": to_micros(self._store.clock() - KEPT)}
        self._store.execute("DELETE FROM address_links WHERE expires_at < :before", before)

    def _found(self, token: Secret) -> tuple[dict[str, Any] | None, NoticeAddress | None]:
        row = self._store.row("SELECT * FROM address_links WHERE token_hash = :hash", {"hash": _hash(token.reveal())})
        if row is None:
            return None, None
        settings = self._changes.present(AssignmentId(UUID(row["assignment_id"])), Feature(row["feature"]))
        wanted = UUID(row["address_id"])
        return row, next((one for one in addresses_of(settings) if one.address_id == wanted), None)

    def _is_on(self, row: dict[str, Any] | None) -> bool:
        if row is None:
            return False
        return self._changes.present(AssignmentId(UUID(row["assignment_id"])), Feature(row["feature"])).on

    def _state(self, row: dict[str, Any] | None, address: NoticeAddress | None) -> AddressLinkState:
        if row is None:
            return AddressLinkState.UNKNOWN
        if address is None:
            return AddressLinkState.WITHDRAWN
        if address.verified:
            return AddressLinkState.USED
        late = self._store.clock() >= from_micros(row["expires_at"])
        return AddressLinkState.EXPIRED if late else AddressLinkState.VALID


def _reference(request_id: UUID) -> str:
    return f"link request {request_id.hex}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
