"""What all bulk work of auth has in common: rows as they come, results for our own eyes, the mark of a job (BULK-9)."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import to_micros
from chassis.loading import load_many
from chassis.recorders import Write
from contracts.auth.bulk import ApplyBulk, BulkApplied, BulkRows
from services.auth.credential import Credential
from services.auth.store import AuthStore, NumberRow


@dataclass(frozen=True)
class BulkRow:
    """One number and the password that stands beside it."""

    owner: NumberRow
    credential: Credential
    version: int
    password: str

    @property
    def moved(self) -> bool:
        return has_moved(self.credential, self.version)


def has_moved(credential: Credential, version: int) -> bool:
    """Whether anything has happened to a number that wins over a job which was checked before (BULK-9).

    Logins and mismatches have not: nobody's guess may hold up an administrator. A lock, another password, a temporary
    one and a removal have, and each of them lets the generation grow.
    """
    return credential.removed or credential.generation != version


def rows_of(store: AuthStore, request: BulkRows) -> list[BulkRow]:
    """The rows with the credentials of their numbers as they are now. Raises ValueError for another line's."""
    given = {UUID(one): (version, password) for one, version, password in json.loads(request.rows.reveal())}
    owners = store.owners_of(given)
    if any(owner.line_id != request.line_id for owner in owners.values()):
        raise ValueError("a job is one line's")
    credentials = load_many(store, Credential, given)
    return [BulkRow(owners[one], credentials[one], *what) for one, what in given.items()]


def sealed(store: AuthStore, job_id: UUID, content: object) -> str:
    """To be handed out and brought back: readable by this service only, and only for this job."""
    packed = zlib.compress(json.dumps(content).encode())  # the parameters of the hash stand before every one
    return store.personal.lock_away(base64.b64encode(packed).decode(), _context(job_id))


def opened(store: AuthStore, request: ApplyBulk) -> Iterator[Any]:
    """What was sealed for the job, item by item. Raises ValueError for another job's."""
    for result in request.results:
        packed = base64.b64decode(store.personal.take_out(result, _context(request.job_id)))
        yield from json.loads(zlib.decompress(packed))


def applied(store: AuthStore, job_id: UUID) -> BulkApplied | None:
    """The answer to a job that was applied before.

    To be asked after its credentials were loaded: what has moved since the check may have been moved by this very job.
    """
    done = store.row("SELECT numbers FROM bulk_jobs WHERE job_id = :id", {"id": job_id.hex})
    return BulkApplied(numbers=done["numbers"]) if done else None


def mark_of(job_id: UUID, numbers: int, now: datetime) -> Write:
    """A conflict where the job was applied meanwhile."""
    return (
        "INSERT INTO bulk_jobs (job_id, numbers, applied_at) VALUES (:id, :numbers, :now)",
        {"id": job_id.hex, "numbers": numbers, "now": to_micros(now)},
    )


def generations(credentials: Iterable[Credential]) -> list[Write]:
    """Keep them where sessions are checked against them."""
    changed = [{"generation": one.generation, "id": one.id.hex} for one in credentials]
    return [("UPDATE numbers SET generation = :generation WHERE assignment_id = :id", changed)] if changed else []


def _context(job_id: UUID) -> str:
    return f"bulk job {job_id.hex}"
