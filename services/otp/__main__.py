from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from services.otp.config import OtpConfig
from services.otp.service import OtpService

serve(OtpService, OtpConfig)
