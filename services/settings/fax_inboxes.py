"""Fax inboxes as their holders use them: listing, opening, deleting and bringing back, and how faxes grow old (FEAT-2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from chassis.clock import from_micros, to_micros
from chassis.parts import to_text
from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.base import Nothing, Secret
from contracts.phone import Feature
from contracts.settings.common import Reach
from contracts.settings.fax_inbox import (
    DeleteFax,
    DocumentDiffers,
    DocumentFault,
    FaxEntry,
    FaxPart,
    FaxPartQuery,
    FaxQuarantined,
    FaxQuery,
    InboxPage,
    InboxQuery,
    InboxRoom,
    NoRoomForFax,
    NoSuchFax,
    RestoreFax,
)
from services.settings.fax_documents import FaxDocuments
from services.settings.fax_inbox import RESTORABLE, FaxInbox, NoRoom, NotThere, Room, inbox_of
from services.settings.fax_parts import without_content
from services.settings.fax_readings import FaxReadings
from services.settings.store import SettingsStore
from services.settings.tiff import Unreadable

FAX = Feature.FAX_NOTIFICATION
AT_ONCE = 50

_PRESENT = "FROM faxes WHERE assignment_id = :id AND deleted_at IS NULL"
_RESTORABLE = "FROM faxes WHERE assignment_id = :id AND deleted_at > :since"


class FaxInboxes:
    """Of all numbers."""

    def __init__(self, store: SettingsStore, documents: FaxDocuments, readings: FaxReadings) -> None:
        self._store = store
        self._documents = documents
        self._readings = readings
        self._room = room_of(store)
        self._kept_for = timedelta(days=store.config.fax_days)

    # --- for the holder --------------------------------------------------------------------------------------

    def page(self, query: InboxQuery) -> InboxPage:
        """Raises `NotContracted`."""
        self._store.require_contracted(query.reach, FAX)
        whose = {"id": query.reach.assignment_id.hex, "since": to_micros(self._store.clock() - RESTORABLE)}
        counted = self._store.row(
            f"SELECT COUNT(*) AS faxes, COALESCE(SUM(size), 0) AS size, COALESCE(SUM(1 - read_already), 0) AS unread {_PRESENT}",
            whose,
        )
        deleted = self._store.row(f"SELECT COUNT(*) AS faxes {_RESTORABLE}", whose)  # own words
        assert counted is not None
        assert deleted is not None
        total = deleted["faxes"] if query.deleted else counted["faxes"]
        pages = max(1, -(-total // query.per_page))
        page = min(query.page, pages)
        listed, order = (_RESTORABLE, "deleted_at") if query.deleted else (_PRESENT, "received_at")
        rows = self._store.rows(
            f"SELECT * {listed} ORDER BY {order} DESC, fax_id LIMIT :most OFFSET :after",  # own words
            {**whose, "most": query.per_page, "after": (page - 1) * query.per_page},
        )
        config = self._store.config
        room = InboxRoom(
            faxes=counted["faxes"],
            size=int(counted["size"]),
            most_faxes=config.fax_count,
            most_bytes=config.fax_bytes,
            most_pages=config.fax_pages,
            days=config.fax_days,
        )
        return InboxPage(
            faxes=tuple(self._entries(rows)),
            page=page,
            pages=pages,
            total=total,
            unread=int(counted["unread"]),
            restorable=deleted["faxes"],
            room=room,
        )

    @retry_on_conflict
    def open(self, query: FaxQuery) -> FaxEntry:
        """Raises `NoSuchFax`, `NotContracted`."""
        store = self._store
        inbox = self._inbox(query.reach)
        try:
            inbox.open(query.fax_id, store.clock())
        except NotThere:
            raise NoSuchFax from None
        if inbox.pending_events:
            writes: list[Write] = [("UPDATE faxes SET read_already = 1 WHERE fax_id = :fax", {"fax": query.fax_id.hex})]
            store.save(inbox, writes=writes, trail=store.trail_of(query.reach))
        (entry,) = self._entries(store.rows("SELECT * FROM faxes WHERE fax_id = :fax", {"fax": query.fax_id.hex}))
        return entry

    @retry_on_conflict
    def delete(self, request: DeleteFax) -> Nothing:
        """Raises `NoSuchFax`, `NotContracted`."""
        inbox, now = self._inbox(request.reach), self._store.clock()
        try:
            inbox.delete(request.fax_id, now)
        except NotThere:
            raise NoSuchFax from None
        return self._moved(inbox, request, to_micros(now))

    @retry_on_conflict
    def restore(self, request: RestoreFax) -> Nothing:
        """Raises `NoSuchFax`, also when its day is over, `NoRoomForFax`, `NotContracted`."""
        inbox, now = self._inbox(request.reach), self._store.clock()
        try:
            inbox.restore(request.fax_id, self._room, now)
        except NotThere:
            raise NoSuchFax from None
        except NoRoom:
            raise NoRoomForFax from None
        return self._moved(inbox, request, None)

    def _moved(self, inbox: FaxInbox, request: DeleteFax | RestoreFax, deleted_at: int | None) -> Nothing:
        if inbox.pending_events:
            row = {"fax": request.fax_id.hex, "at": deleted_at}
            writes: list[Write] = [("UPDATE faxes SET deleted_at = :at WHERE fax_id = :fax", row)]
            self._store.save(inbox, writes=writes, trail=self._store.trail_of(request.reach))
        return Nothing()

    def part(self, query: FaxPartQuery) -> FaxPart:
        """Raises `NoSuchFax`, `FaxQuarantined`, `Busy`, `NotContracted`."""
        inbox = self._inbox(query.reach)
        fax = inbox.faxes.get(query.fax_id.hex)
        document = self._documents.find(query.fax_id)
        if fax is None or fax["deleted_at"] is not None or document is None:
            raise NoSuchFax
        if document.fault is not None:
            raise FaxQuarantined
        if query.form.value == "preview" and query.page > document.pages:
            raise NoSuchFax
        try:
            found = self._readings.read(document, query.form, query.page, query.place)
        except Unreadable:
            raise FaxQuarantined from None
        except DocumentDiffers:  # it went for good in this very moment
            raise NoSuchFax from None
        if found is None:
            raise NoSuchFax
        content, parts, size = found
        return FaxPart(content=Secret(to_text(content)), parts=parts, size=size)

    # --- growing old -----------------------------------------------------------------------------------------

    def sweep(self) -> bool:
        """Let go of what was kept long enough; true when there is more."""
        now = self._store.clock()
        rows = self._store.rows(
            "SELECT DISTINCT assignment_id FROM faxes WHERE kept_at <= :old OR deleted_at <= :gone LIMIT :most",
            {"old": to_micros(now - self._kept_for), "gone": to_micros(now - RESTORABLE), "most": AT_ONCE},
        )
        for row in rows:
            self._grow_old(UUID(row["assignment_id"]))
        return self._documents.sweep() or len(rows) == AT_ONCE

    @retry_on_conflict
    def _grow_old(self, assignment_id: UUID) -> None:
        inbox = self._find(assignment_id)
        if inbox is None:
            return
        gone = inbox.grow_old(self._kept_for, self._store.clock())
        if gone:
            self._store.save(inbox, writes=without_faxes(gone), trail=self._store.trail_of_system())

    # --- parts -----------------------------------------------------------------------------------------------

    def _inbox(self, reach: Reach) -> FaxInbox:
        self._store.require_contracted(reach, FAX)
        found = self._find(reach.assignment_id)
        if found is None:
            raise NoSuchFax
        return found

    def _find(self, assignment_id: UUID) -> FaxInbox | None:
        return find_inbox(self._store, assignment_id)

    def _entries(self, rows: list[dict[str, Any]]) -> list[FaxEntry]:
        sealed = [Sealed(UUID(row["assignment_id"]), row["caller"]) if row["caller"] else None for row in rows]
        return [
            self._entry(row, caller) for row, caller in zip(rows, self._store.personal.open_all(sealed), strict=True)
        ]

    def _entry(self, row: dict[str, Any], caller: str | None) -> FaxEntry:
        deleted = from_micros(row["deleted_at"]) if row["deleted_at"] else None
        return FaxEntry(
            fax_id=UUID(row["fax_id"]),
            received_at=from_micros(row["received_at"]),
            caller=caller,
            pages=row["pages"],
            size=row["size"],
            read=bool(row["read_already"]),
            fault=DocumentFault(row["fault"]) if row["fault"] else None,
            kept_until=from_micros(row["kept_at"]) + self._kept_for,
            deleted_at=deleted,
            restorable_until=deleted + RESTORABLE if deleted else None,
        )


def room_of(store: SettingsStore) -> Room:
    """What each inbox holds at most."""
    return Room(faxes=store.config.fax_count, size=store.config.fax_bytes)


def find_inbox(store: SettingsStore, assignment_id: UUID) -> FaxInbox | None:
    """The inbox of a number, once a fax has come; None after the number was removed."""
    try:
        found: object = store.repository.get(inbox_of(assignment_id))
    except AggregateNotFoundError:
        return None
    assert isinstance(found, FaxInbox)
    return None if found.ended else found


def ending(store: SettingsStore, assignment_id: UUID, now: datetime) -> tuple[list[Any], list[Write]]:
    """What goes with a number that leaves its line: every fax, read or not (LINE-6, LINE-9)."""
    inbox = find_inbox(store, assignment_id)
    if inbox is None:
        return [], []
    gone = [UUID(name) for name in inbox.faxes]
    inbox.end(now)
    return [inbox], without_faxes(gone)


def without_faxes(fax_ids: list[UUID]) -> list[Write]:
    """To be saved where faxes go for good: the rows, and all that is kept of the documents."""
    rows = [{"fax": one.hex} for one in fax_ids]
    return [("DELETE FROM faxes WHERE fax_id = :fax", rows), *without_content(fax_ids)] if rows else []
