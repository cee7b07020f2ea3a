"""ボイスワープ: setting its rules (FEAT-3)."""

from __future__ import annotations

from contracts.base import Nothing
from contracts.settings.call_forwarding import CallForwarding, ChangeCallForwarding
from services.settings.changes import Changes


class CallForwardings:
    """Of all numbers."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def change(self, request: ChangeCallForwarding) -> Nothing:
        """Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        return self._changes.set_rules(request, CallForwarding)
