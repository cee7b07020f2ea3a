"""The mails of all features: written with what they are about, sent by a sweep, each told to the world when it is over.

Kinds of mail are words of `services.settings.letters`, which has a letter for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError
from prometheus_client import Counter

from chassis.clock import to_micros
from chassis.letters import Letter
from chassis.outbox import Opened, Outbox
from chassis.outbox_rows import SENT, Draft, Waiting
from chassis.recorders import Write
from chassis.turns import in_turns
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
        super().__init__(store, store.config, mails, self._conclude_with_events)
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
        bundle: str | None = None,
    ) -> Draft:
        """The same for `write_all`, where there are many. Those of one `bundle` go as one mail, if they are due together."""
        expires_at = (due_at or self._settings.clock()) + timedelta(hours=self._settings.config.notice_hours)
        told = {"address": address, **content, _CAUSE: self._settings.trail_of_system().correlation_id}
        return Draft(assignment_id, kind, reference, told, expires_at, due_at, bundle)

    def letter(self, waiting: Waiting, content: Mapping[str, str]) -> Letter:
        """As the kind of mail has it."""
        config, told = self._settings.config, dict(content)
        if "token" in told:
            told["link"] = config.base_url + ADDRESS_LINK_PATH.format(token=told["token"])
        return LETTERS[waiting.kind](config.site_name, told, waiting.expires_at)

    def letter_of_all(self, bundle: Sequence[Opened]) -> Letter:
        """The same for all numbers that it concerns."""
        (waiting, content), *_ = bundle
        numbers = sorted(one.content["number"] for one in bundle)
        return self.letter(waiting, {**content, "number": "\n".join(numbers)})

    def unwanted(self, bundle: Sequence[Opened]) -> set[str]:
        """A mail may have waited for hours, for its window or for the mail server: it must not reach somebody who was
        taken out of the settings meanwhile, nor tell of a number that has left.
        """
        feature = FEATURES.get(bundle[0].waiting.kind) if bundle else None
        if feature is None:
            return set()
        store, numbers = self._settings, [AssignmentId(one.waiting.assignment_id) for one in bundle]
        contracted, states = store.contracted_among(numbers, feature), store.states(numbers, feature)
        texts = store.personal.open_all(states.get(one) for one in numbers)
        return {
            one.waiting.mail_id
            for one, number, text in in_turns(zip(bundle, numbers, texts, strict=True))
            if number not in contracted or text is None or not _is_sent_to(text, one.content["address"])
        }

    @staticmethod
    def writes_at_end_of(assignment_id: UUID, now: datetime) -> list[Write]:
        """Nothing of this holder's goes out any more. What is held comes up at once, to be told as failed."""
        row = {"assignment": assignment_id.hex, "now": to_micros(now), "link": ADDRESS_LINK}
        return [(_WITHDRAW_LINKS, row), (_BRING_UP, row)]

    def _conclude_with_events(self, mails: Sequence[Waiting], state: str, row: Write) -> None:
        """All in one save, so that of a mail which went to many nothing is left to be sent again."""
        feature, store = FEATURES.get(mails[0].kind), self._settings
        if feature is None:
            store.save(writes=[row])
            return
        contents = self.opened(mails)
        addresses = store.personal.seal_all(
            {one.assignment_id: told["address"] for one, told in zip(mails, contents, strict=True) if told}
        )
        notices = [
            Notice.conclude(
                UUID(one.mail_id),
                assignment_id=one.assignment_id,
                feature=feature,
                address=addresses.get(one.assignment_id),
                sent=state == SENT,
                now=store.clock(),
            )
            for one in in_turns(mails)
        ]
        trail = store.trail_of_system()
        cause = next((told[_CAUSE] for told in contents if told and told.get(_CAUSE)), None)
        if cause:
            trail = replace(trail, correlation_id=cause)
        sql, params, *_ = row
        assert not isinstance(params, Mapping)
        try:
            store.save(*notices, writes=[(sql, params, len(mails))], trail=trail)
        except IntegrityError:
            # Another has concluded one: this one had taken longer than its minute, or the number was removed.
            for one, its in zip(mails, params, strict=True) if len(mails) > 1 else ():
                self._conclude_with_events([one], state, (sql, [its]))


def _is_sent_to(state: str, address: str) -> bool:
    settings: Any = from_text(state)
    return bool(settings.on) and has_address(settings, Secret(address))
