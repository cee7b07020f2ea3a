"""Files on their way in, part by part (BULK-6, BULK-8); with the last part the check begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import to_micros
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.bulk.api import AddPart, NoSuchUpload
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import MOST_BYTES, OVER, PART_BYTES, BulkKind, UploadState, Withdrawal
from contracts.phone import AuthUnit
from services.bulk.owner import Acting, Owner, owner_of
from services.bulk.results import rejection
from services.bulk.store import RECEIVING, BulkStore, UploadRow
from services.bulk.upload import OPEN, Upload
from services.bulk.vault import Sort, Vault

MOST_OPEN = 5
"""Files of one line that wait to be confirmed; the oldest gives way. Each holds its rows in the store."""
COMPARED = frozenset({BulkKind.PASSWORDS, BulkKind.OTP})
"""Kinds whose check tells whether what a row sets is what the number has already (PWD-2). Of a unit's it counts as a guess."""
LATELY = (
    "(SELECT COUNT(*) FROM uploads u WHERE u.assignment_id = :own AND u.begun_at > :since "
    "AND u.kind IN ('passwords', 'otp') AND (u.row_count > 0 OR u.ended_at IS NULL))"
)
"""Such files of one sender that were looked into, or are to be."""


class BadPart(ValueError):
    """No part that a file can have."""


class Receiving:
    """Takes files in. One object a process."""

    def __init__(
        self, store: BulkStore, owners: Mapping[BulkKind, Owner], give_up: Callable[[UUID, Withdrawal], None]
    ) -> None:
        self._store = store
        self._owners = owners
        self._give_up = give_up

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
        owner = owner_of(self._owners, request.kind)
        if (request.kind is BulkKind.UNIT) is (request.to_unit in {None, AuthUnit.NUMBER}):
            raise BadPart("no such unit to change to")
        if (request.kind is BulkKind.FORWARDING) is (request.group_id is None):
            raise BadPart("a group has targets, and nothing else has a group")
        acting = owner.admit(request.session_key)
        upload = Upload.begin(upload_id=request.upload_id, kind=request.kind.value, now=self._store.clock())
        trail, whose = self._store.begin(request.upload_id, request.kind, acting)
        row, kept = self._row(request, acting)
        problem = self._refusal(request, acting)
        if problem is None:
            self._make_room(acting)
            writes = self._not_one_too_many(request, acting)
        else:
            writes = rejection(self._store, row, upload, problem)
        self._store.save(upload, writes=[whose, kept, *writes], trail=trail)
        found = self._store.find(request.upload_id)
        assert found is not None
        return found

    def _refusal(self, request: AddPart, acting: Acting) -> Problem | None:
        """Why a file is not even looked at."""
        if request.size > MOST_BYTES:
            return Problem.TOO_LARGE
        if request.kind in COMPARED and self._store.row(f"SELECT 1 WHERE {LATELY} >= :most", self._lately(acting)):
            return Problem.TOO_MANY_FILES
        return None

    def _not_one_too_many(self, request: AddPart, acting: Acting) -> list[Write]:
        """A conflict where others were begun in the same moment, this one counted already: nobody gets one for nothing."""
        if request.kind not in COMPARED:
            return []
        guard = f"UPDATE uploads SET tries = tries WHERE upload_id = :id AND {LATELY} <= :most"  # noqa: S608  # own words
        return [(guard, {**self._lately(acting), "id": request.upload_id.hex}, 1)]

    def _lately(self, acting: Acting) -> dict[str, Any]:
        """Of one sender: who reaches the whole line is one number, and what others send of their own is no matter of it."""
        since = self._store.clock() - timedelta(days=1)
        most = self._store.config.bulk_files_a_day
        return {"own": acting.assignment_id.hex, "since": to_micros(since), "most": most}

    def _row(self, request: AddPart, acting: Acting) -> tuple[UploadRow, Write]:
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
            "ended_at": None,
            "chunks": None,
            "listed": 0,
            "counts": "{}",
            "tries": 0,
        }
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        insert = f"INSERT INTO uploads ({names}) VALUES ({places})"  # noqa: S608  # own names
        return UploadRow.of(values), (insert, values)

    def _make_room(self, acting: Acting) -> None:
        """A newer file of the same login takes the place of one that was not confirmed."""
        open_states = ", ".join(f"'{state}'" for state in (RECEIVING, *sorted(OPEN)))
        waiting = self._store.found(f"line_id = :line AND state IN ({open_states})", line=acting.line_id.hex)
        for place, row in enumerate(waiting):
            if row.job.session_id == acting.session_id or place >= MOST_OPEN - 1:
                self._give_up(row.upload_id, Withdrawal.REPLACED)


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
