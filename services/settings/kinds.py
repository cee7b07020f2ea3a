"""The features that are set number by number: for each its model, its event, its rules. A further one is one more entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from chassis.recorders import Write
from contracts.base import Secret
from contracts.phone import Feature, masked
from contracts.settings.api import AnySettings, addresses_of
from contracts.settings.call_forwarding import CallForwarding
from contracts.settings.call_notification import CallNotification
from contracts.settings.common import Limits, Reach, SettingsFault, SettingsRejected
from contracts.settings.fault_notification import FaultNotification
from contracts.settings.fax_notification import FaxNotification
from services.settings import (
    call_notification_rules,
    fault_notification_rules,
    fax_notification_rules,
    forwarding_checks,
)
from services.settings.exclusive import excluded_by
from services.settings.store import SettingsStore

Check = Callable[[SettingsStore, Reach, Any], Sequence[Write]]
"""Raises a refusal where these settings are not allowed for this number now; asked before a change and a restoration.

Gives the rows to be saved with them: where a rule reaches beyond one number and feature, they make a conflict of two
changes that are each in order, but not together.
"""

_ANY: TypeAdapter[AnySettings] = TypeAdapter(AnySettings)


@dataclass(frozen=True)
class Kind:
    """What differs from feature to feature."""

    model: type[Any]
    """As it stands where nothing was ever set."""
    event: str
    """The public event of a change."""
    check: Check
    """`ruled_by` also sees to the features that exclude each other (`exclusive`), for settings that have a field `on`."""
    numbers: tuple[str, ...] = ()
    """Fields with phone numbers of others, which the world is told masked."""


def ruled_by(faults: Callable[[Any, Limits], tuple[SettingsFault, ...]]) -> Check:
    """A check by rules that depend on nothing but the settings themselves, and by what excludes them."""

    def check(store: SettingsStore, reach: Reach, settings: Any) -> Sequence[Write]:
        found = faults(settings, store.limits)
        if settings.on:
            found += excluded_by(store, reach.assignment_id, settings.feature)
        if found:
            raise SettingsRejected(faults=found)
        return ()

    return check


KINDS: Mapping[Feature, Kind] = {
    Feature.CALL_NOTIFICATION: Kind(
        CallNotification, "CallNotificationChanged", ruled_by(call_notification_rules.faults), numbers=("listed",)
    ),
    Feature.FAX_NOTIFICATION: Kind(FaxNotification, "FaxNotificationChanged", ruled_by(fax_notification_rules.faults)),
    Feature.CALL_FORWARDING: Kind(
        CallForwarding,
        "CallForwardingChanged",
        forwarding_checks.check,
        numbers=("targets", "forwarded_callers", "ringing_callers"),
    ),
    Feature.FAULT_NOTIFICATION: Kind(
        FaultNotification, "FaultNotificationChanged", ruled_by(fault_notification_rules.faults)
    ),
}


def to_text(settings: AnySettings) -> str:
    """As it is sealed: with everything in clear."""
    return settings.model_dump_json(context={"seal": str})


def from_text(text: str) -> AnySettings:
    """What `to_text` wrote. Fields that came later have their defaults."""
    return _ANY.validate_json(text)


def as_told(settings: AnySettings, mask_address: Callable[[str], str]) -> dict[str, Any]:
    """As the world is told: addresses and other people's numbers masked (AUDIT-2)."""
    data: dict[str, Any] = json.loads(settings.model_dump_json(context={"seal": mask_address}, exclude={"feature"}))
    for field in KINDS[settings.feature].numbers:
        data[field] = [masked(number) for number in data[field]]
    return data


def has_address(settings: AnySettings, address: Secret) -> bool:
    """Whether notices go there already, however its letters are cased."""
    wanted = address.reveal().casefold()
    return any(one.address.reveal().casefold() == wanted for one in addresses_of(settings))
