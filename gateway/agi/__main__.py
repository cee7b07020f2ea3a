from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from gateway.agi.config import AgiConfig
from gateway.agi.service import AgiService

serve(AgiService, AgiConfig)
