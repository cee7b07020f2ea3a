"""An event that its own service cannot tell holds up nobody, and is not lost (EVENT-2, EVENT-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from eventsourcing.persistence import InterfaceError, Tracking

from chassis.follower import Follower, one_by_one
from chassis.migrations import Migration
from chassis.publishing import Event, Published, history_page
from chassis.store import Application
from chassis.telemetry import metrics
from contracts.base import NOT_TOLD, Envelope, HistoryPage, HistoryQuery
from tests.chassis.telling import Note, Notebook, _publish
from tests.databases import migrate


class Muddled(Notebook):
    """A notebook that cannot tell certain notes."""

    name = "notebook"
    unknown: frozenset[str] = frozenset()
    """Texts at which rendering breaks."""
    failure: Callable[[], Exception] = staticmethod(lambda: KeyError("from"))

    def history(self, query: HistoryQuery) -> HistoryPage:
        return history_page(self, query, self._tell)

    def _tell(self, events: Sequence[Event]) -> Sequence[Published | None]:
        if any(isinstance(event, Note.Written) and event.text in self.unknown for event in events):
            raise self.failure()
        return _publish(events)


class Reader(Application):
    """Writes down what it is told."""

    name = "reader"
    migrations = (Migration("0001", "CREATE TABLE heard (text TEXT NOT NULL)"),)

    def hear(self, event: Envelope, tracking: Tracking) -> bool:
        insert = "INSERT INTO heard (text) VALUES (:text)"
        self.save(writes=[(insert, {"text": event.data.get("text", event.name)})], tracking=tracking)
        return True

    @property
    def heard(self) -> list[str]:
        return [row["text"] for row in self.rows("SELECT text FROM heard")]


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Muddled]:
    url = f"sqlite:///{tmp_path}/notebook.sqlite"
    migrate(Muddled, url)
    notebook = Muddled(url)
    for number, text in enumerate(["one", "two", "three", "four"]):
        notebook.write(Note.write(f"line {number % 2}", text))
    yield notebook
    notebook.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    url = f"sqlite:///{tmp_path}/reader.sqlite"
    migrate(Reader, url)
    reader = Reader(url, b"k" * 32)
    yield reader
    reader.close()


def follower_of(notebook: Muddled, reader: Reader) -> Follower:
    return Follower(reader, "notebook", notebook.history, one_by_one(reader, reader.hear))


@pytest.mark.rule("EVENT-3")
def test_it_is_parked_and_the_later_ones_are_heard(notebook: Muddled, reader: Reader):
    notebook.unknown = frozenset({"two"})
    follower = follower_of(notebook, reader)
    follower.catch_up()
    assert reader.heard == ["one", "three", "four"]
    (parked,) = follower.parked()
    assert (parked.kind, parked.reason) == (NOT_TOLD, "not told by notebook: KeyError")
    assert 'hikari_untold_events_total{service="notebook"}' in metrics().decode()


@pytest.mark.rule("EVENT-3")
def test_once_its_service_is_mended_it_is_taken_up(notebook: Muddled, reader: Reader):
    notebook.unknown = frozenset({"two"})
    follower = follower_of(notebook, reader)
    follower.catch_up()
    assert (follower.retry().done, follower.parked_count()) == (0, 1)
    notebook.unknown = frozenset()
    assert (follower.retry().done, follower.parked_count()) == (1, 0)
    assert reader.heard == ["one", "three", "four", "two"]


@pytest.mark.rule("EVENT-3")
def test_one_that_cannot_even_be_read_any_more_is_parked_too(
    notebook: Muddled, reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    """As after going back to a release that does not know the event."""
    stored = notebook.stored_after(0, 9)
    read = Application.event_in

    def unlearnt(application: Application, one):
        if one.id == stored[1].id:
            raise LookupError("no such topic")
        return read(application, one)

    monkeypatch.setattr(Application, "event_in", unlearnt)
    follower_of(notebook, reader).catch_up()
    assert reader.heard == ["one", "three", "four"]


@pytest.mark.rule("EVENT-2")
def test_the_world_is_told_nothing_that_came_after_it(notebook: Muddled):
    notebook.unknown = frozenset({"three"})
    page = notebook.history(HistoryQuery(public_only=True))
    assert [event.data["text"] for event in page.events] == ["one", "two"]
    with pytest.raises(KeyError):
        notebook.history(HistoryQuery(after=page.until, public_only=True))
    notebook.unknown = frozenset()
    page = notebook.history(HistoryQuery(after=page.until, public_only=True))
    assert [event.data["text"] for event in page.events] == ["three", "four"]


def test_a_database_that_is_away_is_no_fault_of_the_event(notebook: Muddled, reader: Reader):
    notebook.unknown = frozenset({"two"})
    notebook.failure = lambda: InterfaceError("away")
    with pytest.raises(InterfaceError):
        follower_of(notebook, reader).catch_up()
    assert reader.heard == []


def test_it_has_the_same_id_as_when_it_is_told(notebook: Muddled):
    told = [event.id for event in notebook.history(HistoryQuery()).events]
    notebook.unknown = frozenset({"one", "four"})
    assert [event.id for event in notebook.history(HistoryQuery()).events] == told
