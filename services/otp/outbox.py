"""Mails that were decided on and not handed over yet: written with the event behind them, sent by a sweep.

A mail is sent at least once: who dies between sending and noting it leaves it to the next, who sends the same mail with
the same Message-ID. What is secret in it lies sealed under the holder's key, and only until it was sent.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import Counter

from chassis.clock import from_micros, to_micros
from chassis.personal_data import Sealed
from chassis.recorders import Write
from contracts.otp import LINK_PATH, MailState
from contracts.phone import masked
from services.otp.codes import code_of
from services.otp.letters import Letter, code_letter, link_letter
from services.otp.mail_server import Conversation, MailRefused, MailServer, ServerAway
from services.otp.mails import mail_of
from services.otp.store import OtpStore

log = logging.getLogger(__name__)
mails = Counter("hikari_otp_mails", "Mails, by what became of them.", ["kind", "outcome"])

CLAIMED_FOR = timedelta(seconds=60)
"""Whoever takes a mail to send it has so long; then another may take it."""
LONGEST_PAUSE = 60
"""Seconds between two tries; the first pauses are 2, 4, 8 … seconds."""
PASS_SECONDS = 5.0
"""After so long a pass ends between two mails, so that a slow mail server does not hold up a stop."""

CODE = "code"
LINK = "link"

_WRITE = (
    "INSERT INTO outbox (mail_id, assignment_id, kind, reference, content, state, tries, due_at, expires_at, "
    "written_at) VALUES (:mail, :assignment, :kind, :reference, :content, 'on_its_way', 0, :now, :expires, :now)"
)
_WITHDRAW = (
    "UPDATE outbox SET state = 'failed', reason = 'withdrawn', content = NULL "
    "WHERE reference = :reference AND state = 'on_its_way'"
)
_NEXT = (
    "SELECT mail_id, assignment_id, kind, reference, content, tries, due_at, expires_at, written_at FROM outbox "
    "WHERE state = 'on_its_way' AND due_at <= :now ORDER BY due_at, mail_id LIMIT 1"
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
class _Waiting:
    """A mail that this process has claimed."""

    mail_id: str
    assignment_id: UUID
    kind: str
    reference: str
    content: str
    tries: int
    expires_at: datetime
    written_at: datetime

    @classmethod
    def of(cls, row: dict[str, Any]) -> _Waiting:
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


class Unsendable(Exception):
    """There is nothing left to send: too late, taken back, or the holder's data was erased."""


