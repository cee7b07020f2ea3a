"""What lies in the rows of a file, encrypted: under a key that dies with the job, or to be shown for some days (BULK-9).

File, passwords and results are sealed under a random key of the job's own. The key lies in the job's row, wrapped by the
service's, and is deleted when the job is over: what a backup still has of the rows can then be read by nobody.
"""

from __future__ import annotations

import base64
import os
from enum import StrEnum
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.personal_data import PersonalData

KEY_BYTES = 32
NONCE_BYTES = 12


class Sort(StrEnum):
    """What a piece is. Those of the job are secret."""

    PART = "part"
    """The file as it came."""
    ROWS = "rows"
    """Rows that are worth being looked at, some together."""
    FOUND = "found"
    """What the owner says of the rows of the same place."""
    RESULT = "result"
    """What the owner made of them, for its own eyes."""
    READ = "read"
    """Faults that the file has by itself."""
    FAULTS = "faults"
    """All faults, in order."""
    CORRECTIONS = "corrections"
    """Numbers and targets with their 0 put back, for who is to confirm them."""
    LEFT_OUT = "left_out"
    """What becomes of numbers that have no row to be looked at."""
    DIFFERENCE = "difference"
    """What changes, number by number; a page each."""
    VALUES = "values"
    """What of it is shown besides, for the page of the same place: addresses and the like."""


SECRET = frozenset(
    {Sort.PART, Sort.ROWS, Sort.FOUND, Sort.RESULT, Sort.READ, Sort.CORRECTIONS, Sort.LEFT_OUT, Sort.VALUES}
)


class KeyGone(Exception):
    """The job is over, and what was sealed under its key with it."""


class Vault:
    """The one file's."""

    def __init__(self, personal: PersonalData, upload_id: UUID, job_key: str | None) -> None:
        self._personal = personal
        self._upload_id = upload_id
        self._job_key = job_key

    @staticmethod
    def new_key(personal: PersonalData, upload_id: UUID) -> str:
        """A key for a new file, wrapped."""
        return personal.lock_away(base64.b64encode(os.urandom(KEY_BYTES)).decode(), _of_key(upload_id))

    def seal(self, sort: Sort, place: int, text: str) -> str:
        """The content of a piece. Raises `KeyGone`."""
        context = self._context(sort, place)
        if sort not in SECRET:
            return self._personal.lock_away(text, context)
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(self._key()).encrypt(nonce, text.encode(), context.encode())).decode()

    def open(self, sort: Sort, place: int, content: str) -> str:
        """What `seal` wrote. Raises `KeyGone`."""
        context = self._context(sort, place)
        if sort not in SECRET:
            return self._personal.take_out(content, context)
        raw = base64.b64decode(content)
        return AESGCM(self._key()).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()

    def _key(self) -> bytes:
        if self._job_key is None:
            raise KeyGone
        return base64.b64decode(self._personal.take_out(self._job_key, _of_key(self._upload_id)))

    def _context(self, sort: Sort, place: int) -> str:
        return f"upload {self._upload_id.hex} {sort} {place}"


def _of_key(upload_id: UUID) -> str:
    return f"upload {upload_id.hex} key"
