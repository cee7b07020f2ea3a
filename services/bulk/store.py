"""The store of files: finding them, their pieces, and the trail of who did it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.among import rows_among
from chassis.clock import Clock, from_micros, to_micros, utc_now
from chassis.origin import current_origin
from chassis.personal_data import Sealed, SealedAsText
from chassis.recorders import Write
from chassis.store import Application
from chassis.trail import Trail
from contracts.base import Channel, Origin, Role, Secret
from contracts.bulk.kinds import OVER, BulkKind, UploadState
from contracts.phone import AuthUnit
from services.bulk.config import BulkConfig
from services.bulk.owner import Acting, Aim, Job
from services.bulk.schema import MIGRATIONS
from services.bulk.upload import Upload
from services.bulk.vault import SECRET, Sort, Vault

RECEIVING = "receiving"
"""State of a row whose parts have not all come; to everybody outside it is being checked."""


@dataclass(frozen=True)
class UploadRow:
    """A file as its row has it."""

    upload_id: UUID
    kind: BulkKind
    state: UploadState
    is_whole: bool
    """Whether all parts have come."""
    session_key: str
    role: Role
    job: Job
    size: int
    parts: int
    chunks: int | None
    """Groups of rows to be looked at; None before the file was read."""
    done: int
    faults: int
    listed: int
    """Numbers in the difference that it makes; 0 before that is known."""
    counts: str
    """How many of them each sort of change concerns, as JSON."""
    untouched: int
    corrections: int
    tries: int
    """Failures in a row that did not pass by themselves."""
    job_key: str | None
    origin: str
    begun_at: datetime
    ended_at: datetime | None

    @property
    def rows(self) -> int:
        """Rows of the file, header and blank ones not counted."""
        return self.job.rows

    @classmethod
    def of(cls, row: dict[str, Any]) -> UploadRow:
        kind = BulkKind(row["kind"])
        job = Job(
            job_id=UUID(row["upload_id"]),
            kind=kind,
            line_id=UUID(row["line_id"]),
            epoch=row["epoch"],
            assignment_id=UUID(row["assignment_id"]),
            session_id=UUID(row["session_id"]),
            session_key=row["session_key"],
            aim=Aim(
                AuthUnit(row["to_unit"]) if row["to_unit"] else None,
                UUID(row["group_id"]) if row["group_id"] else None,
                row["seen"],
            ),
            rows=row["row_count"],
            looked_at=row["changes"],
            role=Role(row["role"]),
        )
        receiving = row["state"] == RECEIVING
        return cls(
            upload_id=job.job_id,
            kind=kind,
            state=UploadState.CHECKING if receiving else UploadState(row["state"]),
            is_whole=not receiving,
            session_key=row["session_key"],
            role=Role(row["role"]),
            job=job,
            ended_at=from_micros(row["ended_at"]) if row["ended_at"] else None,
            begun_at=from_micros(row["begun_at"]),
            **{name: row[name] for name in _AS_THEY_ARE},
        )


_AS_THEY_ARE = (
    "size", "parts", "chunks", "done", "faults", "listed", "counts", "untouched", "corrections", "tries", "job_key",
    "origin",
)  # fmt: skip


class BulkStore(Application):
    """Files and their rows. Personal data is sealed under the key of the number whose login sent the file (AUDIT-5)."""

    name = "bulk"
    migrations = MIGRATIONS

    def __init__(self, config: BulkConfig, clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self.config = config

    def load(self, upload_id: UUID) -> Upload:
        """The file's own history."""
        found: object = self.repository.get(upload_id)
        assert isinstance(found, Upload)
        return found

    def find(self, upload_id: UUID) -> UploadRow | None:
        """The file, or None where there is none, or not any more."""
        row = self.row("SELECT * FROM uploads WHERE upload_id = :id", {"id": upload_id.hex})
        return UploadRow.of(row) if row else None

    def found(self, condition: str, **params: Any) -> list[UploadRow]:
        """The files of a condition, newest first."""
        sql = f"SELECT * FROM uploads WHERE {condition} ORDER BY begun_at DESC LIMIT 20"  # noqa: S608  # own words
        return [UploadRow.of(row) for row in self.rows(sql, params)]

    def waiting(self) -> list[UploadRow]:
        """Files that nobody works on and somebody should, the oldest first."""
        sql = (
            "SELECT * FROM uploads WHERE ended_at IS NULL AND state IN ('checking', 'working') "
            "AND held_until <= :now AND not_before <= :now ORDER BY begun_at LIMIT 20"
        )
        return [UploadRow.of(row) for row in self.rows(sql, {"now": to_micros(self.clock())})]

    def with_numbers(self, row: UploadRow) -> UploadRow:
        """The same, whose job knows the number of the login that sent it, and its line."""
        found = self.row("SELECT number, contract_number FROM whose WHERE upload_id = :id", {"id": row.upload_id.hex})
        assert found is not None
        sealed = [SealedAsText().decode(found[name]) for name in ("number", "contract_number")]
        number, line = (text or "" for text in self.personal.open_all(sealed))
        return replace(row, job=replace(row.job, number=number, contract_number=line))

    # --- pieces ----------------------------------------------------------------------------------------------

    def vault(self, row: UploadRow) -> Vault:
        """Opens and seals what belongs to the file."""
        return Vault(self.personal, row.upload_id, row.job_key)

    def pieces(self, row: UploadRow, sort: Sort) -> dict[int, Any]:
        """All pieces of a sort by their places."""
        found = self.rows(
            "SELECT place, content FROM pieces WHERE upload_id = :id AND sort = :sort ORDER BY place",
            {"id": row.upload_id.hex, "sort": sort.value},
        )
        vault = self.vault(row)
        return {one["place"]: json.loads(vault.open(sort, one["place"], one["content"])) for one in found}

    def piece(self, row: UploadRow, sort: Sort, place: int) -> Any:
        """The content of one piece; None where there is none."""
        found = self.row(
            "SELECT content FROM pieces WHERE upload_id = :id AND sort = :sort AND place = :place",
            {"id": row.upload_id.hex, "sort": sort.value, "place": place},
        )
        return json.loads(self.vault(row).open(sort, place, found["content"])) if found else None

    def places(self, row: UploadRow, sort: Sort) -> set[int]:
        """Which places of a sort there are."""
        found = self.rows(
            "SELECT place FROM pieces WHERE upload_id = :id AND sort = :sort",
            {"id": row.upload_id.hex, "sort": sort.value},
        )
        return {one["place"] for one in found}

    def kept(self, row: UploadRow, sort: Sort, pieces: dict[int, Any]) -> list[Write]:
        """What keeps the pieces; in a save it is a conflict where one of them is there already."""
        vault = self.vault(row)
        rows = [
            {
                "id": row.upload_id.hex,
                "sort": sort.value,
                "place": place,
                "content": vault.seal(sort, place, json.dumps(content)),
            }
            for place, content in pieces.items()
        ]
        return [("INSERT INTO pieces VALUES (:id, :sort, :place, :content)", rows)] if rows else []

    # --- moving on -------------------------------------------------------------------------------------------

    def moved(self, row: UploadRow, state: UploadState, **changes: Any) -> list[Write]:
        """The row in its next state; a conflict where another was quicker. What is over loses its key and its secrets."""
        values: dict[str, Any] = {"state": state.value, **changes}
        if state is not row.state:
            values |= {"held_until": 0, "not_before": 0, "tries": 0}  # whoever brought it here is done with it
        if state in OVER:
            values |= {"job_key": None, "session_key": "", "ended_at": to_micros(self.clock())}
        settings = ", ".join(f"{name} = :{name}" for name in values)
        before = row.state.value if row.is_whole else RECEIVING
        writes: list[Write] = [
            (
                f"UPDATE uploads SET {settings} WHERE upload_id = :id AND state = :before",  # noqa: S608  # own names
                {**values, "id": row.upload_id.hex, "before": before},
                1,
            )
        ]
        if state in OVER:
            secret = ", ".join(f"'{sort}'" for sort in sorted(SECRET))
            writes.append(
                (
                    f"DELETE FROM pieces WHERE upload_id = :id AND sort IN ({secret})",  # noqa: S608  # own names
                    {"id": row.upload_id.hex},
                )
            )
        return writes

    # --- who did it ------------------------------------------------------------------------------------------

    def sealed_origin(self, upload_id: UUID) -> str:
        """Where the request at hand came from, to be stamped on what follows from it later."""
        origin = current_origin()
        state = origin.model_dump(mode="json", exclude={"address"})
        state["address"] = origin.address.reveal() if origin.address else None
        return self.personal.lock_away(json.dumps(state), f"upload {upload_id.hex} origin")

    def origin_of(self, row: UploadRow) -> Origin:
        """That origin, for work that nobody waits for."""
        state = json.loads(self.personal.take_out(row.origin, f"upload {row.upload_id.hex} origin"))
        address = Secret(state["address"]) if state["address"] else None
        return Origin.model_validate({**state, "channel": Channel.BULK, "address": address})

    def begin(self, upload_id: UUID, kind: BulkKind, acting: Acting) -> tuple[Trail, Write]:
        """Who begins a file, and the row by which its events are told whose they are."""
        number = self.personal.seal(acting.assignment_id, acting.number)
        line = self.personal.seal(acting.assignment_id, acting.contract_number)
        text = SealedAsText()
        row = {"id": upload_id.hex, "kind": kind.value, "number": text.encode(number), "line": text.encode(line)}
        trail = self._trail(acting.assignment_id, number, acting.role)
        return trail, ("INSERT INTO whose VALUES (:id, :kind, :number, :line)", row)

    def trail(self, row: UploadRow) -> Trail:
        """The login that sent the file, with the origin at hand."""
        found = self.row("SELECT number FROM whose WHERE upload_id = :id", {"id": row.upload_id.hex})
        assert found is not None
        return self._trail(row.job.assignment_id, SealedAsText().decode(found["number"]), row.role)

    def lines_of(self, uploads: Iterable[UUID]) -> dict[UUID, tuple[str, str | None]]:
        """The kind and the contract number of each file; no number where it was erased."""
        rows = rows_among(
            self,
            "SELECT upload_id, kind, contract_number FROM whose WHERE upload_id IN (:values)",
            (one.hex for one in uploads),
        )
        lines = self.personal.open_all(SealedAsText().decode(row["contract_number"]) for row in rows)
        return {UUID(row["upload_id"]): (row["kind"], line) for row, line in zip(rows, lines, strict=True)}

    def _trail(self, assignment_id: UUID, number: Sealed, role: Role) -> Trail:
        origin = current_origin()
        address = self.personal.seal(assignment_id, origin.address.reveal()) if origin.address else None
        return Trail(
            channel=origin.channel,
            role=role,
            correlation_id=origin.correlation_id,
            actor=number,
            operator=origin.operator,
            address=address,
            address_token=origin.address_token,
            request_id=origin.request_id,
        )
