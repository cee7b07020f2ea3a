"""What people do with their files: send, look, confirm, give up (BULK-1..9)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from chassis.clock import to_micros
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.bulk.api import (
    AddPart,
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
from contracts.bulk.faults import Correction, Problem, RowFault
from contracts.bulk.kinds import COLUMNS, MOST_BYTES, OVER, PART_BYTES, BulkKind, UploadState
from contracts.phone import AuthUnit
from services.bulk import difference
from services.bulk.owner import Acting, Aim, Owner
from services.bulk.results import rejected
from services.bulk.store import RECEIVING, BulkStore, UploadRow
from services.bulk.upload import OPEN, OutOfTurn, Upload
from services.bulk.vault import Sort, Vault

MOST_OPEN = 5
"""Files of one line that wait to be confirmed; the oldest gives way. Each holds its rows in the store."""
COMPARED = frozenset({BulkKind.PASSWORDS, BulkKind.OTP})
"""Kinds whose check tells whether what a row sets is what the number has already (PWD-2). Of a unit's it counts as a guess."""
SHOWN = 100
"""Faults and corrections on a page."""
CONFIRMED = frozenset({UploadState.WORKING, UploadState.COMPLETED, UploadState.FAILED})


class BadPart(ValueError):
    """No part that a file can have, or of a kind that nobody here takes."""


class Who(Protocol):
    """Tells who is behind a login, however far it may go."""

    def behind(self, session_key: str) -> UUID:
        """The assignment of its number. Raises `NoSession`."""
        ...


