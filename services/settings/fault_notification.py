"""故障・回復通知機能: setting its rules (FEAT-5)."""

from __future__ import annotations

from contracts.base import Nothing
from contracts.settings.fault_notification import ChangeFaultNotification, FaultNotification
from services.settings.changes import Changes


class FaultNotifications:
    """Of all numbers."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def change(self, request: ChangeFaultNotification) -> Nothing:
        """The addresses stay. Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        rules = dict(request.rules)

        def alter(present: FaultNotification) -> FaultNotification:
            return present.model_copy(update=rules)

        return self._changes.change(request.reach, FaultNotification, request.change_id, alter, seen=request.seen)
