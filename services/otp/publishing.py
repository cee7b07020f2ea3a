"""Otp's events as the world is told them: the only door out (EVENTS.md, catalogue version 1).

`FactorLocked` is not in the catalogue and stays inside: auth follows it, records the lock where it has not heard of it,
and tells the world (`CredentialLocked`). Addresses are told masked, codes, tokens and verifiers never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chassis.among import rows_among
from chassis.mail_addresses import masked_address
from chassis.personal_data import Sealed, SealedAsText
from chassis.publishing import Event, Published, history_page
from contracts.base import HistoryPage, HistoryQuery
from contracts.otp.common import OtpUse, UseCause
from services.otp.enrolment import Enrolment
from services.otp.second_factor import SecondFactor
from services.otp.store import OtpStore

_INSIDE = frozenset({"FactorLocked"})
_FOR_THE_AUDIT_TRAIL = ("reason",)
"""What an operator typed may name the person: no subscriber of our events is told."""
_OVER = {"expired": "OtpExpired"}
"""How the end of a one-time password is told; anything but expiry is `OtpVoided`."""

_TOLD: dict[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    Enrolment.UseChosen: ("OtpUseChanged", lambda event: {"use": event.use, "cause": event.cause}),
    Enrolment.Reset: (
        "OtpUseChanged",
        lambda event: {
            "use": OtpUse.UNDECIDED.value,
            "cause": UseCause.OPERATOR_RESET.value,
            "reason": event.reason,
        },
    ),
    Enrolment.ProvisionallyRegistered: (
        "OtpAddressProvisionallyRegistered",
        lambda event: {"address": event.address, "expires_at": event.expires_at.isoformat()},
    ),
    Enrolment.FullyRegistered: ("OtpAddressRegistered", lambda event: {"address": event.address}),
    Enrolment.AddressSet: ("OtpAddressRegistered", lambda event: {"address": event.address}),
    Enrolment.LinkVoided: ("OtpLinkVoided", lambda event: {"cause": event.cause}),
    Enrolment.ConfirmationIdChanged: ("ConfirmationIdChanged", lambda _event: {}),
    Enrolment.ConfirmationPasswordChanged: ("ConfirmationPasswordChanged", lambda _event: {}),
    SecondFactor.Issued: (
        "OtpIssued",
        lambda event: {"challenge": event.challenge_id.hex, "expires_at": event.expires_at.isoformat()},
    ),
    SecondFactor.Matched: ("OtpMatched", lambda event: {"challenge": event.challenge_id.hex}),
    SecondFactor.Mismatched: (
        "OtpMismatched",
        lambda event: {"challenge": event.challenge_id.hex, "mismatches": event.mismatches},
    ),
    SecondFactor.Over: ("OtpVoided", lambda event: {"challenge": event.challenge_id.hex, "cause": event.cause}),
    SecondFactor.ConfirmationMismatched: (
        "ConfirmationMismatched",
        lambda event: {"mismatches": event.mismatches},
    ),
    SecondFactor.Locked: (
        "FactorLocked",
        lambda event: {"factor": event.factor, "mismatches": event.mismatches, "generation": event.generation},
    ),
}


class _Whose(NamedTuple):
    assignment: str | None
    number: str | None
    line: str | None


def history(store: OtpStore, query: HistoryQuery) -> HistoryPage:
    """What others are told after a position, in order."""
    return history_page(store, query, lambda events: _publish(store, events))


def _publish(store: OtpStore, events: Sequence[Event]) -> list[Published | None]:
    told = [event for event in events if type(event) in _TOLD]
    whose = _whose(store, {event.originator_id for event in told})
    opened = _opened(store, told)
    return [_published(event, whose, opened) if type(event) in _TOLD else None for event in events]


def _whose(store: OtpStore, streams: set[UUID]) -> dict[UUID, _Whose]:
    rows = rows_among(
        store,
        "SELECT stream_id, assignment_id, number, contract_number FROM holders WHERE stream_id IN (:values)",
        (stream.hex for stream in streams),
    )
    read = SealedAsText()
    clear = store.personal.open_all(read.decode(row[name]) for row in rows for name in ("number", "contract_number"))
    return {
        UUID(row["stream_id"]): _Whose(row["assignment_id"], clear[2 * place], clear[2 * place + 1])
        for place, row in enumerate(rows)
    }


def _opened(store: OtpStore, events: Sequence[Event]) -> dict[Sealed, str | None]:
    """Everything sealed that these events tell, with one look at the keys."""
    sealed = [value for event in events for value in _TOLD[type(event)][1](event).values() if isinstance(value, Sealed)]
    return dict(zip(sealed, store.personal.open_all(sealed), strict=True))


def _published(event: Event, whose: dict[UUID, _Whose], opened: dict[Sealed, str | None]) -> Published:
    name, tell = _TOLD[type(event)]
    assignment, number, line = whose.get(event.originator_id, _Whose(None, None, None))
    data = {key: _clear(key, value, opened) for key, value in tell(event).items()}
    inside = {key: data.pop(key) for key in _FOR_THE_AUDIT_TRAIL if key in data}
    if name == "OtpVoided":
        name = _OVER.get(data["cause"], name)
    return Published(
        name,
        subject=number,
        line=line,
        data={"number": number, "contract_number": line, "assignment": assignment, **data},
        public=name not in _INSIDE,
        inside=inside,
    )


def _clear(key: str, value: Any, opened: dict[Sealed, str | None]) -> Any:
    if not isinstance(value, Sealed):
        return value
    text = opened[value]
    return masked_address(text) if key == "address" and text else text
