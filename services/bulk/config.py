"""What an operator can set for bulk."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from chassis.store_config import StoreConfig
from contracts.bulk.kinds import UNCONFIRMED_MINUTES


class BulkConfig(StoreConfig):
    """Read from `HIKARI_<NAME>`. The key also wraps the keys of the jobs."""

    bulk_at_once: int = Field(default=8, ge=1, le=256)
    """Parts of one job that are asked for at a time. An instance of auth takes on four: two for each instance is plenty."""
    bulk_files_a_day: int = Field(default=50, ge=1)
    """Files of one sender that are compared with present passwords within 24 hours. Each tells of its passwords whether they
    are what the numbers have now: file after file would find out what users chose, and may use elsewhere."""
    bulk_kept_days: float = Field(default=7, ge=1)
    """How long what came of a file can be looked up on the site; the audit trail keeps it for ever. A day at least: the files
    of a day are counted."""

    @property
    def unconfirmed(self) -> timedelta:
        """How long a file waits to be confirmed."""
        return timedelta(minutes=UNCONFIRMED_MINUTES)

    @property
    def kept(self) -> timedelta:
        """How long the rows of a file that is over are kept."""
        return timedelta(days=self.bulk_kept_days)
