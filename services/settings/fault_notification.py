"""故障・回復通知機能: setting its rules, telling the line's news by mail, and keeping them for the page (FEAT-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import to_micros
from chassis.outbox_rows import Draft
from chassis.recorders import Write
from contracts.base import Nothing
from contracts.phone import Feature
from contracts.settings.fault_notification import ChangeFaultNotification, FaultNotification, NewsKind
from contracts.settings.line_news import LineNews, LineNewsItem, LineNewsQuery
from contracts.settings.network import (
    KEPT_EVENT,
    LineFaultEvent,
    LineRecoveredEvent,
    NetworkEvent,
    PlannedWorkEvent,
)
from services.settings.changes import Changes
from services.settings.fault_notification_rules import goes_out_at, wants
from services.settings.fault_so_far import FaultSoFar, holders_concerned
from services.settings.letters import NEWS
from services.settings.notices import Notices
from services.settings.store import Held, SettingsStore

News = LineFaultEvent | LineRecoveredEvent | PlannedWorkEvent

KINDS = {
    "LineFault": NewsKind.FAULT,
    "LineRecovered": NewsKind.RECOVERY,
    "PlannedWork": NewsKind.PLANNED_WORK,
}
KEPT = timedelta(days=366)
"""How long the page tells of news."""
MOST_A_PAGE = 50


class FaultNotifications:
    """Of all numbers."""

    def __init__(self, store: SettingsStore, changes: Changes, notices: Notices) -> None:
        self._store = store
        self._changes = changes
        self._notices = notices

    def change(self, request: ChangeFaultNotification) -> Nothing:
        """The addresses stay. Raises `SettingsMovedOn`, `SettingsRejected`, `NotContracted`."""
        return self._changes.set_rules(request, FaultNotification)

    # --- the network -----------------------------------------------------------------------------------------

    def whenever_news_came(self, event: News) -> tuple[list[Any], list[Write]]:
        """Then each number concerned keeps them, and they go to its proved addresses as its settings want it."""
        self._store.hurry()  # a number may have another holder
        holders = holders_concerned(self._store, event.data.line, event.data.numbers)
        if not holders:
            is_fault = isinstance(event, LineFaultEvent)
            return [], [FaultSoFar(self._store, event.data.line, event.data.fault, []).counted_on()] if is_fault else []
        kept, more = holders, list[Write]()
        news: list[tuple[News, list[Held]]] = [(event, holders)]
        if not isinstance(event, PlannedWorkEvent):
            so_far = FaultSoFar(self._store, event.data.line, event.data.fault, holders)
            more = [so_far.counted_on()]
            if isinstance(event, LineFaultEvent):
                news += so_far.waiting_for(event)
            else:
                kept = so_far.concerned_by(event)
                news = [(event, kept)] if so_far.lets_go_out(event) else []
        return [], [self._kept(kept, event), *more, *self._mails_of(news)]

    def _mails_of(self, news: list[tuple[News, list[Held]]]) -> list[Write]:
        """Those of several events in their order: what is due at the same moment goes out one after the other."""
        drafts: list[Draft] = []
        now = self._store.clock()
        holders = {one.assignment_id for _, concerned in news for one in concerned}
        present = self._changes.present_of(list(holders), Feature.FAULT_NOTIFICATION)
        for place, (event, concerned) in enumerate(news):
            text = _without_numbers(event).model_dump_json()
            bundles: defaultdict[tuple[str, datetime], str] = defaultdict(lambda: uuid4().hex)
            for holder in concerned:
                settings = present[holder.assignment_id]
                assert isinstance(settings, FaultNotification)
                if wants(settings, KINDS[event.type]):
                    due_at = goes_out_at(settings, now) + timedelta(microseconds=place)
                    drafts += self._mails(holder, settings, event, text, due_at, bundles)
        return self._notices.write_all(drafts)

    def _mails(
        self,
        holder: Held,
        settings: FaultNotification,
        event: News,
        text: str,
        due_at: datetime,
        bundles: Mapping[tuple[str, datetime], str],
    ) -> list[Draft]:
        """One to each address; what goes to the same address at the same time goes as one."""
        told = {"number": holder.number, "event": text}
        return [
            self._notices.draft(
                holder.assignment_id,
                NEWS,
                f"news {event.key} {holder.assignment_id.hex} {one.address_id.hex}",
                address=one.address.reveal(),
                content=told,
                due_at=due_at,
                bundle=bundles[one.address.reveal(), due_at],
            )
            for one in settings.addresses
            if one.verified
        ]

    def _kept(self, holders: list[Held], event: News) -> Write:
        place, key, told = to_micros(self._store.clock()), event.key, _without_numbers(event).model_dump_json()
        return (
            "INSERT INTO line_news VALUES (:assignment, :place, :key, :told)",
            [{"assignment": one.assignment_id.hex, "place": place, "key": key, "told": told} for one in holders],
        )

    # --- the page --------------------------------------------------------------------------------------------

    def news(self, query: LineNewsQuery) -> LineNews:
        """The newest first. Raises `NotContracted`."""
        self._store.require_contracted(query.reach, Feature.FAULT_NOTIFICATION)
        size = max(1, min(query.limit, MOST_A_PAGE))
        rows = self._store.rows(
            "SELECT place, told FROM line_news WHERE assignment_id = :assignment AND place < :before "
            "ORDER BY place DESC, event_key LIMIT :limit",
            {
                "assignment": query.reach.assignment_id.hex,
                "before": query.before if query.before is not None else 2**62,
                "limit": size + 1,
            },
        )
        return LineNews(items=tuple(_item(row) for row in rows[:size]), more=len(rows) > size)

    def forget(self) -> None:
        """Delete news of long ago."""
        before = {"before": to_micros(self._store.clock() - KEPT)}
        self._store.execute("DELETE FROM line_news WHERE place < :before", before)
        self._store.execute("DELETE FROM line_faults WHERE told_at < :before", before)


def _without_numbers(event: News) -> News:
    """Nobody is told of the others, and ten thousand holders do not each keep ten thousand numbers."""
    told: Any = event.data.model_copy(update={"numbers": ()})
    return event.model_copy(update={"data": told})


def ending(_store: SettingsStore, assignment_id: UUID, _now: datetime) -> tuple[list[Any], list[Write]]:
    """What the next holder of a number must not see."""
    gone = {"id": assignment_id.hex}
    return [], [
        ("DELETE FROM line_news WHERE assignment_id = :id", gone),
        ("DELETE FROM address_links WHERE assignment_id = :id", gone),
    ]


def _item(row: dict[str, Any]) -> LineNewsItem:
    event: NetworkEvent = KEPT_EVENT.validate_json(row["told"])
    assert isinstance(event, News)
    return LineNewsItem(place=row["place"], kind=KINDS[event.type], at=event.time, told=event.data)
