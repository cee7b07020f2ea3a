"""Faxes from the network into the inboxes of their numbers, each once (FEAT-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import to_micros
from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.phone import Feature
from contracts.settings.fax_inbox import DocumentTaken, DocumentUnknown, FaxOutcome
from contracts.settings.fax_notification import FaxNotification
from contracts.settings.network import FaxReceivedEvent
from services.settings.changes import Changes
from services.settings.fax_arrived import FaxArrived
from services.settings.fax_documents import FaxDocuments
from services.settings.fax_inbox import FaxInbox
from services.settings.fax_inboxes import find_inbox, room_of, without_faxes
from services.settings.fax_notices import FaxNotices
from services.settings.fax_parts import Document
from services.settings.store import Held, SettingsStore

FAX = Feature.FAX_NOTIFICATION
_STILL_HELD = "UPDATE numbers SET removed = 0 WHERE assignment_id = :id AND removed = 0"
"""Touches no row where the number has left its line meanwhile: a conflict, instead of a fax that nobody ever deletes."""


class FaxArrivals:
    """Of all numbers."""

    def __init__(self, store: SettingsStore, documents: FaxDocuments, changes: Changes, notices: FaxNotices) -> None:
        self._store = store
        self._documents = documents
        self._changes = changes
        self._notices = notices
        self._room = room_of(store)

    def whenever_a_fax_came(self, event: FaxReceivedEvent) -> tuple[list[Any], list[Write]]:
        """Then it is in the inbox of its number. Raises `DocumentUnknown`, `DocumentTaken`."""
        _, aggregates, writes = self._follow(FaxArrived.of(event))
        return aggregates, writes

    @retry_on_conflict
    def receive(self, request: FaxArrived) -> FaxOutcome:
        """The same by itself, and what became of the fax. Raises `DocumentUnknown`, `DocumentTaken`."""
        outcome, aggregates, writes = self._follow(request)
        if aggregates or writes:
            self._store.save(*aggregates, writes=writes, trail=self._store.trail_of_system())
        return outcome

    def _follow(self, request: FaxArrived) -> tuple[FaxOutcome, list[Any], list[Write]]:
        """What becomes of it, and what is to be saved; nothing where that was done before."""
        # The document first: it may be claimed between the two, by this very event on its other way.
        document = self._documents.find(request.document_id)
        earlier = self._documents.claimed_by(request.event_id)
        if earlier is not None and earlier.outcome is not None:
            return earlier.outcome, [], []
        if document is None:
            raise DocumentUnknown
        if document.event_id is not None:
            raise DocumentTaken
        held = self._holder(request.number)
        if held is None:
            turned_away = self._documents.turn_away(document, request.event_id, FaxOutcome.NO_INBOX)
            return FaxOutcome.NO_INBOX, [], turned_away
        return self._take_in(request, document, held)

    def _take_in(
        self, request: FaxArrived, document: Document, held: Held
    ) -> tuple[FaxOutcome, list[Any], list[Write]]:
        store, now = self._store, self._store.clock()
        inbox = find_inbox(self._store, held.assignment_id) or FaxInbox.begin(held.assignment_id, now)
        rules = self._changes.present(held.assignment_id, FAX)
        assert isinstance(rules, FaxNotification)
        caller = store.personal.seal(held.assignment_id, request.caller) if request.caller else None
        outcome, dropped = inbox.receive(
            document.document_id,
            event_id=request.event_id,
            caller=caller,
            at=min(request.at, now),
            pages=document.pages,
            size=document.size,
            fault=document.fault,
            room=self._room,
            when_full=rules.when_full,
            now=now,
        )
        if outcome is FaxOutcome.FULL:
            writes = self._documents.turn_away(document, request.event_id, outcome)
        else:
            writes = [
                self._documents.claim(document, request.event_id, held.assignment_id, outcome),
                self._row_of(request, document, held.assignment_id, caller, now),
            ]
        writes += [(_STILL_HELD, {"id": held.assignment_id.hex}, 1), *without_faxes(dropped)]
        if rules.on:
            writes += self._notices.of_fax(held, rules, request, document, outcome)
        return outcome, [inbox], writes

    def _holder(self, number: str) -> Held | None:
        self._store.hurry()  # what auth told last may be that somebody else has the number
        return self._store.holder_of(number, FAX)

    @staticmethod
    def _row_of(
        request: FaxArrived, document: Document, assignment_id: UUID, caller: Sealed | None, now: datetime
    ) -> Write:
        return (
            "INSERT INTO faxes VALUES (:fax, :id, :received, :caller, :pages, :size, :fault, 0, :now, NULL)",
            {
                "fax": document.document_id.hex,
                "id": assignment_id.hex,
                "received": to_micros(min(request.at, now)),
                "caller": caller.ciphertext if caller else None,
                "pages": document.pages,
                "size": document.size,
                "fault": document.fault.value if document.fault else None,
                "now": to_micros(now),
            },
        )
