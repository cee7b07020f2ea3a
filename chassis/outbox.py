"""Mails that were decided on and not handed over yet: written with the event behind them, sent by a sweep.

A mail is sent at least once: who dies between sending and noting it leaves it to the next, who sends the same mail with
the same Message-ID. What it says lies sealed under the key of the person concerned, and only until it was sent.
"""

from __future__ import annotations

import functools
import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from prometheus_client import Counter

from chassis.clock import to_micros
from chassis.letters import Letter
from chassis.mail_config import MailConfig
from chassis.mail_server import Conversation, MailRefused, MailServer, ServerAway
from chassis.mails import mail_of
from chassis.outbox_rows import (
    CLAIM,
    CLAIM_BUNDLE,
    CLAIMED_BUNDLE,
    CONCLUDE,
    FAILED,
    NEXT,
    POSTPONE,
    SENT,
    WITHDRAW,
    WRITE,
    Draft,
    Waiting,
)
from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import Application
from chassis.turns import in_turns

log = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(seconds=60)
"""Whoever takes a mail to send it has so long; then another may take it."""
LONGEST_PAUSE = 60
"""Seconds between two tries; the first pauses are 2, 4, 8 … seconds."""
PASS_SECONDS = 5.0
"""After so long a pass ends between two mails, so that a slow mail server does not hold up a stop."""


class Unsendable(Exception):
    """There is nothing left to send: too late, taken back, or the person's data was erased."""


class Opened(NamedTuple):
    """A mail that is about to be sent, and what was given to `write`."""

    waiting: Waiting
    content: Mapping[str, str]


Note = Callable[[Sequence[Waiting], str, Write], None]
"""Saves what has become of mails that went as one: their rows, by the write, and with them what the world is told."""


