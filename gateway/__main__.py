from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from gateway.config import GatewayConfig
from gateway.service import GatewayService

serve(GatewayService, GatewayConfig, http=True)
