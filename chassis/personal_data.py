"""Personal data that lies in an immutable history, sealed under a key per subject that can be destroyed (AUDIT-5).

A `Sealed` value is AES-256-GCM under the subject's own key. The subjects' keys lie in a mutable table, wrapped by the
service's key, so that whoever reads the database alone opens nothing, and destroying one key erases one person
everywhere in the history.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import Transcoding

from chassis.among import rows_among
from chassis.keys import derive
from chassis.turns import in_turns

NONCE_BYTES = 12


@dataclass(frozen=True)
class Sealed:
    """A value only the owning service can read, and nobody once its subject's key is gone."""

    subject: UUID
    ciphertext: str


class SealedAsText(Transcoding):
    """How a sealed value is written into a stored event."""

    type = Sealed
    name = "sealed"

    def encode(self, obj: Sealed) -> str:
        return f"{obj.subject.hex}:{obj.ciphertext}"

    def decode(self, data: str) -> Sealed:
        subject, ciphertext = data.split(":", 1)
        return Sealed(UUID(subject), ciphertext)


class Rows(Protocol):
    """What is needed of the store."""

    name: str

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...
    def execute(self, sql: str, params: Mapping[str, Any]) -> int: ...


def _encrypt(key: bytes, text: str, context: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), context)).decode()


def _decrypt(key: bytes, ciphertext: str, context: bytes) -> str:
    raw = base64.b64decode(ciphertext)
    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context).decode()


class PersonalData:
    """Seals and opens under the subjects' keys of one application's store."""

    def __init__(self, store: Rows, key: bytes) -> None:
        self._store = store
        self._wrapping = derive(key, f"hikari/personal/{store.name}")
        self._at_rest = derive(key, f"hikari/at-rest/{store.name}")

    def seal(self, subject: UUID, text: str) -> Sealed:
        """Seal a value; the subject gets a key when it has none."""
        return self.seal_all({subject: text})[subject]

    def seal_all(self, texts: Mapping[UUID, str]) -> dict[UUID, Sealed]:
        """Seal one value for each of many subjects at once, in turns with others."""
        keys = self._keys_or_new(texts)
        return {
            subject: Sealed(subject, _encrypt(keys[subject], text, subject.bytes))
            for subject, text in in_turns(texts.items())
        }

    def seal_each(self, subject: UUID, texts: Iterable[str]) -> list[Sealed]:
        """Seal many values of one subject, in order, with one look at its key."""
        key = self._keys_or_new((subject,))[subject]
        return [Sealed(subject, _encrypt(key, text, subject.bytes)) for text in texts]

    def seal_new(self, texts: Mapping[UUID, str]) -> tuple[dict[UUID, Sealed], tuple[str, list[dict[str, str]]]]:
        """Seal for subjects that were minted just now: the values, and the write that keeps their keys, for one save."""
        keys = {subject: os.urandom(32) for subject in texts}
        write = (
            "INSERT INTO subject_keys (subject, wrapped) VALUES (:subject, :wrapped)",
            [{"subject": subject.hex, "wrapped": self._wrap(subject, key)} for subject, key in keys.items()],
        )
        return {
            subject: Sealed(subject, _encrypt(keys[subject], text, subject.bytes)) for subject, text in texts.items()
        }, write

    def open(self, sealed: Sealed | None) -> str | None:
        """The clear text, or None when there is none or the subject was erased."""
        return self.open_all([sealed])[0]

    def open_all(self, many: Iterable[Sealed | None]) -> list[str | None]:
        """Open many values with one look at the keys, in turns with others."""
        values = list(many)
        keys = self._keys({one.subject for one in values if one})
        return [
            _decrypt(keys[one.subject], one.ciphertext, one.subject.bytes) if one and one.subject in keys else None
            for one in in_turns(values)
        ]

    def erase(self, subject: UUID) -> None:
        """Destroy a subject's key: everything sealed under it is gone for good."""
        self._store.execute("DELETE FROM subject_keys WHERE subject = :subject", {"subject": subject.hex})

    def lock_away(self, text: str, context: str) -> str:
        """Encrypt a short-lived value for a mutable row of this service (not for events), bound to `context`."""
        return _encrypt(self._at_rest, text, context.encode())

    def take_out(self, ciphertext: str, context: str) -> str:
        """The value that `lock_away` encrypted. Raises ValueError when it was meant for another context."""
        try:
            return _decrypt(self._at_rest, ciphertext, context.encode())
        except InvalidTag as error:
            raise ValueError("encrypted for another context or with another key") from error

    def _wrap(self, subject: UUID, key: bytes) -> str:
        return _encrypt(self._wrapping, base64.b64encode(key).decode(), subject.bytes)

    def _keys_or_new(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        keys = self._keys(subjects)
        for subject in [one for one in subjects if one not in keys]:
            self._store.execute(
                "INSERT INTO subject_keys (subject, wrapped) VALUES (:subject, :wrapped) ON CONFLICT DO NOTHING",
                {"subject": subject.hex, "wrapped": self._wrap(subject, os.urandom(32))},
            )
        if len(keys) < len(subjects):
            keys = self._keys(subjects)  # whoever was first has made the key that counts
        return keys

    def _keys(self, subjects: Iterable[UUID]) -> dict[UUID, bytes]:
        rows = rows_among(
            self._store,
            "SELECT subject, wrapped FROM subject_keys WHERE subject IN (:values)",
            (subject.hex for subject in subjects),
        )
        return {
            subject: self._unwrap(subject, row["wrapped"])
            for row in in_turns(rows)
            for subject in [UUID(row["subject"])]
        }

    def _unwrap(self, subject: UUID, wrapped: str) -> bytes:
        return base64.b64decode(_decrypt(self._wrapping, wrapped, subject.bytes))
