"""Every event arrives once, whatever breaks in between (EVENT-3, AUDIT-1)."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.follower import History
from contracts.audit import AuditQuery
from contracts.auth.api import AuthApi
from contracts.base import Envelope, HistoryPage, HistoryQuery, Unavailable
from services.audit.application import Audit
from services.audit.config import AuditConfig
from tests.services.audit.conftest import away
from tests.services.auth.people import OfficeLine


def in_small_pages(history: History, size: int = 3) -> History:
    return lambda query: history(query.model_copy(update={"limit": size}))


def ids_in(audit: Audit) -> list[str]:
    return [row["event_id"] for row in audit.rows("SELECT event_id FROM entries ORDER BY position")]


def ids_of(auth_api: AuthApi) -> list[str]:
    return [event.id for event in auth_api.history(HistoryQuery(limit=1000)).events]


@pytest.fixture
def busy_office(office: OfficeLine) -> OfficeLine:
    for password in ("aoi97sora", "midori97ki", "shiroi97yuki"):
        office.settle(password=password)
    return office


@pytest.mark.rule("EVENT-3")
def test_a_page_that_comes_again_changes_nothing(busy_office, auth_api: AuthApi, new_audit: Callable[..., Audit]):
    """As when a follower read a page, was overtaken, and writes it all the same."""
    whole = auth_api.history(HistoryQuery(limit=1000))

    def forgetful(query: HistoryQuery) -> HistoryPage:
        # Tells everything again, with one event more each time.
        told = tuple(event for event in whole.events if event.position <= min(query.after + 2, whole.until))
        return HistoryPage(events=told, until=min(query.after + 2, whole.until))

    audit = new_audit({"auth": forgetful})
    audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)
    assert [row["position"] for row in audit.rows("SELECT position FROM entries ORDER BY position")] == list(
        range(1, len(whole.events) + 1)
    )


@pytest.mark.rule("EVENT-3")
def test_what_happened_before_audit_was_there_is_taken_in_from_the_beginning(busy_office, auth_api, audit: Audit):
    audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)


def test_following_again_when_nothing_happened_changes_nothing(busy_office, auth_api, audit: Audit):
    audit.follow("auth")
    audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)


def test_a_source_that_breaks_off_is_followed_on_from_there(busy_office, auth_api, new_audit: Callable[..., Audit]):
    asked = 0

    def breaking_off(query: HistoryQuery) -> HistoryPage:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Unavailable("auth")
        return in_small_pages(auth_api.history)(query)

    audit = new_audit({"auth": breaking_off})
    with pytest.raises(Unavailable):
        audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)[:6]
    audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)


def _follow_and_die(url: str, events: list[Envelope], where: str) -> None:
    asked = 0

    def deadly(query: HistoryQuery) -> HistoryPage:
        nonlocal asked
        asked += 1
        if asked == 3 and where == "between pages":
            os._exit(9)
        told = tuple([event for event in events if event.position > query.after][:4])
        return HistoryPage(events=told, until=told[-1].position if told else query.after)

    audit = Audit(AuditConfig(database_url=url, key=b"a" * 32), {"auth": deadly})
    recorder = audit.recorder
    insert_tracking = recorder._insert_tracking  # type: ignore[attr-defined]

    def die_before_the_commit(*args: object, **kwargs: object) -> None:
        insert_tracking(*args, **kwargs)
        if asked == 3 and where == "within the commit":
            os._exit(9)

    recorder._insert_tracking = die_before_the_commit  # type: ignore[attr-defined]
    audit.follow("auth")


@pytest.mark.rule("EVENT-2")
@pytest.mark.parametrize("where", ["between pages", "within the commit"])
def test_a_crash_loses_nothing_and_doubles_nothing(
    busy_office, auth_api: AuthApi, new_audit: Callable[..., Audit], store_url: str, where: str
):
    new_audit()
    events = list(auth_api.history(HistoryQuery(limit=1000)).events)
    process = multiprocessing.get_context("spawn").Process(target=_follow_and_die, args=(store_url, events, where))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    audit = new_audit()
    assert ids_in(audit) == ids_of(auth_api)[:8], "two pages were committed, the third was not"
    audit.follow("auth")
    assert ids_in(audit) == ids_of(auth_api)


def test_followers_that_are_active_at_once_do_no_harm(busy_office, auth_api, new_audit: Callable[..., Audit]):
    sizes = (1, 2, 3, 5)
    audits = [new_audit({"auth": in_small_pages(auth_api.history, size)}) for size in sizes]

    def follow(audit: Audit) -> None:
        while len(ids_in(audit)) < len(expected):
            audit.follow("auth")

    expected = ids_of(auth_api)
    with ThreadPoolExecutor(len(audits)) as pool:
        list(pool.map(follow, audits))
    assert ids_in(audits[0]) == expected


def test_followers_of_different_sources_share_the_positions_out(busy_office, auth_api, new_audit: Callable[..., Audit]):
    def as_tempcred(query: HistoryQuery) -> HistoryPage:
        page = auth_api.history(query.model_copy(update={"limit": 2}))
        renamed = [
            event.model_copy(update={"id": f"t-{event.id}", "source": "/services/tempcred"}) for event in page.events
        ]
        return HistoryPage(events=tuple(renamed), until=page.until)

    histories = {"auth": in_small_pages(auth_api.history, 2), "tempcred": as_tempcred}
    first, second = new_audit(histories), new_audit(histories)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].follow(pair[1]), [(first, "auth"), (second, "tempcred")]))
    rows = first.rows("SELECT position, service, source_position FROM entries ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, 2 * len(ids_of(auth_api)) + 1))
    for service in ("auth", "tempcred"):
        of_service = [row["source_position"] for row in rows if row["service"] == service]
        assert of_service == sorted(of_service)


def test_a_source_that_is_away_keeps_neither_the_others_nor_the_question_waiting(
    busy_office, auth_api, new_audit: Callable[..., Audit]
):
    audit = new_audit({"tempcred": away, "auth": auth_api.history})
    assert len(audit.entries(AuditQuery(limit=1000)).entries) == len(ids_of(auth_api))


def test_a_source_that_talks_nonsense_spoils_no_question(busy_office, auth_api, new_audit: Callable[..., Audit]):
    def broken(query: HistoryQuery) -> HistoryPage:
        raise ValueError("nonsense")

    audit = new_audit({"tempcred": broken})
    assert len(audit.entries(AuditQuery(limit=1000)).entries) == len(ids_of(auth_api))


def test_a_question_stops_catching_up_when_its_time_is_over(
    busy_office, auth_api, new_audit: Callable[..., Audit], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.audit.application.HASTE", 0.0)
    audit = new_audit()
    assert audit.entries(AuditQuery()).entries == ()
    audit.follow("auth")
    assert audit.entries(AuditQuery()).entries != ()


def test_an_emptied_index_is_built_again_from_the_histories(busy_office, auth_api, new_audit: Callable[..., Audit]):
    audit = new_audit()
    audit.follow("auth")
    before = audit.rows("SELECT * FROM entries ORDER BY position")
    tracking = getattr(audit.recorder, "tracking_table_name", "tracking")
    for table in ("entries", "entry_numbers", tracking):
        audit.execute(f"DELETE FROM {table}", {})
    assert audit.rows("SELECT * FROM entries") == []
    audit.follow("auth")
    assert audit.rows("SELECT * FROM entries ORDER BY position") == before
