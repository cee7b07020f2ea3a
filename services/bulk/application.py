"""Bulk's use cases over one store: what the nameko service and the tests all call."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.clock import Clock, utc_now
from contracts.bulk.kinds import BulkKind
from services.bulk.config import BulkConfig
from services.bulk.owner import Owner
from services.bulk.receiving import Receiving
from services.bulk.store import BulkStore
from services.bulk.uploads import Desk, Who
from services.bulk.work import Worker


class Bulk:
    """One object a process. Close it at the end."""

    def __init__(self, config: BulkConfig, owners: Mapping[BulkKind, Owner], who: Who, clock: Clock = utc_now) -> None:
        self.store = BulkStore(config, clock)
        self.desk = Desk(self.store, owners, who)
        self.receiving = Receiving(self.store, owners, self.desk.give_up)
        self.worker = Worker(self.store, owners, self.desk)

    def work(self) -> bool:
        """Carry one file forward; false where there is none."""
        return self.worker.work()

    def sweep(self) -> bool:
        """Let go of what is too old."""
        return self.desk.sweep()

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.store.check()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
