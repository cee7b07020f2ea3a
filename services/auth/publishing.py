"""Auth's events as the world is told them: the only door out (EVENTS.md, catalogue version 1).

`TemporaryPasswordHeld` is not in the catalogue and stays inside: tempcred follows it to learn what became of its command.
Where an event concerns a temporary password its data names it (`temporary_password`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from chassis.publishing import Event, Published
from contracts.phone import AuthUnit
from services.auth.credential import Credential
from services.auth.line import Line
from services.auth.session import Session
from services.auth.store import AuthStore
from services.auth.unknown_numbers import UnknownNumbers

Subject = tuple[str | None, str | None]
"""A number and its line; None where they were erased."""


def _hex(identity: UUID | None) -> str | None:
    return identity.hex if identity else None


_OF_CREDENTIAL: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Credential.Created: ("NumberAdded", lambda _event: {}),
    Credential.NumberRemoved: ("NumberRemoved", lambda _event: {}),
    Credential.FeaturesContracted: ("FeaturesContracted", lambda event: {"features": event.features}),
    Credential.TemporaryPasswordHeld: (
        "TemporaryPasswordHeld",
        lambda event: {
            "temporary_password": event.temporary_id.hex,
            "unit": event.unit,
            "expires_at": event.expires_at.isoformat(),
        },
    ),
    Credential.PasswordSet: (
        "PasswordSet",
        lambda event: {"cause": event.cause, "temporary_password": _hex(event.temporary_id)},
    ),
    Credential.Locked: (
        "CredentialLocked",
        lambda event: {
            "factor": event.factor,
            "mismatches": event.mismatches,
            "temporary_password": _hex(event.temporary_id),
        },
    ),
    Credential.Voided: (
        "CredentialVoided",
        lambda event: {"cause": event.cause, "temporary_password": _hex(event.temporary_id)},
    ),
    Credential.Mismatched: (
        "LoginFailed",
        lambda event: {"reason": "mismatch", "mismatches": event.mismatches, "attempts": 1},
    ),
    Credential.Refused: (
        "LoginFailed",
        lambda event: {"reason": event.reason, "mismatches": None, "attempts": event.attempts},
    ),
    Session.Created: ("SessionOpened", lambda event: {"session": event.originator_id.hex}),
    Session.Ended: ("SessionEnded", lambda event: {"session": event.originator_id.hex, "cause": event.cause}),
}

_INSIDE = frozenset({"TemporaryPasswordHeld"})
"""Told to services that follow, not to the world: what the world may know of it tempcred tells."""


class Publishing:
    """Renders stored events; numbers are looked up in the rows, which can be erased, as the events hold them sealed."""

    def __init__(self, store: AuthStore) -> None:
        self._store = store

    def publish(self, events: Sequence[Event]) -> list[Published | None]:
        """One public event for each, or None."""
        return [self._one(event) for event in events]

    def _one(self, event: Event) -> Published | None:
        if isinstance(event, UnknownNumbers.Refused):
            data = {"number": None, "reason": event.reason, "mismatches": None, "attempts": event.attempts}
            return Published("LoginFailed", None, None, data)
        if isinstance(event, Line.Event | Line.Created):
            return self._of_line(event)
        found = _OF_CREDENTIAL.get(type(event))
        if found is None:
            return None
        name, tell = found
        number, line = self._subject(self._assignment_of(event))
        data = {"number": number, "contract_number": line, **tell(event)}
        return Published(name, number, line, data, public=name not in _INSIDE)

    def _of_line(self, event: Event) -> Published | None:
        row = self._store.row("SELECT contract_number FROM lines WHERE line_id = :id", {"id": event.originator_id.hex})
        line = row["contract_number"] if row else None
        if isinstance(event, Line.Created):
            return Published("LineProvisioned", line, line, {"contract_number": line, "numbers": event.count})
        if isinstance(event, Line.UnitChanged):
            data = {
                "contract_number": line,
                "from": AuthUnit(event.from_unit).value if event.from_unit else None,
                "to": event.to_unit,
                "cause": event.cause,
                "numbers": self._numbers(event.assignments),
            }
            return Published("AuthUnitChanged", line, line, data)
        return None

    def _assignment_of(self, event: Event) -> UUID:
        if isinstance(event, Session.Created):
            return event.assignment_id
        if isinstance(event, Session.Ended):
            return self._store.session(event.originator_id).assignment_id
        return event.originator_id

    def _subject(self, assignment_id: UUID) -> Subject:
        row = self._store.row(
            "SELECT n.number, l.contract_number FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.assignment_id = :id",
            {"id": assignment_id.hex},
        )
        return (row["number"], row["contract_number"]) if row else (None, None)

    def _numbers(self, assignments: Sequence[UUID]) -> list[str]:
        return [number for number, _ in map(self._subject, assignments) if number]
