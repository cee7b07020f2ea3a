"""The bulk service's remote procedures: sending a file, looking at it, confirming it or giving it up (BULK-1..10)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.base import HistoryPage, HistoryQuery, Message, Nothing, Refusal, Secret
from contracts.bulk.changes import ChangeCount, NumberChange
from contracts.bulk.faults import Correction, RowFault
from contracts.bulk.kinds import BulkKind, Column, UploadState, Withdrawal
from contracts.phone import AuthUnit


class AddPart(Message):
    """A part of a file; with the last one the check begins. The same part may be sent again.

    The first part names the kind, and makes a file of the same login that was not confirmed yet withdrawn.
    """

    session_key: str
    upload_id: UUID
    kind: BulkKind
    to_unit: AuthUnit | None = None
    """The unit that is wished for (kind `unit`)."""
    group_id: UUID | None = None
    """Kind `forwarding`."""
    seen: int = 0
    """The group's version when the page was shown from which the file is sent."""
    size: int
    """Bytes of the whole file. One that is too large needs no part: `place` 0 with nothing in it."""
    place: int
    of: int
    part: Secret
    """base64"""


class UploadId(Message):
    session_key: str
    upload_id: UUID


class UploadQuery(UploadId):
    page: int = 1
    """Of `changes`."""


class NoSuchUpload(Refusal):
    """There is none, not any more, or it is another's."""


class UploadView(Message):
    """Everything that a page shows of a file."""

    upload_id: UUID
    kind: BulkKind
    state: UploadState
    to_unit: AuthUnit | None = None
    group_id: UUID | None = None
    rows: int
    done: int
    """Rows that were checked, or while working made ready, of `rows`."""
    faults: tuple[RowFault, ...] = ()
    """The first ones; `all_faults` has the others."""
    fault_count: int = 0
    corrections: tuple[Correction, ...] = ()
    """The first ones."""
    correction_count: int = 0
    counts: tuple[ChangeCount, ...] = ()
    """The difference in figures: each sort that there is. Known when it was checked."""
    changes: tuple[NumberChange, ...] = ()
    """The difference number by number, in the order of the file; one page of it."""
    change_count: int = 0
    """Numbers in the whole difference."""
    untouched: int = 0
    """Numbers that could be in the file and are not."""
    page: int = 1
    pages: int = 1
    withdrawal: Withdrawal | None = None
    """Why it was given up, where it was; not told in a list."""
    uploaded_at: datetime
    ended_at: datetime | None = None


class Confirm(UploadId):
    corrected: bool = False
    """Whether the corrections were confirmed too (BULK-7)."""


class NotReady(Refusal):
    """It cannot be confirmed: it is over, already confirmed, or still being checked. Nothing was done."""


class CorrectionsUnconfirmed(Refusal):
    """There are corrections, and they were not confirmed. Nothing was done."""


class AnotherJobRuns(Refusal):
    """Another file of this line is being worked on; this one stays ready (BULK-9)."""


class ProgressQuery(Message):
    """Whoever knows the upload's id may ask: it tells counts only."""

    upload_id: UUID


class Progress(Message):
    state: UploadState
    rows: int
    done: int


class FaultsQuery(UploadId):
    piece: int = 0


class FaultsPiece(Message):
    """Faults in the order of the file, some hundreds at a time."""

    faults: tuple[RowFault, ...]
    pieces: int


class KindQuery(Message):
    session_key: str
    kind: BulkKind
    group_id: UUID | None = None
    """Of which group the download or the files are (kind `forwarding`)."""


class Uploads(Message):
    """What this login can come back to, newest first: what is under way, and what came to an end lately."""

    uploads: tuple[UploadView, ...]
    would_end: tuple[UploadView, ...] = ()
    """Of whichever kind, what this login has sent and not confirmed: another file takes its place."""


class DownloadRow(Message):
    """The cells of one row, without anything secret (BULK-5)."""

    cells: tuple[str, ...]


class Download(Message):
    """The file to start from."""

    columns: tuple[Column, ...]
    rows: tuple[DownloadRow, ...]


class BulkApi(Protocol):
    """The bulk service's remote procedures. Sessions are auth's: its `NoSession` and `NotInReach` come through."""

    def add_part(self, request: AddPart) -> Nothing: ...
    def upload(self, request: UploadQuery) -> UploadView: ...
    def uploads(self, request: KindQuery) -> Uploads: ...
    def all_faults(self, request: FaultsQuery) -> FaultsPiece: ...
    def progress(self, request: ProgressQuery) -> Progress: ...
    def confirm(self, request: Confirm) -> Nothing: ...
    def withdraw(self, request: UploadId) -> Nothing: ...
    def download(self, request: KindQuery) -> Download: ...
    def history(self, request: HistoryQuery) -> HistoryPage: ...
