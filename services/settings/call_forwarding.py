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
        rules = dict(request.rules)

        def alter(present: CallForwarding) -> CallForwarding:
            return present.model_copy(update=rules)

        return self._changes.change(request.reach, CallForwarding, request.change_id, alter, seen=request.seen)
