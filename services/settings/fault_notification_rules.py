"""Which settings of 故障・回復通知機能 can be, and when its news go out (FEAT-5). Pure."""

from __future__ import annotations

from contracts.settings.common import Limits, SettingsFault
from contracts.settings.fault_notification import FaultNotification


def faults(settings: FaultNotification, limits: Limits) -> tuple[SettingsFault, ...]:
    """The broken rules, in the order of the page. That nobody was verified yet breaks none: news wait for no link."""
    checks = (
        (settings.on and not settings.addresses, SettingsFault.NO_ADDRESS),
        (len(settings.addresses) > limits.addresses, SettingsFault.TOO_MANY_ADDRESSES),
        (not settings.kinds, SettingsFault.NO_KIND),
        (not settings.windows, SettingsFault.NO_WINDOW),
    )
    return tuple(fault for broken, fault in checks if broken)