class Outbox:
    """Any number of processes, and of threads in each, may send from one outbox. A service says what its letters say."""

    next_due = NEXT
    """Which mail goes first of those that are due."""

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

    def letter_of_all(self, bundle: Sequence[Opened]) -> Letter:
        """What one mail says for a whole bundle; there is at least one in it. Raises `Unsendable`."""
        return self.letter(*bundle[0])

    def unwanted(self, _bundle: Sequence[Opened]) -> set[str]:
        """The ids of those that nobody wants any more. They are told as failed, and the others go."""
        return set()

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
        return [(WRITE, rows)] if rows else []

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
            "bundle": draft.bundle,
        }

    @staticmethod
    def withdraw(reference: str) -> Write:
        """What it was to bring is void: it need not go out any more."""
        return WITHDRAW, {"reference": reference}

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
            talk = functools.cache(lambda: open_until_done.enter_context(self._conversation()))
            for claimed in self._claimed():
                if not self._send(claimed, talk):
                    return False
                if time.monotonic() > ends:
                    return True
        return False

    def _send(self, claimed: Sequence[Waiting], talk: Callable[[], Conversation]) -> bool:
        """One mail; false where the mail server is away."""
        written = self._written(claimed)
        if written is None:
            return True
        mails, recipient, mail = written
        try:
            talk().hand_over(self._mail.sender[1], recipient, mail)
        except MailRefused as refused:
            self._refused(mails, refused)
        except ServerAway as away:
            # The others would fare alike: they stay due, and are tried in the next pass.
            self._postpone(mails, str(away))
            return False
        else:
            self._conclude(mails, SENT, None)
        return True

    def _written(self, claimed: Sequence[Waiting]) -> tuple[list[Waiting], str, bytes] | None:
        """Those that go, to whom, and the mail; None where there is nothing to send now."""
        try:
            bundle = self._sendable(claimed)
            if not bundle:
                return None
            mails = [one.waiting for one in bundle]
            try:
                return mails, *self._written_out(bundle)
            except Unsendable as why:
                self._conclude(mails, FAILED, str(why))
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one mail, the others must go
            # Kept: it may be our fault, and mended before the mail is too late. What the error says may be personal.
            *_, place = traceback.extract_tb(error.__traceback__)
            reason = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            log.error("a mail could not be written", extra={"mail": claimed[0].mail_id, "reason": reason})  # noqa: TRY400
            self._postpone(claimed, reason)
        return None

    def _conversation(self) -> Any:
        domain = self._mail.sender[1].rpartition("@")[2]
        return self._server.conversation(domain, self._mail.mail_seconds)

    def _claimed(self) -> Iterator[list[Waiting]]:
        """One mail after the other that nobody else is sending: a row, or all rows of a bundle that are due together."""
        while True:
            now = self._store.clock()
            row = self._store.row(self.next_due, {"now": to_micros(now)})
            if row is None:
                return
            claim = {"seen": row["due_at"], "until": to_micros(now + CLAIMED_FOR)}
            if row["bundle"] is None:
                if self._store.execute(CLAIM, {"mail": row["mail_id"], **claim}):
                    yield [Waiting.of(row)]
            elif self._store.execute(CLAIM_BUNDLE, {"bundle": row["bundle"], **claim}):
                mine = {"bundle": row["bundle"], "until": claim["until"]}
                yield [Waiting.of(one) for one in in_turns(self._store.rows(CLAIMED_BUNDLE, mine))]

    def _sendable(self, claimed: Sequence[Waiting]) -> list[Opened]:
        """Those that there is still something to send of; the others are concluded."""
        now, opened, reasons = self._store.clock(), list[Opened](), dict[str, list[Waiting]]()
        for waiting, content in in_turns(zip(claimed, self.opened(claimed), strict=True)):
            if now >= waiting.expires_at:
                reasons.setdefault("too late", []).append(waiting)
            elif content is None:
                reasons.setdefault("erased", []).append(waiting)
            else:
                opened.append(Opened(waiting, content))
        unwanted = self.unwanted(opened)
        if unwanted:
            reasons["not wanted any more"] = [one.waiting for one in opened if one.waiting.mail_id in unwanted]
        for reason, mails in reasons.items():
            self._conclude(mails, FAILED, reason)
        return [one for one in opened if one.waiting.mail_id not in unwanted]

    def _written_out(self, bundle: Sequence[Opened]) -> tuple[str, bytes]:
        """Recipient and mail. Raises `Unsendable`."""
        (waiting, content), *_ = bundle
        mail = mail_of(
            self.letter_of_all(bundle),
            mail_id=waiting.bundle or waiting.mail_id,
            sender=self._mail.sender,
            recipient=content["address"],
            written_at=waiting.written_at,
        )
        return content["address"], mail

    def opened(self, mails: Sequence[Waiting]) -> list[dict[str, str] | None]:
        """For each what was given to `write`; None where it was erased."""
        texts = self._store.personal.open_all(Sealed(one.assignment_id, one.content) for one in mails)
        return [json.loads(text) if text is not None else None for text in in_turns(texts)]

    def _refused(self, mails: Sequence[Waiting], refused: MailRefused) -> None:
        if refused.permanent:
            log.warning("a mail was refused for good", extra={"mail": mails[0].mail_id, "code": refused.code})
            self._conclude(mails, FAILED, str(refused))
        else:
            self._postpone(mails, str(refused))

    def _conclude(self, mails: Sequence[Waiting], state: str, reason: str | None) -> None:
        row: Write = (CONCLUDE, [{"mail": one.mail_id, "state": state, "reason": reason} for one in mails])
        if self._note is None:
            self._store.save(writes=[row])
        else:
            self._note(mails, state, row)
        self._counter.labels(mails[0].kind, state).inc()

    def _postpone(self, mails: Sequence[Waiting], reason: str) -> None:
        first, *_ = mails
        pause = min(2**first.tries, LONGEST_PAUSE)
        at = to_micros(self._store.clock() + timedelta(seconds=pause))
        # To the same moment, so that they stay together.
        self._store.save(writes=[(POSTPONE, [{"mail": one.mail_id, "at": at, "reason": reason} for one in mails])])
        self._counter.labels(first.kind, "postponed").inc()
        log.warning("a mail has to wait", extra={"mail": first.mail_id, "reason": reason, "seconds": pause})
