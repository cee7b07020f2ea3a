"""What a login may work on: the features and numbers within its reach (LINE-2..4, MENU-3)."""

from __future__ import annotations

from typing import Any

from contracts.auth import (
    FeatureInReach,
    FeaturesInReach,
    NotInReach,
    NumberInReach,
    NumbersInReach,
    NumbersQuery,
    Stage,
)
from contracts.phone import Feature
from services.auth.schema import bit_of, from_mask
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore
from services.auth.unit_rules import reaches_whole_line

MOST_A_PAGE = 200


class Reach:
    """Queries for pages behind a completed login."""

    def __init__(self, store: AuthStore, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

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
        condition, params = _within(self._complete(query.session_key))
        if query.feature is not None:
            condition += " AND (features & :feature) <> 0"
            params["feature"] = bit_of(query.feature)
        counted = self._store.row(f"SELECT COUNT(*) AS total FROM numbers WHERE {condition}", params)  # noqa: S608
        total = counted["total"] if counted else 0
        per_page = max(1, min(query.per_page, MOST_A_PAGE))
        pages = max(1, -(-total // per_page))
        page = max(1, min(query.page, pages))
        rows = self._store.rows(
            f"SELECT number, is_contract, features FROM numbers WHERE {condition} "  # noqa: S608 - our own condition
            "ORDER BY is_contract DESC, number LIMIT :limit OFFSET :offset",
            {**params, "limit": per_page, "offset": (page - 1) * per_page},
        )
        return NumbersInReach(
            numbers=tuple(
                NumberInReach(
                    number=row["number"],
                    is_contract_number=bool(row["is_contract"]),
                    features=from_mask(row["features"]),
                )
                for row in rows
            ),
            total=total,
            page=page,
            pages=pages,
        )

    def _complete(self, session_key: str) -> SessionRow:
        session = self._sessions.require(session_key)
        if session.stage is not Stage.COMPLETE:
            raise NotInReach  # the first factor alone opens nothing (LOGIN-7)
        return session


def _within(session: SessionRow) -> tuple[str, dict[str, Any]]:
    owner = session.owner
    if reaches_whole_line(session.unit, is_contract_number=owner.is_contract_number):
        return "line_id = :line AND removed = 0", {"line": owner.line_id.hex}
    return "assignment_id = :own AND removed = 0", {"own": owner.assignment_id.hex}
