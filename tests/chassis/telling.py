"""A small service with something to tell: notes on lines, public but for the drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from eventsourcing.domain import Aggregate

from chassis.clock import Clock, utc_now
from chassis.publishing import Event, Published, history_page
from chassis.relaying import Relays
from chassis.rpc import Service, Uses
from chassis.store import Application
from contracts.base import Envelope, HistoryPage, HistoryQuery

NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Note(Aggregate):
    TOPIC = "test.Note"

    class Event(Aggregate.Event):
        TOPIC = "test.Note.Event"

    class Written(Aggregate.Created):
        TOPIC = "test.Note.Written"
        line: str
        text: str
        draft: bool

    def __init__(self, line: str, text: str, draft: bool) -> None:
        self.line = line
        self.text = text

    @classmethod
    def write(cls, line: str, text: str, *, draft: bool = False) -> Note:
        return cls._create(cls.Written, id=uuid4(), timestamp=NOW, line=line, text=text, draft=draft)


class Notebook(Application):
    """Keeps notes, and tells of them."""

    def __init__(self, database_url: str, clock: Clock = utc_now) -> None:
        super().__init__(database_url, b"k" * 32, clock)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Notebook:
        cls.migrate(env["HIKARI_DATABASE_URL"])
        return cls(env["HIKARI_DATABASE_URL"])

    @property
    def store(self) -> Application:
        return self

    def write(self, *notes: Note) -> None:
        self.save(*notes)

    def history(self, query: HistoryQuery) -> HistoryPage:
        return history_page(self, query, _publish)

    def told(self) -> list[Envelope]:
        """Every event that the world must learn of, in order."""
        found: list[Envelope] = []
        after = 0
        while (page := self.history(HistoryQuery(after=after, limit=500, public_only=True))).until > after:
            found += page.events
            after = page.until
        return found


def _publish(events: Sequence[Event]) -> list[Published | None]:
    return [
        Published("NoteWritten", event.line, event.line, {"text": event.text}, public=not event.draft)
        if isinstance(event, Note.Written)
        else None
        for event in events
    ]


class NotebookService(Service):
    """Does nothing but relay."""

    name = "notebook"
    notebook = Uses(Notebook.from_env)
    relay = Relays(notebook)
