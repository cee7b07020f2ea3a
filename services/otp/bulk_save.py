"""The one save of a file of one-time passwords (BULK-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chassis.encoded import Encoded
from chassis.recorders import Write
from services.otp.enrolment import Enrolment
from services.otp.second_factor import SecondFactor


class OneSave:
    """What one save will hold, and nothing longer in memory than it must be."""

    def __init__(self, encoded: Encoded) -> None:
        self._encoded = encoded
        self._versions: list[dict[str, object]] = []
        self._writes: list[Write] = []
        self._together: dict[str, list[Mapping[str, object]]] = {}

    def take(self, enrolment: Enrolment, factors: Iterable[SecondFactor], writes: Iterable[Write]) -> None:
        """One number's. Rows of the same kind become one write."""
        if enrolment.pending_events:
            self._encoded.take([enrolment])
            self._versions.append({"id": enrolment.id.hex, "version": enrolment.version})
        self._encoded.take(factors)
        self.add(writes)

    def add(self, writes: Iterable[Write]) -> None:
        """Rows alone."""
        for write in writes:
            sql, params, *expected = write
            if expected or isinstance(params, Mapping):
                self._writes.append(write)
            else:
                self._together.setdefault(sql, []).extend(params)

    def save(self, mark: Write) -> None:
        """All of it in one transaction, in an order in which each row finds what it is about; the mark comes last.

        Raises IntegrityError as `Application.save` does.
        """
        version = "UPDATE holders SET version = :version WHERE stream_id = :id"
        versions: list[Write] = [(version, self._versions)] if self._versions else []
        self._encoded.save([*self._together.items(), *self._writes, *versions, mark])
