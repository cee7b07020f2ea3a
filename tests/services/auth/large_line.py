"""A line of an administrator with as many numbers as bulk work needs, and what the bulk service asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID, uuid4

from contracts.auth.bulk import (
    ApplyBulk,
    BulkApplied,
    BulkLine,
    BulkPurpose,
    BulkQuery,
    BulkRows,
    NumberInBulk,
    RowOutcome,
)
from contracts.auth.provisioning import ProvisionedNumber
from contracts.base import Secret
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.people import CALL, CONTRACT, PASSWORD, OfficeLine

LARGE = 33
NEW = "hoshi58tsuki"


def numbers_of(size: int) -> list[str]:
    """The numbers of such a line beside the guide's two."""
    return [f"0300{place:06}" for place in range(100_000, 100_000 + size - 2)]


class LargeLine(OfficeLine):
    """An administrator at work, in a login of their own."""

    def __init__(self, auth: Auth, size: int = LARGE, unit: AuthUnit = AuthUnit.ADMIN_USER) -> None:
        super().__init__(auth)
        self.provision(
            CONTRACT,
            *(ProvisionedNumber(number=number, features=frozenset({CALL})) for number in numbers_of(size)),
        )
        self.key = self.settle(unit)

    def ask(self, key: str | None = None) -> BulkLine:
        """The line as bulk is told of it."""
        return self.auth.bulk_lines.line(BulkQuery(session_key=key or self.key, purpose=BulkPurpose.PASSWORDS))

    def rows(self, line: BulkLine, wanted: Mapping[str, str], job_id: UUID | None = None) -> BulkRows:
        """Rows for some numbers."""
        known = by_number(line)
        rows = [[known[number].assignment_id.hex, known[number].version, new] for number, new in wanted.items()]
        return BulkRows(job_id=job_id or uuid4(), line_id=line.line_id, rows=Secret(json.dumps(rows)))

    def check(self, wanted: Mapping[str, str]) -> dict[str, RowOutcome]:
        """What is said of the new passwords, by number."""
        line = self.ask()
        numbers = {one.assignment_id: one.number for one in line.numbers}
        outcomes = self.auth.bulk_passwords.check(self.rows(line, wanted)).outcomes
        return {numbers[one.assignment_id]: one for one in outcomes}

    def order(self, wanted: Mapping[str, str], line: BulkLine | None = None, parts: int = 3) -> ApplyBulk:
        """A job that is made ready, hashed in some parts."""
        told, job_id, listed = line or self.ask(), uuid4(), list(wanted.items())
        shares = [dict(listed[part::parts]) for part in range(parts)]
        results = [
            self.auth.bulk_passwords.make_ready(self.rows(told, share, job_id)).result for share in shares if share
        ]
        return ApplyBulk(
            job_id=job_id,
            line_id=told.line_id,
            epoch=told.epoch,
            assignment_id=told.assignment_id,
            session_id=told.session_id,
            rows=len(wanted),
            results=tuple(results),
        )

    def apply(self, order: ApplyBulk) -> BulkApplied:
        return self.auth.bulk_passwords.apply(order)


def by_number(line: BulkLine) -> dict[str, NumberInBulk]:
    return {one.number: one for one in line.numbers}


__all__ = ["CONTRACT", "LARGE", "NEW", "PASSWORD", "LargeLine", "by_number", "numbers_of"]
