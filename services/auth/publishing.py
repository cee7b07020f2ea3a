"""Auth's events as the world is told them: the only door out (EVENTS.md, catalogue version 1).

`TemporaryPasswordHeld` is not in the catalogue and stays inside: tempcred follows it to learn what became of its command.
Where an event concerns a temporary password its data names it (`temporary_password`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from chassis.among import rows_among
from chassis.publishing import Event, Published
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
    Credential.Created: ("NumberAdded", lambda event: {"assignment": event.originator_id.hex}),
    Credential.NumberRemoved: ("NumberRemoved", lambda event: {"assignment": event.originator_id.hex}),
    Credential.FeaturesContracted: (
        "FeaturesContracted",
        lambda event: {"assignment": event.originator_id.hex, "features": event.features},
    ),
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
    Credential.PasswordCopied: (
        "PasswordSet",
        lambda _event: {"cause": "unit_change", "temporary_password": None},
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
        subjects = self._subjects(events)
        return [_published(event, subjects) for event in events]

    def _subjects(self, events: Sequence[Event]) -> dict[UUID, Subject]:
        """The numbers and lines of all these events, by assignment and by line."""
        assignments = [one for event in events for one in _assignments_of(event)]
        numbers = rows_among(
            self._store,
            "SELECT n.assignment_id, n.number, l.contract_number FROM numbers n JOIN lines l ON l.line_id = n.line_id "
            "WHERE n.assignment_id IN (:values)",
            (one.hex for one in assignments),
        )
        lines = rows_among(
            self._store,
            "SELECT line_id, contract_number FROM lines WHERE line_id IN (:values)",
            (event.originator_id.hex for event in events if isinstance(event, _OF_LINE)),
        )
        found: dict[UUID, Subject] = {
            UUID(row["assignment_id"]): (row["number"], row["contract_number"]) for row in numbers
        }
        found |= {UUID(row["line_id"]): (row["contract_number"], row["contract_number"]) for row in lines}
        return found


_OF_LINE = (Line.Event, Line.Created)
_ERASED: Subject = (None, None)


def _assignments_of(event: Event) -> Sequence[UUID]:
    if isinstance(event, Line.UnitChanged):
        return event.assignments
    if isinstance(event, Session.Created | Session.Ended):
        return [event.assignment_id]
    return [event.originator_id] if type(event) in _OF_CREDENTIAL else []


def _published(event: Event, subjects: dict[UUID, Subject]) -> Published | None:
    if isinstance(event, UnknownNumbers.Refused):
        data = {"number": None, "reason": event.reason, "mismatches": None, "attempts": event.attempts}
        return Published("LoginFailed", None, None, data)
    if isinstance(event, _OF_LINE):
        return _of_line(event, subjects)
    if type(event) not in _OF_CREDENTIAL:
        return None
    name, tell = _OF_CREDENTIAL[type(event)]
    number, line = subjects.get(_assignments_of(event)[0], _ERASED)
    data = {"number": number, "contract_number": line, **tell(event)}
    return Published(name, number, line, data, public=name not in _INSIDE)


def _of_line(event: Event, subjects: dict[UUID, Subject]) -> Published | None:
    _, line = subjects.get(event.originator_id, _ERASED)
    if isinstance(event, Line.Created):
        return Published("LineProvisioned", line, line, {"contract_number": line, "numbers": event.count})
    if isinstance(event, Line.UnitChanged):
        numbers = [subjects.get(one, _ERASED)[0] for one in event.assignments]
        data = {
            "contract_number": line,
            "from": event.from_unit,
            "to": event.to_unit,
            "cause": event.cause,
            "numbers": [number for number in numbers if number],
        }
        return Published("AuthUnitChanged", line, line, data)
    return None
