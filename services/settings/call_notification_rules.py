"""Which settings of 着信お知らせメール can be, and which calls they want told (FEAT-1). Pure."""

from __future__ import annotations

from datetime import datetime

from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import Limits, SettingsFault, is_within


def faults(settings: CallNotification, limits: Limits) -> tuple[SettingsFault, ...]:
    """The broken rules, in the order of the page."""
    checks = (
        (settings.on and not settings.addresses, SettingsFault.NO_ADDRESS),
        (len(settings.addresses) > limits.addresses, SettingsFault.TOO_MANY_ADDRESSES),
        (not settings.every_call and not settings.outcomes, SettingsFault.NO_CALLS),
        (settings.callers is not CallerFilter.ALL and not settings.listed, SettingsFault.NO_LISTED_NUMBER),
        (len(settings.listed) > limits.listed_numbers, SettingsFault.TOO_MANY_LISTED_NUMBERS),
        (not settings.windows, SettingsFault.NO_WINDOW),
    )
    return tuple(fault for broken, fault in checks if broken)


def wants(settings: CallNotification, *, caller: str | None, outcome: CallOutcome, at: datetime) -> bool:
    """Whether this call is to be told. Without a caller's number the filter has nothing to compare."""
    return (
        settings.on
        and (settings.every_call or outcome in settings.outcomes)
        and _lets_through(settings, caller)
        and is_within(settings.windows, at)
    )


def _lets_through(settings: CallNotification, caller: str | None) -> bool:
    if caller is None:
        return settings.withheld
    match settings.callers:
        case CallerFilter.ALL:
            return True
        case CallerFilter.LISTED:
            return caller in settings.listed
        case CallerFilter.ALL_BUT_LISTED:
            return caller not in settings.listed
