"""A file from its first part to its end. What it asks for is in the rows; the history has what came of it (AUDIT-1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.bulk.kinds import UploadState

OPEN = frozenset({UploadState.CHECKING, UploadState.READY})


class OutOfTurn(Exception):
    """The file is not where it would have to be for this."""


class Upload(Aggregate):
    """Its id is the job's (BULK-9)."""

    TOPIC = "bulk.Upload"

    class Event(Aggregate.Event):
        TOPIC = "bulk.Upload.Event"

    class Begun(Aggregate.Created):
        """Its first part arrived."""

        TOPIC = "bulk.Upload.Begun"
        kind: str

    class Rejected(Event):
        """It has so many faults, and nothing was changed (BULK-6)."""

        TOPIC = "bulk.Upload.Rejected"
        rows: int
        faults: int

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.REJECTED.value

    class Checked(Event):
        """It is faultless and waits to be confirmed."""

        TOPIC = "bulk.Upload.Checked"
        rows: int

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.READY.value
            aggregate.rows = self.rows

    class Accepted(Event):
        """It was confirmed; from now on it goes on by itself."""

        TOPIC = "bulk.Upload.Accepted"
        rows: int

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.WORKING.value

    class Completed(Event):
        """Everything that it asks for is in force."""

        TOPIC = "bulk.Upload.Completed"
        rows: int

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.COMPLETED.value

    class Failed(Event):
        """Nothing of it is in force: so many of its rows were overtaken by something else."""

        TOPIC = "bulk.Upload.Failed"
        rows: int
        faults: int

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.FAILED.value

    class Withdrawn(Event):
        """Given up before it was confirmed. `cause`: one of `Withdrawal`."""

        TOPIC = "bulk.Upload.Withdrawn"
        cause: str

        def apply(self, aggregate: Upload) -> None:
            aggregate.state = UploadState.WITHDRAWN.value
            aggregate.withdrawal = self.cause

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state = UploadState.CHECKING.value
        self.rows = 0
        self.withdrawal = ""

    @classmethod
    def begin(cls, *, upload_id: UUID, kind: str, now: datetime) -> Upload:
        """A file is being sent."""
        return cls._create(cls.Begun, id=upload_id, timestamp=now, kind=kind)

    def reject(self, *, rows: int, faults: int, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(UploadState.CHECKING)
        self.trigger_event(self.Rejected, timestamp=now, rows=rows, faults=faults)

    def pass_check(self, *, rows: int, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(UploadState.CHECKING)
        self.trigger_event(self.Checked, timestamp=now, rows=rows)

    def accept(self, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(UploadState.READY)
        self.trigger_event(self.Accepted, timestamp=now, rows=self.rows)

    def complete(self, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(UploadState.WORKING)
        self.trigger_event(self.Completed, timestamp=now, rows=self.rows)

    def fail(self, *, faults: int, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(UploadState.WORKING)
        self.trigger_event(self.Failed, timestamp=now, rows=self.rows, faults=faults)

    def withdraw(self, cause: str, now: datetime) -> None:
        """Raises `OutOfTurn`."""
        self._only(*OPEN)
        self.trigger_event(self.Withdrawn, timestamp=now, cause=cause)

    def _only(self, *states: UploadState) -> None:
        if self.state not in states:
            raise OutOfTurn
