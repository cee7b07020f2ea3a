from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
from chassis.alone import serve
from services.bulk.config import BulkConfig
from services.bulk.service import BulkService

serve(BulkService, BulkConfig)
