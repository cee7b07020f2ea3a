"""Which settings of 故障・回復通知機能 can be, and when its news go out (FEAT-5). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.settings.common import HOURS, JAPAN, Limits, SettingsFault
from contracts.settings.fault_notification import FaultNotification, NewsKind, ReceivingWindow

_HOURS_OF = {
    ReceivingWindow.DAY: frozenset(range(8, 19)),
    ReceivingWindow.EVENING: frozenset(range(19, 23)),
    ReceivingWindow.NIGHT: frozenset({23, *range(8)}),
}


def faults(settings: FaultNotification, limits: Limits) -> tuple[SettingsFault, ...]:
    """The broken rules, in the order of the page. That nobody was verified yet breaks none: news wait for no link."""
    checks = (
        (settings.on and not settings.addresses, SettingsFault.NO_ADDRESS),
        (len(settings.addresses) > limits.addresses, SettingsFault.TOO_MANY_ADDRESSES),
        (not settings.kinds, SettingsFault.NO_KIND),
        (not settings.windows, SettingsFault.NO_WINDOW),
    )
    return tuple(fault for broken, fault in checks if broken)


def wants(settings: FaultNotification, kind: NewsKind) -> bool:
    """Whether news of this kind are to be told at all."""
    return settings.on and kind in settings.kinds and bool(settings.windows)


def goes_out_at(settings: FaultNotification, now: datetime) -> datetime:
    """Now, where a chosen window is open; else when the next one opens. There must be one."""
    hours = frozenset().union(*(_HOURS_OF[window] for window in settings.windows))
    local = now.astimezone(JAPAN)
    if local.hour in hours:
        return now
    wait = next(ahead for ahead in range(1, HOURS) if (local.hour + ahead) % HOURS in hours)
    return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=wait)