class Outbox:
    """Any number of processes, and of threads in each, may send from one outbox."""

    def __init__(self, store: OtpStore) -> None:
        self._store = store
        self._config = store.config
        self._server = MailServer.parse(store.config.smtp_url)

    # --- written with the event ------------------------------------------------------------------------------

    def link(
        self, assignment_id: UUID, *, token: str, token_hash: str, address: str, number: str, expires_at: datetime
    ) -> Write:
        """The mail with a link to the full registration (OTP-2)."""
        return self._write(assignment_id, LINK, token_hash, expires_at, address=address, number=number, token=token)

    def code(
        self, assignment_id: UUID, *, challenge_id: UUID, address: str, number: str, expires_at: datetime
    ) -> Write:
        """The mail with a one-time password (OTP-6), which is worked out when it is sent."""
        return self._write(assignment_id, CODE, challenge_id.hex, expires_at, address=address, number=number)

    def _write(self, assignment_id: UUID, kind: str, reference: str, expires_at: datetime, **content: str) -> Write:
        content["number"] = masked(content["number"])
        now = to_micros(self._store.clock())
        return (
            _WRITE,
            {
                "mail": uuid4().hex,
                "assignment": assignment_id.hex,
                "kind": kind,
                "reference": reference,
                "content": self._store.personal.seal(assignment_id, json.dumps(content)).ciphertext,
                "now": now,
                "expires": to_micros(expires_at),
            },
        )

    @staticmethod
    def withdraw(reference: str) -> Write:
        """What it was to bring is void: it need not go out any more."""
        return _WITHDRAW, {"reference": reference}

    def state_of(self, reference: str) -> MailState:
        """What has become of the mail with this link or one-time password."""
        row = self._store.row("SELECT state FROM outbox WHERE reference = :reference", {"reference": reference})
        return MailState(row["state"]) if row else MailState.FAILED

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
                    conversation.hand_over(self._config.sender[1], recipient, mail)
                except Unsendable as reason:
                    self._conclude(waiting, MailState.FAILED, str(reason))
                except MailRefused as refused:
                    self._refused(waiting, refused)
                except ServerAway as away:
                    # The others would fare alike: they stay due, and are tried in the next pass.
                    self._postpone(waiting, str(away))
                    return False
                else:
                    self._conclude(waiting, MailState.SENT, None)
                if time.monotonic() > ends:
                    return True
        return False

    def _conversation(self) -> Any:
        domain = self._config.sender[1].rpartition("@")[2]
        return self._server.conversation(domain, self._config.mail_seconds)

    def _claimed(self) -> Iterator[_Waiting]:
        """One after the other what nobody else is sending."""
        while True:
            now = self._store.clock()
            row = self._store.row(_NEXT, {"now": to_micros(now)})
            if row is None:
                return
            claim = {"mail": row["mail_id"], "seen": row["due_at"], "until": to_micros(now + CLAIMED_FOR)}
            if self._store.execute(_CLAIM, claim):
                yield _Waiting.of(row)

    def _written_out(self, waiting: _Waiting) -> tuple[str, bytes]:
        """Recipient and mail. Raises `Unsendable`."""
        if self._store.clock() >= waiting.expires_at:
            raise Unsendable("too late")
        opened = self._store.personal.open(Sealed(waiting.assignment_id, waiting.content))
        if opened is None:
            raise Unsendable("erased")
        content = json.loads(opened)
        mail = mail_of(
            self._letter(waiting, content),
            mail_id=waiting.mail_id,
            sender=self._config.sender,
            recipient=content["address"],
            written_at=waiting.written_at,
        )
        return content["address"], mail

    def _letter(self, waiting: _Waiting, content: dict[str, str]) -> Letter:
        site = self._config.site_name
        if waiting.kind == LINK:
            link = self._config.base_url + LINK_PATH.format(token=content["token"])
            return link_letter(site, content["number"], link, waiting.expires_at)
        secret = challenge_secret(self._store, UUID(waiting.reference))
        if secret is None:
            raise Unsendable("withdrawn")
        return code_letter(site, content["number"], code_of(secret), waiting.expires_at)

    def _refused(self, waiting: _Waiting, refused: MailRefused) -> None:
        if refused.permanent:
            log.warning("a mail was refused for good", extra={"mail": waiting.mail_id, "code": refused.code})
            self._conclude(waiting, MailState.FAILED, str(refused))
        else:
            self._postpone(waiting, str(refused))

    def _conclude(self, waiting: _Waiting, state: MailState, reason: str | None) -> None:
        self._store.execute(_CONCLUDE, {"mail": waiting.mail_id, "state": state.value, "reason": reason})
        mails.labels(waiting.kind, state.value).inc()

    def _postpone(self, waiting: _Waiting, reason: str) -> None:
        pause = min(2**waiting.tries, LONGEST_PAUSE)
        at = self._store.clock() + timedelta(seconds=pause)
        self._store.execute(_POSTPONE, {"mail": waiting.mail_id, "at": to_micros(at), "reason": reason})
        mails.labels(waiting.kind, "postponed").inc()
        log.warning("a mail has to wait", extra={"mail": waiting.mail_id, "reason": reason, "seconds": pause})


def challenge_secret(store: OtpStore, challenge_id: UUID) -> str | None:
    """The secret of a one-time password; None once it is over."""
    row = store.row("SELECT secret FROM challenges WHERE challenge_id = :id", {"id": challenge_id.hex})
    if row is None or row["secret"] is None:
        return None
    return store.personal.take_out(row["secret"], f"challenge {challenge_id.hex}")
