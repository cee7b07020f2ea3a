"""Mails that were decided on and not handed over yet: written with the event behind them, sent by a sweep.

A mail is sent at least once: who dies between sending and noting it leaves it to the next, who sends the same mail with
the same Message-ID. What it says lies sealed under the key of the person concerned, and only until it was sent.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import Counter

from chassis.clock import from_micros, to_micros
from chassis.letters import Letter
from chassis.mail_config import MailConfig
from chassis.mail_server import Conversation, MailRefused, MailServer, ServerAway
from chassis.mails import mail_of
from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import Application

log = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(seconds=60)
"""Whoever takes a mail to send it has so long; then another may take it."""
LONGEST_PAUSE = 60
"""Seconds between two tries; the first pauses are 2, 4, 8 … seconds."""
PASS_SECONDS = 5.0
"""After so long a pass ends between two mails, so that a slow mail server does not hold up a stop."""

ON_ITS_WAY = "on_its_way"
SENT = "sent"
FAILED = "failed"

TABLE = """
    CREATE TABLE outbox (
        mail_id TEXT PRIMARY KEY,
        assignment_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        reference TEXT NOT NULL,
        content TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        tries INTEGER NOT NULL,
        due_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        written_at BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX outbox_by_reference ON outbox (reference);
    CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'on_its_way';
    CREATE INDEX outbox_by_time ON outbox (written_at)
"""
"""For the migration of a service with an outbox."""

_WRITE = (
    "INSERT INTO outbox (mail_id, assignment_id, kind, reference, content, state, tries, due_at, expires_at, "
    "written_at) VALUES (:mail, :assignment, :kind, :reference, :content, 'on_its_way', 0, :due, :expires, :now)"
)
_WITHDRAW = (
    "UPDATE outbox SET state = 'failed', reason = 'withdrawn', content = NULL "
    "WHERE reference = :reference AND state = 'on_its_way'"
)
_NEXT = (
    "SELECT mail_id, assignment_id, kind, reference, content, tries, due_at, expires_at, written_at FROM outbox "
    "WHERE state = 'on_its_way' AND due_at <= :now ORDER BY due_at, written_at, mail_id LIMIT 1"
)
_CLAIM = (
    "UPDATE outbox SET due_at = :until, tries = tries + 1 "
    "WHERE mail_id = :mail AND due_at = :seen AND state = 'on_its_way'"
)
_CONCLUDE = (
    "UPDATE outbox SET state = :state, reason = :reason, content = NULL WHERE mail_id = :mail AND state = 'on_its_way'"
)
_POSTPONE = "UPDATE outbox SET due_at = :at, reason = :reason WHERE mail_id = :mail AND state = 'on_its_way'"


@dataclass(frozen=True)
class Waiting:
    """A mail that this process has claimed."""

    mail_id: str
    assignment_id: UUID
    """Whose key seals what it says."""
    kind: str
    reference: str
    content: str
    tries: int
    expires_at: datetime
    written_at: datetime

    @classmethod
    def of(cls, row: dict[str, Any]) -> Waiting:
        """From its row, this try counted."""
        return cls(
            mail_id=row["mail_id"],
            assignment_id=UUID(row["assignment_id"]),
            kind=row["kind"],
            reference=row["reference"],
            content=row["content"],
            tries=row["tries"] + 1,
            expires_at=from_micros(row["expires_at"]),
            written_at=from_micros(row["written_at"]),
        )


@dataclass(frozen=True)
class Draft:
    """A mail that is to be written into the outbox. `content` has its `address`, and what the letter will say."""

    assignment_id: UUID
    """Whose key seals what it says."""
    kind: str
    reference: str
    """Of one there is one mail."""
    content: Mapping[str, str]
    expires_at: datetime
    due_at: datetime | None = None
    """Held until then; at once without."""


class Unsendable(Exception):
    """There is nothing left to send: too late, taken back, or the person's data was erased."""


Note = Callable[[Waiting, str, Write], None]
"""Saves what has become of a mail: its row, by the write, and with it what the world is told."""


class Outbox:
    """Any number of processes, and of threads in each, may send from one outbox. A service says what its letters say."""

    def __init__(self, store: Application, config: MailConfig, counter: Counter, note: Note | None = None) -> None:
        """`counter` counts mails by `kind` and `outcome`."""
        self._store = store
        self._mail = config
        self._counter = counter
        self._note = note
        self._server = MailServer.parse(config.smtp_url)

    def letter(self, waiting: Waiting, content: Mapping[str, str]) -> Letter:
        """What a mail says, written out when it is sent. Raises `Unsendable`."""
        raise NotImplementedError

    # --- written with the event ------------------------------------------------------------------------------

    def write(
        self,
        assignment_id: UUID,
        kind: str,
        reference: str,
        *,
        address: str,
        expires_at: datetime,
        due_at: datetime | None = None,
        **content: str,
    ) -> Write:
        """One mail, to be saved with what it is about; of one `reference` there is one. Held until `due_at` where given."""
        told = {"address": address, **content}
        (write,) = self.write_all([Draft(assignment_id, kind, reference, told, expires_at, due_at)])
        return write

    def write_all(self, drafts: Sequence[Draft]) -> list[Write]:
        """The same for many mails, with few looks at the keys: the news of a large line go to thousands."""
        now = to_micros(self._store.clock())
        rows: list[dict[str, Any]] = []
        left = list(drafts)
        while left:
            # One of each person's at a time, since a subject is sealed for once in a call.
            turn = {draft.assignment_id: draft for draft in reversed(left)}
            sealed = self._store.personal.seal_all({one: json.dumps(draft.content) for one, draft in turn.items()})
            rows += [self._row(draft, sealed[draft.assignment_id].ciphertext, now) for draft in turn.values()]
            taken = {id(draft) for draft in turn.values()}
            left = [draft for draft in left if id(draft) not in taken]
        return [(_WRITE, rows)] if rows else []

    @staticmethod
    def _row(draft: Draft, ciphertext: str, now: int) -> dict[str, Any]:
        return {
            "mail": uuid4().hex,
            "assignment": draft.assignment_id.hex,
            "kind": draft.kind,
            "reference": draft.reference,
            "content": ciphertext,
            "due": to_micros(draft.due_at) if draft.due_at else now,
            "now": now,
            "expires": to_micros(draft.expires_at),
        }

    @staticmethod
    def withdraw(reference: str) -> Write:
        """What it was to bring is void: it need not go out any more."""
        return _WITHDRAW, {"reference": reference}

    def outcome_of(self, reference: str) -> str:
        """What has become of the mail with this reference; one that is not known is taken for failed."""
        row = self._store.row("SELECT state FROM outbox WHERE reference = :reference", {"reference": reference})
        return row["state"] if row else FAILED

    def forget(self, before: datetime) -> None:
        """Delete the rows of mails that were concluded and written before then."""
        self._store.execute(
            "DELETE FROM outbox WHERE state <> 'on_its_way' AND written_at < :before", {"before": to_micros(before)}
        )

    # --- sending ---------------------------------------------------------------------------------------------

    def send_due(self) -> bool:
        """Hand over what is due, in one conversation with the mail server; true where more is due at once."""
        ends = time.monotonic() + PASS_SECONDS
        with ExitStack() as open_until_done:
            conversation: Conversation | None = None
            for waiting in self._claimed():
                try:
                    recipient, mail = self._written_out(waiting)
                    if conversation is None:
                        conversation = open_until_done.enter_context(self._conversation())
                    conversation.hand_over(self._mail.sender[1], recipient, mail)
                except Unsendable as reason:
                    self._conclude(waiting, FAILED, str(reason))
                except MailRefused as refused:
                    self._refused(waiting, refused)
                except ServerAway as away:
                    # The others would fare alike: they stay due, and are tried in the next pass.
                    self._postpone(waiting, str(away))
                    return False
                else:
                    self._conclude(waiting, SENT, None)
                if time.monotonic() > ends:
                    return True
        return False

    def _conversation(self) -> Any:
        domain = self._mail.sender[1].rpartition("@")[2]
        return self._server.conversation(domain, self._mail.mail_seconds)

    def _claimed(self) -> Iterator[Waiting]:
        """One after the other what nobody else is sending."""
        while True:
            now = self._store.clock()
            row = self._store.row(_NEXT, {"now": to_micros(now)})
            if row is None:
                return
            claim = {"mail": row["mail_id"], "seen": row["due_at"], "until": to_micros(now + CLAIMED_FOR)}
            if self._store.execute(_CLAIM, claim):
                yield Waiting.of(row)

    def _written_out(self, waiting: Waiting) -> tuple[str, bytes]:
        """Recipient and mail. Raises `Unsendable`."""
        if self._store.clock() >= waiting.expires_at:
            raise Unsendable("too late")
        content = self.opened(waiting)
        if content is None:
            raise Unsendable("erased")
        mail = mail_of(
            self.letter(waiting, content),
            mail_id=waiting.mail_id,
            sender=self._mail.sender,
            recipient=content["address"],
            written_at=waiting.written_at,
        )
        return content["address"], mail

    def opened(self, waiting: Waiting) -> dict[str, str] | None:
        """What was given to `write`; None where it was erased."""
        text = self._store.personal.open(Sealed(waiting.assignment_id, waiting.content))
        content: dict[str, str] | None = json.loads(text) if text is not None else None
        return content

    def _refused(self, waiting: Waiting, refused: MailRefused) -> None:
        if refused.permanent:
            log.warning("a mail was refused for good", extra={"mail": waiting.mail_id, "code": refused.code})
            self._conclude(waiting, FAILED, str(refused))
        else:
            self._postpone(waiting, str(refused))

    def _conclude(self, waiting: Waiting, state: str, reason: str | None) -> None:
        row = {"mail": waiting.mail_id, "state": state, "reason": reason}
        if self._note is None:
            self._store.execute(_CONCLUDE, row)
        else:
            self._note(waiting, state, (_CONCLUDE, row))
        self._counter.labels(waiting.kind, state).inc()

    def _postpone(self, waiting: Waiting, reason: str) -> None:
        pause = min(2**waiting.tries, LONGEST_PAUSE)
        at = self._store.clock() + timedelta(seconds=pause)
        self._store.execute(_POSTPONE, {"mail": waiting.mail_id, "at": to_micros(at), "reason": reason})
        self._counter.labels(waiting.kind, "postponed").inc()
        log.warning("a mail has to wait", extra={"mail": waiting.mail_id, "reason": reason, "seconds": pause})
