"""The groups of 一括転送機能 as rows: what a line's list shows, and by which numbers calls are routed just now (FEAT-4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.among import rows_among
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.phone import AssignmentId, Feature
from contracts.settings.bulk_forwarding import GroupState, StoredMember, StoredRules
from services.settings.forwarding_group import ForwardingGroup
from services.settings.schema import bit_of
from services.settings.store import SettingsStore

_KEEP = (
    "INSERT INTO forwarding_groups VALUES (:id, :line, :contract, :state, :cause, :automatic, :rules) "
    "ON CONFLICT (group_id) DO UPDATE SET state = excluded.state, cause = excluded.cause, "
    "automatic = excluded.automatic, rules = excluded.rules"
)


class GroupRows:
    """Read and written beside the aggregates, in their transactions."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    # --- writes ----------------------------------------------------------------------------------------------

    def kept(self, group: ForwardingGroup, contract_number: str, rules: StoredRules) -> Write:
        """The group's own row."""
        assert group.rules is not None
        row = {
            "id": group.id.hex,
            "line": group.line.hex,
            "contract": contract_number,
            "state": str(group.state),
            "cause": group.cause or "",
            "automatic": int(rules.automatic),
            "rules": group.rules.ciphertext,
        }
        return _KEEP, row

    def routed(self, group: ForwardingGroup, members: Iterable[StoredMember]) -> list[Write]:
        """A row for each number that is forwarded from now on; a conflict where another group was quicker."""
        chosen = list(members)
        targets = self._store.personal.seal_each(group.line, (member.target for member in chosen))
        rows = [
            {
                "assignment": member.assignment_id.hex,
                "group": group.id.hex,
                "line": group.line.hex,
                "target": target.ciphertext,
            }
            for member, target in zip(chosen, targets, strict=True)
        ]
        return [("INSERT INTO bulk_routes VALUES (:assignment, :group, :line, :target)", rows)] if rows else []

    @staticmethod
    def not_routed(group_id: UUID) -> Write:
        """None of the group's numbers is forwarded any more."""
        return "DELETE FROM bulk_routes WHERE group_id = :id", {"id": group_id.hex}

    @staticmethod
    def gone(group_id: UUID) -> Write:
        """There is no such group."""
        return "DELETE FROM forwarding_groups WHERE group_id = :id", {"id": group_id.hex}

    # --- queries ---------------------------------------------------------------------------------------------

    def of_line(self, line: AssignmentId) -> list[dict[str, Any]]:
        """All groups of a line."""
        return self._store.rows("SELECT * FROM forwarding_groups WHERE line = :line", {"line": line.hex})

    def contract_number_of(self, group_id: UUID) -> str | None:
        """The line's number; None where there is no such group."""
        row = self._store.row(
            "SELECT contract_number FROM forwarding_groups WHERE group_id = :id", {"id": group_id.hex}
        )
        return row["contract_number"] if row else None

    def starting(self) -> list[UUID]:
        """Groups whose start was asked for and not carried out yet."""
        rows = self._store.rows(
            "SELECT group_id FROM forwarding_groups WHERE state = :state", {"state": GroupState.STARTING.value}
        )
        return [UUID(row["group_id"]) for row in rows]

    def rules_in(self, rows: Iterable[dict[str, Any]]) -> list[StoredRules]:
        """The rules of these rows, the keys looked at once."""
        sealed = [Sealed(UUID(row["line"]), row["rules"]) for row in rows]
        return [_rules(text) for text in self._store.personal.open_all(sealed)]

    def rules_of(self, sealed: Sealed | None) -> StoredRules:
        """What was sealed; nothing in it where it was erased."""
        return _rules(self._store.personal.open(sealed))

    def routed_now(self, assignments: Iterable[UUID]) -> dict[UUID, UUID]:
        """Of these numbers those that are forwarded by a group now, and by which."""
        rows = rows_among(
            self._store,
            "SELECT assignment_id, group_id FROM bulk_routes WHERE assignment_id IN (:values)",
            (one.hex for one in assignments),
        )
        return {UUID(row["assignment_id"]): UUID(row["group_id"]) for row in rows}

    def line_of(self, contract_number: str) -> AssignmentId | None:
        """The contract number's present assignment, to which the line's groups belong."""
        row = self._store.row(
            "SELECT assignment_id FROM numbers WHERE number = :line AND contract_number = :line AND removed = 0 "
            "ORDER BY position DESC LIMIT 1",
            {"line": contract_number},
        )
        return AssignmentId(UUID(row["assignment_id"])) if row else None

    def counts(self, line: AssignmentId) -> dict[UUID, int]:
        """How many numbers each group of a line forwards now; those without the contract rest."""
        rows = self._store.rows(
            "SELECT b.group_id, COUNT(*) AS forwarding FROM bulk_routes b "
            "JOIN numbers n ON n.assignment_id = b.assignment_id "
            "WHERE b.subject = :line AND (n.features & :bulk) <> 0 GROUP BY b.group_id",
            {"line": line.hex, "bulk": bit_of(Feature.BULK_FORWARDING)},
        )
        return {UUID(row["group_id"]): row["forwarding"] for row in rows}


def _rules(text: str | None) -> StoredRules:
    return StoredRules.model_validate_json(text) if text else StoredRules(name="")
