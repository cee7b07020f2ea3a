"""What people do with the files that they sent: look, confirm, give up (BULK-1..9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from chassis.clock import to_micros
from chassis.store import retry_on_conflict
from contracts.bulk.api import (
    AnotherJobRuns,
    Confirm,
    CorrectionsUnconfirmed,
    Download,
    DownloadRow,
    FaultsPiece,
    FaultsQuery,
    KindQuery,
    NoSuchUpload,
    NotReady,
    Progress,
    UploadId,
    UploadQuery,
    Uploads,
    UploadView,
)
from contracts.bulk.faults import Correction, RowFault
from contracts.bulk.kinds import COLUMNS, BulkKind, UploadState, Withdrawal
from services.bulk import difference
from services.bulk.owner import Aim, Owner, owner_of
from services.bulk.store import BulkStore, UploadRow
from services.bulk.upload import OPEN, OutOfTurn
from services.bulk.vault import Sort

SHOWN = 100
"""Faults and corrections on a page."""
CONFIRMED = frozenset({UploadState.WORKING, UploadState.COMPLETED, UploadState.FAILED})


class Who(Protocol):
    """Tells who is behind a login, however far it may go."""

    def behind(self, session_key: str) -> UUID:
        """The assignment of its number. Raises `NoSession`."""
        ...


class Desk:
    """Where files are asked after and decided on."""

    def __init__(self, store: BulkStore, owners: Mapping[BulkKind, Owner], who: Who) -> None:
        self._store = store
        self._owners = owners
        self._who = who

    # --- asking after ----------------------------------------------------------------------------------------

    def view(self, query: UploadQuery) -> UploadView:
        """Everything that a page shows. Raises `NoSession`, `NoSuchUpload`."""
        return self._view(self._mine(query), query.page)

    def list(self, query: KindQuery) -> Uploads:
        """What this login can come back to: its own files, also of former logins of the same number; of one group, if named."""
        given = {"own": self._who.behind(query.session_key).hex, "kind": query.kind.value}
        wanted = "assignment_id = :own AND kind = :kind AND state <> 'withdrawn'"
        if query.group_id is not None:
            wanted, given = f"{wanted} AND group_id = :group", {**given, "group": query.group_id.hex}
        rows = self._store.found(wanted, **given)
        waiting = self._store.found(
            "assignment_id = :own AND session_key = :key AND state IN ('checking', 'ready')",
            own=given["own"],
            key=query.session_key,
        )
        return Uploads(
            uploads=tuple(self._view(row, page=None) for row in rows),
            would_end=tuple(self._view(row, page=None) for row in waiting),
        )

    def faults(self, query: FaultsQuery) -> FaultsPiece:
        """All faults, piece by piece. Raises `NoSession`, `NoSuchUpload`."""
        row = self._mine(query)
        piece = self._store.piece(row, Sort.FAULTS, query.piece)
        return FaultsPiece(
            faults=tuple(map(RowFault.model_validate, piece or ())), pieces=len(self._store.places(row, Sort.FAULTS))
        )

    def progress(self, upload_id: UUID) -> Progress:
        """How far it has come. Raises `NoSuchUpload`."""
        row = self._store.find(upload_id)
        if row is None:
            raise NoSuchUpload
        return Progress(state=row.state, rows=row.rows, done=row.done)

    def download(self, query: KindQuery) -> Download:
        """The file to start from (BULK-5). Raises auth's refusals."""
        line = owner_of(self._owners, query.kind).line(query.session_key, Aim(group_id=query.group_id))
        rows = tuple(DownloadRow(cells=(number, *cells)) for number, cells in line.shown.items())
        return Download(columns=COLUMNS[query.kind], rows=rows)

    # --- deciding --------------------------------------------------------------------------------------------

    @retry_on_conflict
    def confirm(self, request: Confirm) -> None:
        """From now on it goes on by itself. A second time it changes nothing.

        Raises auth's refusals, `NoSuchUpload`, `NotReady`, `CorrectionsUnconfirmed`, `AnotherJobRuns`.
        """
        row = self._mine(request)
        if row.state in CONFIRMED:
            return
        was_shown = row.listed > 0  # else by an older version, before an upgrade: nobody has seen what it changes
        if row.state is not UploadState.READY or self._is_too_old(row) or not was_shown:
            raise NotReady
        acting = owner_of(self._owners, row.kind).admit(request.session_key, begun=True)
        if row.corrections and not request.corrected:
            raise CorrectionsUnconfirmed
        if self._store.found("line_id = :line AND state = 'working'", line=row.job.line_id.hex):
            raise AnotherJobRuns
        upload = self._store.load(row.upload_id)
        try:
            upload.accept(self._store.clock())
        except OutOfTurn as error:
            raise NotReady from error
        moved = self._store.moved(
            row,
            UploadState.WORKING,
            done=0,
            session_id=acting.session_id.hex,
            session_key=request.session_key,
            origin=self._store.sealed_origin(row.upload_id),
        )
        self._store.save(upload, writes=moved, trail=self._store.trail(row))

    def withdraw(self, request: UploadId) -> None:
        """Give it up. What is over or was confirmed stays as it is. Raises `NoSession`, `NoSuchUpload`."""
        self.give_up(self._mine(request).upload_id, Withdrawal.CANCELLED)

    @retry_on_conflict
    def give_up(self, upload_id: UUID, cause: Withdrawal) -> None:
        """Let it and its secrets go, unless it was confirmed meanwhile."""
        row = self._store.find(upload_id)
        if row is None or row.state not in OPEN:
            return
        upload = self._store.load(upload_id)
        upload.withdraw(cause.value, self._store.clock())
        moved = self._store.moved(row, UploadState.WITHDRAWN)
        self._store.save(upload, writes=moved, trail=self._store.trail(row))

    # --- as time goes by -------------------------------------------------------------------------------------

    def sweep(self) -> bool:
        """Give up what was never confirmed, and forget the rows of what has long been over; never says there is more."""
        now, config = self._store.clock(), self._store.config
        old = to_micros(now - config.unconfirmed)
        for row in self._store.found("ended_at IS NULL AND state <> 'working' AND begun_at <= :old", old=old):
            self.give_up(row.upload_id, Withdrawal.EXPIRED)
        for row in self._store.found("ended_at <= :old", old=to_micros(now - config.kept)):
            params = {"id": row.upload_id.hex}
            self._store.save(
                writes=[
                    ("DELETE FROM pieces WHERE upload_id = :id", params),
                    ("DELETE FROM uploads WHERE upload_id = :id", params),
                ]
            )
        return False

    # --- within ----------------------------------------------------------------------------------------------

    def _mine(self, request: UploadId) -> UploadRow:
        assignment_id = self._who.behind(request.session_key)
        row = self._store.find(request.upload_id)
        if row is None or row.job.assignment_id != assignment_id:
            raise NoSuchUpload
        return row

    def _is_too_old(self, row: UploadRow) -> bool:
        return self._store.clock() >= row.begun_at + self._store.config.unconfirmed

    def _view(self, row: UploadRow, page: int | None) -> UploadView:
        """Without a page only what the row itself has."""
        pages = max(1, -(-row.listed // difference.SHOWN))
        here = max(1, min(page or 1, pages))
        view = UploadView(
            upload_id=row.upload_id,
            kind=row.kind,
            state=row.state,
            to_unit=row.job.aim.to_unit,
            group_id=row.job.aim.group_id,
            rows=row.rows,
            done=row.done,
            fault_count=row.faults,
            correction_count=row.corrections,
            counts=difference.counts_of(row),
            change_count=row.listed,
            untouched=row.untouched,
            page=here,
            pages=pages,
            uploaded_at=row.begun_at,
            ended_at=row.ended_at,
        )
        if page is None:
            return view
        return view.model_copy(
            update={
                "faults": tuple(map(RowFault.model_validate, self._first(row, Sort.FAULTS))),
                "corrections": tuple(map(Correction.model_validate, self._first(row, Sort.CORRECTIONS))),
                "changes": difference.page_of(self._store, row, here - 1),
                "withdrawal": self._why_given_up(row),
            }
        )

    def _why_given_up(self, row: UploadRow) -> Withdrawal | None:
        if row.state is not UploadState.WITHDRAWN:
            return None
        return Withdrawal(self._store.load(row.upload_id).withdrawal)

    def _first(self, row: UploadRow, sort: Sort) -> Sequence[object]:
        return (self._store.piece(row, sort, 0) or [])[:SHOWN]
