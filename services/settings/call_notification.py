"""着信お知らせメール: setting its rules (FEAT-1)."""

from __future__ import annotations

from contracts.base import Nothing
from contracts.settings.call_notification import CallNotification, ChangeCallNotification
from services.settings.changes import Changes


class CallNotifications:
    """Of all numbers."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def change(self, request: ChangeCallNotification) -> Nothing:
        """The addresses stay. Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        rules = dict(request.rules)

        def alter(present: CallNotification) -> CallNotification:
            return present.model_copy(update=rules)

        return self._changes.change(request.reach, CallNotification, request.change_id, alter, seen=request.seen)
