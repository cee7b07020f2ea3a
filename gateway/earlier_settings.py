"""Settings as an earlier version had them, out of their history (FEAT-6)."""

from __future__ import annotations

from contracts.phone import Feature
from contracts.settings.api import AnySettings, SettingsHistoryQuery
from contracts.settings.common import Reach
from gateway import here


def as_of(reach: Reach, feature: Feature, version: int) -> AnySettings | None:
    """As the change with this number had left them; version 0 is before the first. None where there never was one."""
    number = max(version, 1)
    query = SettingsHistoryQuery(reach=reach, feature=feature, before=number + 1, limit=1)
    found = here.settings().settings_history(query).changes
    if not found or found[0].version != number:
        return None
    return found[0].new if version else found[0].old
