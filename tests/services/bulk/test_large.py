"""A line as large as lines get, set by one file while others look on, with hashes that cost little (LINE-7, BULK-9)."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest

from chassis.loading import load_many
from contracts.base import HistoryQuery
from contracts.bulk.kinds import UploadState
from services.auth.application import Auth
from services.auth.credential import Credential, Kind
from tests.services.auth.large_line import numbers_of
from tests.services.bulk.office import Office

TEN_THOUSAND = 10_000


class Onlooker(threading.Thread):
    """Looks again and again, as another process does, at what the numbers have: by all ways that lead to it."""

    def __init__(self, office: Office, numbers: list[str]) -> None:
        super().__init__()
        self._auth: Auth = office.auth
        rows = self._auth.store.rows("SELECT assignment_id, number FROM numbers")
        known = {row["number"]: row["assignment_id"] for row in rows}
        self._first, self._last = known[numbers[0]], known[numbers[-1]]
        self._after = self._end_of_history()
        self._over = threading.Event()
        self.seen: set[tuple[str, int | tuple[bool, bool]]] = set()

    def run(self) -> None:
        while not self._over.is_set():
            self._look()
        self._look()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _look(self) -> None:
        """At the rows by which sessions live, at what a login is compared with, and at what the world is told."""
        (grown,) = self._auth.store.rows(
            "SELECT count(*) AS count FROM numbers WHERE is_contract = 0 AND generation > 0"
        )
        self.seen.add(("rows", grown["count"]))
        for one, then in ((self._first, self._last), (self._last, self._first)):
            self.seen.add(("who looks at one and then at another", (self._has_password(one), self._has_password(then))))
        self.seen.add(("events", self._told()))

    def _has_password(self, assignment: str) -> bool:
        (credential,) = load_many(self._auth.store, Credential, [UUID(assignment)]).values()
        return credential.kind == Kind.PASSWORD

    def _told(self) -> int:
        """How many passwords the world is told to have been set by a file."""
        after, found = self._after, 0
        while True:
            page = self._auth.history(HistoryQuery(after=after, limit=1000))
            found += sum(event.data.get("cause") == "bulk" for event in page.events)
            if page.until == after:
                return int(found)
            after = page.until

    def _end_of_history(self) -> int:
        after = -1
        while (until := self._auth.history(HistoryQuery(after=max(after, 0), limit=1000)).until) != after:
            after = until
        return after


@pytest.mark.rule("LINE-7", "BULK-1", "BULK-9")
@pytest.mark.parametrize(
    "new_store_url",
    ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.soak])],
    indirect=True,
)
def test_ten_thousand_passwords_become_visible_together(new_office):
    office = new_office(size=TEN_THOUSAND)
    numbers = numbers_of(TEN_THOUSAND)
    wanted = {number: f"a{place // 100:02}b{place % 100:02}cdxy" for place, number in enumerate(numbers)}
    view = office.checked(wanted)
    assert (view.state, view.change_count) == (UploadState.READY, len(numbers))
    office.confirm(view.upload_id)
    onlooker = Onlooker(office, numbers)
    onlooker.start()
    try:
        office.work()
    finally:
        onlooker.stop()
    assert office.look(view.upload_id).state is UploadState.COMPLETED
    assert {seen for what, seen in onlooker.seen if what in {"rows", "events"}} == {0, len(numbers)}
    pairs = {seen for what, seen in onlooker.seen if what not in {"rows", "events"}}
    assert {(False, False), (True, True)} <= pairs
    assert (True, False) not in pairs, "whoever has seen one sees the others"
    assert sorted(office.set_by_bulk()) == numbers
    office.log_in(numbers[-1], wanted[numbers[-1]])
