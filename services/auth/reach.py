"""What a login may work on: the features and numbers within its reach (LINE-2..4, MENU-3, PWD-7); and who has a number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.auth.logins import Stage
from contracts.auth.provisioning import HolderFound, NumberUnknown
from contracts.auth.reach import (
    FeatureInReach,
    FeaturesInReach,
    NotInReach,
    NumberInReach,
    NumbersInReach,
    NumbersQuery,
)
from contracts.phone import AssignmentId, Feature
from services.auth.number_search import search_condition
from services.auth.schema import bit_of, from_mask
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore
from services.auth.unit_rules import is_large, reaches_whole_line

MOST_A_PAGE = 200
_LISTED = "SELECT assignment_id, number, is_contract, features FROM numbers"


class Reach:
    """Queries for pages behind a completed login."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    def holder(self, number: str) -> HolderFound:
        """Who has the number now: for operators, whose reach is everything. Raises `NumberUnknown`."""
        row = self._store.number(number)
        if row is None:
            raise NumberUnknown
        return HolderFound(
            assignment_id=AssignmentId(row.assignment_id), number=row.number, contract_number=row.contract_number
        )

    def features(self, session_key: str) -> FeaturesInReach:
        """Only contracted features, each with how many numbers have it."""
        condition, params = _within(self._complete(session_key))
        rows = self._store.rows(
            f"SELECT features, COUNT(*) AS numbers FROM numbers WHERE {condition} GROUP BY features",  # noqa: S608
            params,
        )
        counts = {
            feature: sum(row["numbers"] for row in rows if row["features"] & bit_of(feature)) for feature in Feature
        }
        return FeaturesInReach(
            features=tuple(FeatureInReach(feature=one, numbers=count) for one, count in counts.items() if count)
        )

    def numbers(self, query: NumbersQuery) -> NumbersInReach:
        """One page of numbers, the contract number first."""
        session = self._complete(query.session_key)
        large = self._is_large(session.owner.line_id)
        condition, params = _asked_for(query, session, searching=large)
        # The two kinds apart, so that the index gives each in its order and nothing is sorted (LINE-7).
        first = self._store.rows(f"{_LISTED} WHERE {condition} AND is_contract = 1", params)
        condition += " AND is_contract = 0"
        counted = self._store.row(f"SELECT COUNT(*) AS others FROM numbers WHERE {condition}", params)  # noqa: S608
        total = len(first) + (counted["others"] if counted else 0)
        per_page = max(1, min(query.per_page, MOST_A_PAGE))
        pages = max(1, -(-total // per_page))
        page = max(1, min(query.page, pages))
        shown = first if page == 1 else []
        others = self._store.rows(
            f"{_LISTED} WHERE {condition} ORDER BY number LIMIT :limit OFFSET :offset",
            {**params, "limit": per_page - len(shown), "offset": max(0, (page - 1) * per_page - len(first))},
        )
        return NumbersInReach(
            numbers=tuple(_in_reach(row) for row in (*shown, *others)),
            total=total,
            page=page,
            pages=pages,
            large_line=large,
        )

    def _is_large(self, line_id: UUID) -> bool:
        counted = self._store.row(
            "SELECT COUNT(*) AS numbers FROM numbers WHERE line_id = :line AND removed = 0 AND features <> 0",
            {"line": line_id.hex},
        )
        return is_large(numbers_with_features=counted["numbers"] if counted else 0)

    def _complete(self, session_key: str) -> SessionRow:
        session = self._sessions.require(session_key)
        if session.stage is not Stage.COMPLETE:
            raise NotInReach  # the first factor alone opens nothing (LOGIN-7)
        return session


def _asked_for(query: NumbersQuery, session: SessionRow, *, searching: bool) -> tuple[str, dict[str, Any]]:
    condition, params = _within(session)
    if query.feature is not None:
        condition += " AND (features & :feature) <> 0"
        params["feature"] = bit_of(query.feature)
    if query.assignment_id is not None:
        condition += " AND assignment_id = :assignment"
        params["assignment"] = query.assignment_id.hex
    if searching and query.search:
        found, where = search_condition(query.search)
        condition += f" AND {found}"
        params |= where
    return condition, params


def _within(session: SessionRow) -> tuple[str, dict[str, Any]]:
    owner = session.owner
    if reaches_whole_line(session.unit, is_contract_number=owner.is_contract_number):
        return "line_id = :line AND removed = 0", {"line": owner.line_id.hex}
    return "assignment_id = :own AND removed = 0", {"own": owner.assignment_id.hex}


def _in_reach(row: dict[str, Any]) -> NumberInReach:
    return NumberInReach(
        assignment_id=AssignmentId(UUID(row["assignment_id"])),
        number=row["number"],
        is_contract_number=bool(row["is_contract"]),
        features=from_mask(row["features"]),
    )