class Desk:
    """Where files are handed in and asked after."""

    def __init__(self, store: BulkStore, owners: Mapping[BulkKind, Owner], who: Who) -> None:
        self._store = store
        self._owners = owners
        self._who = who

    # --- handing in ------------------------------------------------------------------------------------------

    @retry_on_conflict
    def add_part(self, request: AddPart) -> None:
        """Keep the part; the last one lets the check begin. Raises auth's refusals, `NoSuchUpload`, `BadPart`."""
        row = self._store.find(request.upload_id) or self._begin(request)
        if row.session_key != request.session_key and row.state not in OVER:
            raise NoSuchUpload
        if row.is_whole or row.state in OVER:
            return  # a part that was delivered twice
        here = self._store.places(row, Sort.PART)
        part = _read(request)
        writes: list[Write] = []
        if request.place not in here:
            text = base64.b64encode(part).decode()
            writes += self._store.kept(row, Sort.PART, {request.place: text})
        if len({*here, request.place}) == row.parts:
            writes += self._store.moved(row, UploadState.CHECKING)
        self._store.save(writes=writes)

    def _begin(self, request: AddPart) -> UploadRow:
        if (request.kind is BulkKind.UNIT) is (request.to_unit in {None, AuthUnit.NUMBER}):
            raise BadPart("no such unit to change to")
        if (request.kind is BulkKind.FORWARDING) is (request.group_id is None):
            raise BadPart("a group has targets, and nothing else has a group")
        acting = self._owner(request.kind).admit(request.session_key)
        now = self._store.clock()
        upload = Upload.begin(upload_id=request.upload_id, kind=request.kind.value, now=now)
        trail, whose = self._store.begin(request.upload_id, request.kind, acting)
        problem = self._refusal(request, acting)
        self._make_room(acting)
        self._store.save(upload, writes=[whose, self._row(request, acting)], trail=trail)
        row = self._store.find(request.upload_id)
        assert row is not None
        if problem is not None:
            rejected(self._store, row, [RowFault(row=None, column=None, problem=problem)], rows=0)
            return self._store.find(request.upload_id) or row
        return row

    def _refusal(self, request: AddPart, acting: Acting) -> Problem | None:
        """Why a file is not even looked at."""
        if request.size > MOST_BYTES:
            return Problem.TOO_LARGE
        lately = self._store.clock() - timedelta(days=1)
        most = self._store.config.bulk_files_a_day
        if request.kind in COMPARED and self._store.looked_into(acting.line_id, COMPARED, lately) >= most:
            return Problem.TOO_MANY_FILES
        return None

    def _row(self, request: AddPart, acting: Acting) -> Write:
        values = {
            "upload_id": request.upload_id.hex,
            "kind": request.kind.value,
            "state": RECEIVING,
            "to_unit": request.to_unit.value if request.to_unit else None,
            "group_id": request.group_id.hex if request.group_id else None,
            "seen": request.seen,
            "line_id": acting.line_id.hex,
            "assignment_id": acting.assignment_id.hex,
            "session_id": acting.session_id.hex,
            "session_key": request.session_key,
            "role": acting.role.value,
            "epoch": acting.epoch,
            "size": request.size,
            "parts": request.of,
            **dict.fromkeys(("row_count", "done", "faults", "changes", "untouched", "corrections"), 0),
            "job_key": Vault.new_key(self._store.personal, request.upload_id),
            "origin": self._store.sealed_origin(request.upload_id),
            "held_until": 0,
            "not_before": 0,
            "begun_at": to_micros(self._store.clock()),
        }
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        return (f"INSERT INTO uploads ({names}) VALUES ({places})", values)  # noqa: S608  # own names

    def _make_room(self, acting: Acting) -> None:
        """A newer file of the same login takes the place of one that was not confirmed."""
        open_states = ", ".join(f"'{state}'" for state in (RECEIVING, *sorted(OPEN)))
        waiting = self._store.found(f"line_id = :line AND state IN ({open_states})", line=acting.line_id.hex)
        for place, row in enumerate(waiting):
            if row.job.session_id == acting.session_id or place >= MOST_OPEN - 1:
                self.give_up(row.upload_id, "replaced")

    # --- asking after ----------------------------------------------------------------------------------------

    def view(self, query: UploadQuery) -> UploadView:
        """Everything that a page shows. Raises `NoSession`, `NoSuchUpload`."""
        return self._view(self._mine(query), query.page)

    def list(self, query: KindQuery) -> Uploads:
        """What this login can come back to: its own files, also of former logins of the same number."""
        assignment_id = self._who.behind(query.session_key)
        rows = self._store.found(
            "assignment_id = :own AND kind = :kind AND state <> 'withdrawn'",
            own=assignment_id.hex,
            kind=query.kind.value,
        )
        return Uploads(uploads=tuple(self._view(row, page=None) for row in rows))

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
        line = self._owner(query.kind).line(query.session_key, Aim(group_id=query.group_id))
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
        if row.state is not UploadState.READY or self._is_too_old(row):
            raise NotReady
        acting = self._owner(row.kind).admit(request.session_key, begun=True)
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
        self.give_up(self._mine(request).upload_id, "cancelled")

    @retry_on_conflict
    def give_up(self, upload_id: UUID, cause: str) -> None:
        """Let it and its secrets go, unless it was confirmed meanwhile."""
        row = self._store.find(upload_id)
        if row is None or row.state not in OPEN:
            return
        upload = self._store.load(upload_id)
        upload.withdraw(cause, self._store.clock())
        moved = self._store.moved(row, UploadState.WITHDRAWN)
        self._store.save(upload, writes=moved, trail=self._store.trail(row))

    # --- as time goes by -------------------------------------------------------------------------------------

    def sweep(self) -> bool:
        """Give up what was never confirmed, and forget the rows of what has long been over; never says there is more."""
        now, config = self._store.clock(), self._store.config
        old = to_micros(now - config.unconfirmed)
        for row in self._store.found("ended_at IS NULL AND state <> 'working' AND begun_at <= :old", old=old):
            self.give_up(row.upload_id, "expired")
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

    def _owner(self, kind: BulkKind) -> Owner:
        owner = self._owners.get(kind)
        if owner is None:
            raise BadPart(f"nobody takes files of kind {kind}")
        return owner

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
            }
        )

    def _first(self, row: UploadRow, sort: Sort) -> Sequence[object]:
        return (self._store.piece(row, sort, 0) or [])[:SHOWN]


def _read(request: AddPart) -> bytes:
    """The bytes of a part. Raises `BadPart`."""
    parts = max(1, -(-request.size // PART_BYTES)) if request.size <= MOST_BYTES else 1
    if request.of != parts or not 0 <= request.place < parts:
        raise BadPart("no such part")
    try:
        part = base64.b64decode(request.part.reveal(), validate=True)
    except binascii.Error:
        raise BadPart("not base64") from None
    if len(part) > PART_BYTES:
        raise BadPart("too long")
    return part
