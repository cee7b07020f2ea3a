"""Which settings of FAXお知らせメール can be (FEAT-2). Pure."""

from __future__ import annotations

from contracts.settings.common import Limits, SettingsFault
from contracts.settings.fax_notification import FaxNotification


def faults(settings: FaxNotification, limits: Limits) -> tuple[SettingsFault, ...]:
    """The broken rules, in the order of the page."""
    checks = (
        (settings.on and not settings.addresses, SettingsFault.NO_ADDRESS),
        (len(settings.addresses) > limits.addresses, SettingsFault.TOO_MANY_ADDRESSES),
    )
    return tuple(fault for broken, fault in checks if broken)
