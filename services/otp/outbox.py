"""The mails of one-time passwords: a link to the full registration, a code, which is worked out when it is sent, or the
notice that an address is in force no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from prometheus_client import Counter

from chassis import outbox
from chassis.letters import Letter
from chassis.outbox import Opened, Unsendable
from chassis.outbox_rows import NEXT_TO_EXPIRE, Waiting
from chassis.recorders import Write
from contracts.otp.common import MailState
from contracts.otp.links import LINK_PATH
from contracts.phone import masked
from services.otp.codes import code_of
from services.otp.letters import code_letter, deleted_letter, link_letter, replaced_letter
from services.otp.store import OtpStore

mails = Counter("hikari_otp_mails", "Mails, by what became of them.", ["kind", "outcome"])

CODE = "code"
LINK = "link"
REPLACED = "address_replaced"
DELETED = "registration_deleted"
_NOTICES = {REPLACED: replaced_letter, DELETED: deleted_letter}


class Outbox(outbox.Outbox):
    """Any number of processes, and of threads in each, may send from one outbox."""

    next_due = NEXT_TO_EXPIRE

    def __init__(self, store: OtpStore) -> None:
        super().__init__(store, store.config, mails)
        self._otp = store

    def link(
        self, assignment_id: UUID, *, token: str, token_hash: str, address: str, number: str, expires_at: datetime
    ) -> Write:
        """The mail with a link to the full registration (OTP-2)."""
        return self.write(
            assignment_id,
            LINK,
            token_hash,
            address=address,
            expires_at=expires_at,
            number=masked(number),
            token=token,
        )

    def code(
        self, assignment_id: UUID, *, challenge_id: UUID, address: str, number: str, expires_at: datetime
    ) -> Write:
        """The mail with a one-time password (OTP-6)."""
        return self.write(
            assignment_id, CODE, challenge_id.hex, address=address, expires_at=expires_at, number=masked(number)
        )

    def state_of(self, reference: str) -> MailState:
        """What has become of the mail with this link or one-time password."""
        return MailState(self.outcome_of(reference))

    def letter(self, waiting: Waiting, content: Mapping[str, str]) -> Letter:
        """Raises `Unsendable` for a one-time password that is void by now."""
        site = self._otp.config.site_name
        if waiting.kind in _NOTICES:
            return _NOTICES[waiting.kind](site, content["number"].splitlines(), waiting.written_at)
        if waiting.kind == LINK:
            link = self._otp.config.base_url + LINK_PATH.format(token=content["token"])
            return link_letter(site, content["number"], link, waiting.expires_at)
        secret = challenge_secret(self._otp, UUID(waiting.reference))
        if secret is None:
            raise Unsendable("withdrawn")
        return code_letter(site, content["number"], code_of(secret), waiting.expires_at)

    def letter_of_all(self, bundle: Sequence[Opened]) -> Letter:
        """A notice for all numbers that it concerns."""
        (waiting, content), *_ = bundle
        numbers = sorted(one.content["number"] for one in bundle)
        return self.letter(waiting, {**content, "number": "\n".join(numbers)})


def challenge_secret(store: OtpStore, challenge_id: UUID) -> str | None:
    """The secret of a one-time password; None once it is over."""
    row = store.row("SELECT secret FROM challenges WHERE challenge_id = :id", {"id": challenge_id.hex})
    if row is None or row["secret"] is None:
        return None
    return store.personal.take_out(row["secret"], f"challenge {challenge_id.hex}")
