"""The mails of all features: written with what they are about, sent by a sweep, each told to the world when it is over.

Kinds of mail are words of `services.settings.letters`, which has a letter for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from prometheus_client import Counter

from chassis.clock import to_micros
from chassis.letters import Letter
from chassis.outbox import SENT, Draft, Outbox, Unsendable, Waiting
from chassis.recorders import Write
from contracts.base import Secret
from contracts.phone import AssignmentId
from contracts.settings.address_links import ADDRESS_LINK_PATH
from services.settings.kinds import from_text, has_address
from services.settings.letters import ADDRESS_LINK, FEATURES, LETTERS
from services.settings.notice import Notice
from services.settings.store import SettingsStore

mails = Counter("hikari_settings_mails", "Mails of the features, by what became of them.", ["kind", "outcome"])

_CAUSE = "_cause"
"""Under this name a mail remembers the correlation id of what it is about."""

_WITHDRAW_LINKS = (
    "UPDATE outbox SET state = 'failed', reason = 'withdrawn', content = NULL "
    "WHERE assignment_id = :assignment AND kind = :link AND state = 'on_its_way'"
)
_BRING_UP = (
    "UPDATE outbox SET due_at = :now "
    "WHERE assignment_id = :assignment AND kind <> :link AND state = 'on_its_way' AND due_at > :now"
)


class Notices(Outbox):
    """Any number of processes, and of threads in each, may send from it."""

    def __init__(self, store: SettingsStore) -> None:
        super().__init__(store, store.config, mails, self._conclude_with_event)
        self._settings = store

    def notice(
        self,
        assignment_id: AssignmentId,
        kind: str,
        reference: str,
        *,
        address: str,
        content: Mapping[str, str],
        due_at: datetime | None = None,
    ) -> Write:
        """One mail to one address, to be saved with what it is about. `reference` must be one for each of them.

        It is tried for so long as the configuration says, counted from when it was due.
        """
        draft = self.draft(assignment_id, kind, reference, address=address, content=content, due_at=due_at)
        (write,) = self.write_all([draft])
        return write

    def draft(
        self,
        assignment_id: AssignmentId,
        kind: str,
        reference: str,
        *,
        address: str,
        content: Mapping[str, str],
        due_at: datetime | None = None,
    ) -> Draft:
        """The same for `write_all`, where there are many."""
        expires_at = (due_at or self._settings.clock()) + timedelta(hours=self._settings.config.notice_hours)
        told = {"address": address, **content, _CAUSE: self._settings.trail_of_system().correlation_id}
        return Draft(assignment_id, kind, reference, told, expires_at, due_at)

    def letter(self, waiting: Waiting, content: Mapping[str, str]) -> Letter:
        """As the kind of mail has it. Raises `Unsendable` where nobody wants it there any more.

        A mail may have waited for hours, for its window or for the mail server: it must not reach somebody who was taken
        out of the settings meanwhile.
        """
        if not self._is_wanted(waiting, content["address"]):
            raise Unsendable("not wanted any more")
        config, told = self._settings.config, dict(content)
        if "token" in told:
            told["link"] = config.base_url + ADDRESS_LINK_PATH.format(token=told["token"])
        return LETTERS[waiting.kind](config.site_name, told, waiting.expires_at)

    def _is_wanted(self, waiting: Waiting, address: str) -> bool:
        feature, assignment = FEATURES.get(waiting.kind), AssignmentId(waiting.assignment_id)
        if feature is None:
            return True
        state = self._settings.states([assignment], feature).get(assignment)
        text = self._settings.personal.open(state)
        if text is None or not self._settings.has(assignment, feature):
            return False
        settings: Any = from_text(text)
        return bool(settings.on) and has_address(settings, Secret(address))

    @staticmethod
    def writes_at_end_of(assignment_id: UUID, now: datetime) -> list[Write]:
        """Nothing of this holder's goes out any more. What is held comes up at once, to be told as failed."""
        row = {"assignment": assignment_id.hex, "now": to_micros(now), "link": ADDRESS_LINK}
        return [(_WITHDRAW_LINKS, row), (_BRING_UP, row)]

    def _conclude_with_event(self, waiting: Waiting, state: str, row: Write) -> None:
        feature = FEATURES.get(waiting.kind)
        if feature is None:
            sql, params, *_ = row
            assert isinstance(params, Mapping)
            self._settings.execute(sql, params)
            return
        store, content = self._settings, self.opened(waiting)
        notice = Notice.conclude(
            UUID(waiting.mail_id),
            assignment_id=waiting.assignment_id,
            feature=feature,
            address=store.personal.seal(waiting.assignment_id, content["address"]) if content else None,
            sent=state == SENT,
            now=store.clock(),
        )
        trail = store.trail_of_system()
        if content and content.get(_CAUSE):
            trail = replace(trail, correlation_id=content[_CAUSE])
        try:
            store.save(notice, writes=[(row[0], row[1], 1)], trail=trail)
        except IntegrityError:
            # Another has concluded it: this one had taken longer than its minute, or the number was removed.
            return
