"""FAXお知らせメール: setting its rules (FEAT-2). The faxes themselves are in `fax_inboxes`."""

from __future__ import annotations

from contracts.base import Nothing
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification
from services.settings.changes import Changes


class FaxNotifications:
    """Of all numbers."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def change(self, request: ChangeFaxNotification) -> Nothing:
        """The addresses stay. Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        return self._changes.set_rules(request, FaxNotification)
