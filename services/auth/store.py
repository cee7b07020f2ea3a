"""The store that auth's use cases share: loading, looking up, and the trail of who did it.

The use cases themselves: `provisioning`, `telephone`, `logins`, `password_changes`, `unit_changes`, `sessions`, `reach`,
`refusals`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.among import rows_among
from chassis.clock import Clock, utc_now
from chassis.gate import Turns
from chassis.hashing import Hashing
from chassis.origin import current_origin
from chassis.recorders import Write
from chassis.store import Application, replay
from chassis.trail import Trail
from contracts.base import Role
from contracts.phone import AuthUnit, Feature
from services.auth.config import AuthConfig
from services.auth.credential import Credential
from services.auth.line import Line
from services.auth.schema import MIGRATIONS, from_mask

GUESSES_IN_LINE = 48
"""How many guesses wait in one process for others at the same number, before the next is told that it is busy."""


class NumberRow:
    """A number that is in use, as the read model knows it."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.assignment_id = UUID(row["assignment_id"])
        self.line_id = UUID(row["line_id"])
        self.number: str = row["number"]
        self.contract_number: str = row["contract_number"]
        self.is_contract_number = bool(row["is_contract"])
        self.features: tuple[Feature, ...] = from_mask(row["features"])
        self.unit = AuthUnit(row["unit"]) if row["unit"] else None
        self.epoch: int = row["epoch"]


class AuthStore(Application):
    """Credentials, lines and sessions with their rows."""

    name = "auth"
    migrations = MIGRATIONS
    # A number with 10,000 logins, two events each, loads at most this many. Fewer save no more (docs/performance.md).
    snapshotting_intervals = {Credential: 20, Line: 50}  # noqa: RUF012 - the library's own idiom
    snapshotting_projectors = {Credential: replay, Line: replay}  # noqa: RUF012

    def __init__(self, config: AuthConfig, clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self.config = config
        self.hashing = Hashing(config)
        self.turns = Turns(GUESSES_IN_LINE, in_total=GUESSES_IN_LINE)

    def credential(self, assignment_id: UUID) -> Credential:
        """The credential of an assignment."""
        found: object = self.repository.get(assignment_id, projector_func=replay)
        assert isinstance(found, Credential)
        return found

    def line(self, line_id: UUID) -> Line:
        """The line of that id."""
        found: object = self.repository.get(line_id, projector_func=replay)
        assert isinstance(found, Line)
        return found

    def number(self, number: str) -> NumberRow | None:
        """A number that is in use now, or None."""
        row = self.row(
            "SELECT n.*, l.contract_number, l.unit, l.epoch FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.number = :number AND n.removed = 0",
            {"number": number},
        )
        return NumberRow(row) if row else None

    def numbers_of(self, line_id: UUID) -> list[NumberRow]:
        """All numbers of a line that are in use, the contract number first."""
        rows = self.rows(
            "SELECT n.*, l.contract_number, l.unit, l.epoch FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.line_id = :line AND n.removed = 0 ORDER BY n.is_contract DESC, n.number",
            {"line": line_id.hex},
        )
        return [NumberRow(row) for row in rows]

    def owners_of(self, assignments: Iterable[UUID]) -> dict[UUID, NumberRow]:
        """The numbers behind these assignments, whether they are in use or not."""
        rows = rows_among(
            self,
            "SELECT n.*, l.contract_number, l.unit, l.epoch FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.assignment_id IN (:values)",
            (one.hex for one in assignments),
        )
        return {row.assignment_id: row for row in map(NumberRow, rows)}

    def assignments_of(self, line_id: UUID) -> list[UUID]:
        """All numbers of a line that are in use."""
        rows = self.rows(
            "SELECT assignment_id FROM numbers WHERE line_id = :line AND removed = 0 ORDER BY is_contract DESC, number",
            {"line": line_id.hex},
        )
        return [UUID(row["assignment_id"]) for row in rows]

    def trail(self, actor: NumberRow | None, role: Role) -> Trail:
        """Who is behind the work at hand, with the number and the address sealed for as long as the number is known."""
        origin = current_origin()
        number = address = None
        # An operator's address is the operator's personal data, not that of the numbers worked on.
        person = actor.assignment_id if actor else uuid5(NAMESPACE_URL, f"urn:hikari:operator:{origin.operator}")
        if actor is not None:
            number = self.personal.seal(person, actor.number)
        if origin.address is not None:
            address = self.personal.seal(person, origin.address.reveal())
        return Trail(
            channel=origin.channel,
            role=role,
            correlation_id=origin.correlation_id,
            actor=number,
            operator=origin.operator,
            address=address,
            address_token=origin.address_token,
            request_id=origin.request_id,
        )


def generation_write(credential: Credential) -> Write:
    """Keep the generation where sessions are checked against it."""
    return (
        "UPDATE numbers SET generation = :generation WHERE assignment_id = :id",
        {"generation": credential.generation, "id": credential.id.hex},
    )


def line_unmoved(line_id: UUID, epoch: int) -> Write:
    """Makes the save a conflict when the line's unit changed since it was read."""
    return (
        "UPDATE lines SET epoch = epoch WHERE line_id = :line AND epoch = :epoch",
        {"line": line_id.hex, "epoch": epoch},
        1,
    )
