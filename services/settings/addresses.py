"""Adding and removing the mail addresses of a feature, one by one (FEAT-1, FEAT-2, FEAT-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from chassis.mail_addresses import NotAnAddress, normalise_address
from contracts.base import Secret
from contracts.settings.address_links import VERIFIED_FEATURES
from contracts.settings.api import addresses_of
from contracts.settings.common import (
    AddAddress,
    AddressesChanged,
    AddressFault,
    AddressRefused,
    NoticeAddress,
    RemoveAddress,
)
from services.settings.address_links import AddressLinks
from services.settings.changes import Changes
from services.settings.kinds import KINDS, has_address
from services.settings.store import SettingsStore


class Addresses:
    """For every feature whose settings have a field `addresses`."""

    def __init__(self, store: SettingsStore, changes: Changes, links: AddressLinks) -> None:
        self._store = store
        self._changes = changes
        self._links = links

    def add(self, request: AddAddress) -> AddressesChanged:
        """Where the feature asks for it, with a mailed link to prove it. Raises `AddressRefused`, `NotContracted`."""
        try:
            address = Secret(normalise_address(request.address.reveal()))
        except NotAnAddress:
            raise AddressRefused(fault=AddressFault.NOT_AN_ADDRESS) from None
        proved = request.feature not in VERIFIED_FEATURES
        added = NoticeAddress(address_id=address_id_of(request.change_id), address=address, verified=proved)

        def alter(present: Any) -> Any:
            if has_address(present, address):
                raise AddressRefused(fault=AddressFault.THERE_ALREADY)
            if len(addresses_of(present)) >= self._store.limits.addresses:
                raise AddressRefused(fault=AddressFault.TOO_MANY)
            return present.model_copy(update={"addresses": (*addresses_of(present), added)})

        writes = [] if proved else self._links.writes_for(request.reach, request.feature, added)
        made = self._changes.change(
            request.reach, KINDS[request.feature].model, request.change_id, alter, writes=writes
        )
        return AddressesChanged(version=made)

    def remove(self, request: RemoveAddress) -> AddressesChanged:
        """Where nobody is left to send to, the feature is off from then on. Raises `NotContracted`."""

        def alter(present: Any) -> Any:
            left = tuple(one for one in addresses_of(present) if one.address_id != request.address_id)
            return present.model_copy(update={"addresses": left, "on": present.on and bool(left)})

        made = self._changes.change(request.reach, KINDS[request.feature].model, request.change_id, alter)
        return AddressesChanged(version=made)


def address_id_of(change_id: UUID) -> UUID:
    """The id of the address that this change adds, the same however often the change is tried."""
    return uuid5(change_id, "address")
