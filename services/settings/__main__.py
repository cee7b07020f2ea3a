from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from services.settings.config import SettingsConfig
from services.settings.service import SettingsService

serve(SettingsService, SettingsConfig)
