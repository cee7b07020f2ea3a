"""Which settings of ボイスワープ can be (FEAT-3), so far as they say so themselves. Pure."""

from __future__ import annotations

from contracts.settings.call_forwarding import SLOTS, CallerSelection, CallForwarding
from contracts.settings.common import Limits, SettingsFault


def faults(settings: CallForwarding, limits: Limits) -> tuple[SettingsFault, ...]:
    """The broken rules, in the order of the page."""
    forwarded, ringing = settings.forwarded_callers, settings.ringing_callers
    checks = (
        (not limits.ring_least <= settings.ring_seconds <= limits.ring_most, SettingsFault.RING_SECONDS),
        (
            not 1 <= settings.active <= SLOTS or len(settings.targets) > SLOTS or (settings.on and not settings.target),
            SettingsFault.NO_TARGET,
        ),
        (
            settings.selection is CallerSelection.FORWARD_LISTED and not forwarded,
            SettingsFault.NO_FORWARDED_CALLER,
        ),
        (len(forwarded) > limits.listed_numbers, SettingsFault.TOO_MANY_FORWARDED_CALLERS),
        (settings.selection is CallerSelection.RING_LISTED and not ringing, SettingsFault.NO_RINGING_CALLER),
        (len(ringing) > limits.listed_numbers, SettingsFault.TOO_MANY_RINGING_CALLERS),
    )
    return tuple(fault for broken, fault in checks if broken)
