"""What rows of one-time passwords ask for that is not so already (BULK-3): shown before, and alone put in force.

What is registered already changes nothing and is no event (AUDIT-1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.hashing import Priority
from chassis.mail_addresses import NotAnAddress, masked_address, normalise_address
from contracts.base import Secret
from contracts.otp.bulk import OtpRowChange, OtpRows
from contracts.otp.common import OtpUse
from contracts.phone import AssignmentId
from services.otp.enrolment import Enrolment
from services.otp.store import OtpStore


@dataclass(frozen=True)
class OtpRow:
    """A row as it came."""

    assignment_id: UUID
    version: int
    number: str
    use: str
    address: str
    confirmation_id: str
    confirmation_password: str

    @property
    def uses(self) -> bool | None:
        """Without use the three other cells are not read; None where all is left as it is."""
        return None if self.use == "" else self.use == "1"

    @property
    def has_more(self) -> bool:
        """Whether any of the three other cells is filled in."""
        return any(cell.strip() for cell in (self.address, self.confirmation_id, self.confirmation_password))


@dataclass(frozen=True)
class Asked:
    """What of a faultless row is not so already; None where the cell is empty, or says what is registered."""

    row: OtpRow
    enrolment: Enrolment | None
    present_address: str | None
    address: str | None = None
    confirmation_id: str | None = None
    confirmation_password: str | None = None

    def told(self) -> OtpRowChange:
        """For whoever is to confirm it; nothing secret."""
        enrolment, use = self.enrolment, self.row.use
        goes = use == "0" or self.address is not None
        return OtpRowChange(
            assignment_id=AssignmentId(self.row.assignment_id),
            begun=bool(self.row.uses) and not is_in_use(enrolment),
            use_before=OtpUse(enrolment.use) if enrolment else OtpUse.UNDECIDED,
            ended=use == "0" and enrolment is not None and enrolment.is_used,
            declined=use == "0" and (enrolment is None or enrolment.use == OtpUse.UNDECIDED),
            not_read=use == "0" and self.row.has_more,
            address=self.address is not None,
            confirmation_id=self.confirmation_id is not None,
            confirmation_password=self.confirmation_password is not None,
            address_before=masked_address(self.present_address) if self.present_address and goes else None,
            address_after=Secret(self.address) if self.address else None,
        )


class Difference:
    """Looks at what is registered."""

    def __init__(self, store: OtpStore) -> None:
        self._store = store

    def asked(self, rows: Sequence[OtpRow], enrolments: Mapping[UUID, Enrolment]) -> list[Asked]:
        """Of each row, in order. Raises `Busy`."""
        known = [enrolments.get(row.assignment_id) for row in rows]
        present = self._store.personal.open_all(one.address if one else None for one in known)
        return [self._asked(*each) for each in zip(rows, known, present, strict=True)]

    def _asked(self, row: OtpRow, enrolment: Enrolment | None, present: str | None) -> Asked:
        if not row.uses:
            return Asked(row, enrolment, present)
        address, confirmation_id = address_in(row.address), row.confirmation_id
        return Asked(
            row,
            enrolment,
            present,
            address if address and address != present else None,
            confirmation_id if confirmation_id and not self._is_present_id(enrolment, confirmation_id) else None,
            row.confirmation_password or None,
        )

    def _is_present_id(self, enrolment: Enrolment | None, confirmation_id: str) -> bool:
        return enrolment is not None and self._matches(enrolment.confirmation_id, confirmation_id)

    def is_present_password(self, row: OtpRow, enrolment: Enrolment | None) -> bool:
        """PWD-2, for the confirmation password. Raises `Busy`."""
        if enrolment is None or not row.uses or not row.confirmation_password:
            return False
        return self._matches(enrolment.confirmation_password, row.confirmation_password)

    def _matches(self, verifier: str | None, text: str) -> bool:
        return verifier is not None and self._store.hashing.verify(verifier, Secret(text), Priority.BULK)


def is_in_use(enrolment: Enrolment | None) -> bool:
    """Used and registered."""
    return enrolment is not None and enrolment.is_used and enrolment.is_registered


def rows_in(request: OtpRows) -> list[OtpRow]:
    """The rows of a request."""
    return [OtpRow(UUID(row[0]), *row[1:]) for row in json.loads(request.rows.reveal())]


def address_in(cell: str) -> str | None:
    """The address in its one spelling, empty where the cell is; None where it is none.

    A download puts an apostrophe before what a spreadsheet might run (BULK-10).
    """
    text = cell.strip().removeprefix("'")
    try:
        return normalise_address(text) if text else ""
    except NotAnAddress:
        return None
