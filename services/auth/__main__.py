from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from services.auth.config import AuthConfig
from services.auth.service import AuthService

serve(AuthService, AuthConfig)
