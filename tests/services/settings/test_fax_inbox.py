"""Faxes come in once, are kept under lock as long as they may be, and go when they should (FEAT-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from eventsourcing.persistence import IntegrityError

from contracts.phone import Feature
from contracts.settings.api import SettingsQuery
from contracts.settings.common import NotContracted
from contracts.settings.fax_inbox import (
    PART_BYTES,
    DocumentDiffers,
    DocumentFault,
    DocumentTaken,
    DocumentTooLarge,
    DocumentUnknown,
    FaxForm,
    FaxOutcome,
    FaxQuarantined,
    NoRoomForFax,
    NoSuchFax,
)
from contracts.settings.fax_notification import WhenFull
from services.settings.fax_arrived import FaxArrived
from services.settings.fax_inbox import inbox_of
from tests.services.settings.faxes import fax
from tests.services.settings.mailroom import ONE_PAGE, SENDER, Mailroom
from tests.services.settings.people import ADDITIONAL, CALL, CONTRACT, Office

pytestmark = pytest.mark.rule("FEAT-2")
LARGE = fax(2, compression="raw")
"""In several parts."""


@pytest.fixture
def mailroom(office: Office) -> Mailroom:
    return Mailroom(office)


# --- coming in -------------------------------------------------------------------------------------------------------


def test_a_fax_is_in_the_inbox_unread_with_sender_time_and_pages(mailroom: Mailroom, clock):
    assert mailroom.inbox().faxes == ()
    received = clock.now
    fax_id = mailroom.deliver(fax(3))
    (entry,) = mailroom.inbox().faxes
    assert (entry.fax_id, entry.caller, entry.pages, entry.read, entry.fault) == (fax_id, SENDER, 3, False, None)
    assert (entry.received_at, entry.kept_until) == (received, received + timedelta(days=30))
    assert mailroom.inbox().unread == 1


def test_a_document_of_many_parts_comes_out_as_it_went_in(mailroom: Mailroom):
    assert len(LARGE) > PART_BYTES
    fax_id = mailroom.deliver(LARGE)
    assert mailroom.content(fax_id, FaxForm.TIFF) == LARGE


def test_a_fax_is_seen_page_by_page_and_as_pdf(mailroom: Mailroom):
    fax_id = mailroom.deliver(fax(2))
    first, second = (mailroom.content(fax_id, FaxForm.PREVIEW, page) for page in (1, 2))
    assert first.startswith(b"\x89PNG")
    assert first != second
    assert mailroom.content(fax_id, FaxForm.PREVIEW, 1) == first
    assert mailroom.content(fax_id, FaxForm.PDF).startswith(b"%PDF-1.4")
    with pytest.raises(NoSuchFax):
        mailroom.content(fax_id, FaxForm.PREVIEW, 3)


def test_a_document_and_an_event_that_come_twice_make_one_fax(mailroom: Mailroom):
    document = mailroom.document().document_id
    assert mailroom.document(document_id=document).pages == 1
    assert {mailroom.tell(document, event_id="e1") for _ in range(3)} == {FaxOutcome.KEPT}
    assert mailroom.inbox().total == 1
    with pytest.raises(DocumentTaken):
        mailroom.tell(document, event_id="e2")
    other = mailroom.document().document_id
    assert mailroom.tell(other, event_id="e1") is FaxOutcome.KEPT
    assert mailroom.inbox().total == 1


def test_one_event_that_arrives_many_times_at_once_makes_one_fax(mailroom: Mailroom, new_settings):
    document = mailroom.document().document_id
    rooms = [mailroom, Mailroom(Office(mailroom.office.auth, new_settings()))]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda place: rooms[place % 2].tell(document, event_id="e1"), range(6)))
    assert set(outcomes) == {FaxOutcome.KEPT}
    assert mailroom.inbox().total == 1
    assert len(mailroom.office.told("FaxReceived")) == 1


def test_an_event_without_its_document_is_refused_until_the_document_is_there(mailroom: Mailroom):
    document = uuid4()
    with pytest.raises(DocumentUnknown):
        mailroom.tell(document, event_id="e1")
    mailroom.document(document_id=document)
    assert mailroom.tell(document, event_id="e1") is FaxOutcome.KEPT


def test_what_is_not_what_was_announced_is_not_taken(mailroom: Mailroom):
    document = uuid4()
    with pytest.raises(DocumentDiffers):
        mailroom.complete(document, ONE_PAGE)
    mailroom.document(document_id=document)
    with pytest.raises(DocumentDiffers):
        mailroom.document(fax(2), document_id=document)
    assert mailroom.content(_told(mailroom, document), FaxForm.TIFF) == ONE_PAGE


def test_a_document_that_broke_off_can_be_sent_anew(mailroom: Mailroom):
    document = uuid4()
    with pytest.raises(DocumentDiffers):
        mailroom.complete(document, LARGE, 3)
    mailroom.document(ONE_PAGE, document)
    assert mailroom.content(_told(mailroom, document), FaxForm.TIFF) == ONE_PAGE


def test_nothing_larger_than_an_inbox_is_taken(new_settings, office: Office):
    office.settings = new_settings(fax_bytes=64 * 1024)
    with pytest.raises(DocumentTooLarge) as refused:
        Mailroom(office).document(LARGE)
    assert refused.value.details.most == 64 * 1024


def test_a_fax_for_a_number_without_the_feature_is_nobodys(mailroom: Mailroom):
    mailroom.office.provision({CONTRACT: {CALL}})
    document = mailroom.document().document_id
    assert mailroom.tell(document, event_id="e1") is FaxOutcome.NO_INBOX
    assert mailroom.tell(document, event_id="e1") is FaxOutcome.NO_INBOX
    assert not mailroom.office.settings.store.rows("SELECT place FROM fax_parts")


def test_a_broken_fax_is_told_of_and_shown_to_nobody(mailroom: Mailroom):
    kept = mailroom.document(ONE_PAGE[: len(ONE_PAGE) // 2])
    assert kept.fault is DocumentFault.BROKEN
    assert mailroom.tell(kept.document_id) is FaxOutcome.QUARANTINED
    assert mailroom.open(kept.document_id).fault is DocumentFault.BROKEN
    for form in FaxForm:
        with pytest.raises(FaxQuarantined):
            mailroom.content(kept.document_id, form)
    mailroom.delete(kept.document_id)


# --- reading, deleting, bringing back --------------------------------------------------------------------------------


def test_opening_a_fax_marks_it_read_once(mailroom: Mailroom):
    fax_id = mailroom.deliver()
    for _ in range(2):
        assert mailroom.open(fax_id).read
    assert mailroom.inbox().unread == 0
    (told,) = mailroom.office.told("FaxRead")
    assert (told.subject, told.data["fax"], told.data["pages"]) == (CONTRACT, str(fax_id), 1)


def test_a_deleted_fax_can_be_brought_back_for_a_day(mailroom: Mailroom, clock):
    fax_id = mailroom.deliver()
    mailroom.delete(fax_id)
    mailroom.delete(fax_id)
    assert (mailroom.inbox().total, mailroom.inbox().restorable) == (0, 1)
    with pytest.raises(NoSuchFax):
        mailroom.open(fax_id)
    clock.forward(hours=23, minutes=59)
    (entry,) = mailroom.inbox(deleted=True).faxes
    assert entry.restorable_until == clock.now + timedelta(minutes=1)
    mailroom.restore(fax_id)
    mailroom.restore(fax_id)
    assert mailroom.content(fax_id, FaxForm.TIFF) == ONE_PAGE
    mailroom.delete(fax_id)
    clock.forward(hours=24)
    with pytest.raises(NoSuchFax):
        mailroom.restore(fax_id)
    assert mailroom.inbox(deleted=True).faxes == ()


def test_an_inbox_with_a_long_history_is_what_it_was(mailroom: Mailroom, clock):
    """So long that it is read from a snapshot."""
    fax_id, other = mailroom.deliver(), mailroom.deliver(fax(2))
    mailroom.open(other)
    for _ in range(40):
        mailroom.delete(fax_id)
        clock.forward(minutes=1)
        mailroom.restore(fax_id)
    snapshots = mailroom.office.settings.store.snapshots
    assert snapshots is not None
    assert list(snapshots.get(inbox_of(mailroom.office.assignment(CONTRACT))))
    mailroom.delete(fax_id)
    clock.forward(hours=23)
    mailroom.restore(fax_id)
    assert {one.fax_id: one.read for one in mailroom.inbox().faxes} == {fax_id: False, other: True}
    clock.forward(days=30)
    mailroom.office.settings.sweep_faxes()
    assert mailroom.inbox().total == 0


def test_after_that_day_nothing_is_left_of_it(mailroom: Mailroom, clock):
    fax_id = mailroom.deliver()
    mailroom.content(fax_id, FaxForm.PDF)
    mailroom.delete(fax_id)
    clock.forward(hours=24)
    mailroom.office.settings.sweep_faxes()
    for table in ("fax_parts", "fax_documents", "fax_renderings", "faxes"):
        assert not mailroom.office.settings.store.rows(f"SELECT * FROM {table}")
    assert [event.data["cause"] for event in mailroom.office.told("FaxDeleted")] == ["subscriber"]


def test_a_long_inbox_is_paged_the_newest_first(mailroom: Mailroom, clock):
    faxes = []
    for _ in range(5):
        faxes.append(mailroom.deliver())
        clock.forward(minutes=1)
    newest, rest = mailroom.inbox(per_page=3), mailroom.inbox(page=2, per_page=3)
    assert [one.fax_id for one in (*newest.faxes, *rest.faxes)] == faxes[::-1]
    assert (newest.pages, newest.total, mailroom.inbox(page=9, per_page=3).page) == (2, 5, 2)


def test_nobody_reaches_the_faxes_of_another_number(mailroom: Mailroom):
    fax_id = mailroom.deliver()
    mailroom.deliver(number=ADDITIONAL)
    with pytest.raises(NoSuchFax):
        mailroom.open(fax_id, ADDITIONAL)
    with pytest.raises(NoSuchFax):
        mailroom.content(fax_id, FaxForm.TIFF, number=ADDITIONAL)
    with pytest.raises(NoSuchFax):
        mailroom.delete(fax_id, ADDITIONAL)


@pytest.mark.rule("LINE-6")
def test_a_fax_that_comes_while_its_number_leaves_is_kept_by_nobody(mailroom: Mailroom):
    document = mailroom.document().document_id
    arrivals, office = mailroom.office.settings.fax_arrivals, mailroom.office
    arrived = FaxArrived(event_id="e1", document_id=document, number=ADDITIONAL, at=office.settings.store.clock())
    _, aggregates, writes = arrivals._follow(arrived)
    office.remove(ADDITIONAL)
    with pytest.raises(IntegrityError):
        office.settings.store.save(*aggregates, writes=writes)
    assert arrivals.receive(arrived) is FaxOutcome.NO_INBOX


# --- room and time ---------------------------------------------------------------------------------------------------


def test_a_full_inbox_refuses_and_says_so(new_settings, office: Office):
    office.settings = new_settings(fax_count=2)
    mailroom = Mailroom(office)
    kept = [mailroom.deliver() for _ in range(2)]
    late = mailroom.document().document_id
    assert mailroom.tell(late, event_id="e3") is FaxOutcome.FULL
    assert {one.fax_id for one in mailroom.inbox().faxes} == set(kept)
    assert [event.data["cause"] for event in office.told("FaxRefused")] == ["full"]
    mailroom.delete(kept[0])
    assert mailroom.tell(late, event_id="e3") is FaxOutcome.FULL, "what the network was told stands"
    mailroom.deliver()
    with pytest.raises(NoRoomForFax):
        mailroom.restore(kept[0])


def test_a_full_inbox_may_drop_the_oldest_instead(new_settings, office: Office, clock):
    office.settings = new_settings(fax_count=2)
    mailroom = Mailroom(office)
    mailroom.set_rules(when_full=WhenFull.DROP_OLDEST)
    faxes = []
    for _ in range(4):
        faxes.append(mailroom.deliver())
        clock.forward(minutes=1)
    assert {one.fax_id for one in mailroom.inbox().faxes} == set(faxes[2:])
    assert [(one.data["fax"], one.data["cause"]) for one in office.told("FaxDeleted")] == [
        (str(one), "dropped") for one in faxes[:2]
    ]
    assert len(office.settings.store.rows("SELECT * FROM fax_documents")) == 2


def test_bytes_fill_an_inbox_as_well_as_faxes_do(new_settings, office: Office):
    office.settings = new_settings(fax_bytes=len(LARGE) + 100)
    mailroom = Mailroom(office)
    mailroom.deliver(LARGE)
    assert mailroom.tell(mailroom.document(ONE_PAGE).document_id) is FaxOutcome.FULL
    room = mailroom.inbox().room
    assert (room.faxes, room.size, room.most_bytes) == (1, len(LARGE), len(LARGE) + 100)


def test_of_faxes_that_come_at_once_for_the_last_place_one_gets_it(new_settings, office: Office):
    office.settings = new_settings(fax_count=3)
    rooms = [Mailroom(office), Mailroom(Office(office.auth, new_settings(fax_count=3)))]
    documents = [rooms[0].document().document_id for _ in range(6)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda place: rooms[place % 2].tell(documents[place]), range(6)))
    assert sorted(outcomes) == [FaxOutcome.FULL] * 3 + [FaxOutcome.KEPT] * 3
    assert rooms[0].inbox().total == 3


def test_after_thirty_days_a_fax_is_gone(mailroom: Mailroom, clock):
    fax_id = mailroom.deliver()
    clock.forward(days=29, hours=23)
    mailroom.office.settings.sweep_faxes()
    assert mailroom.inbox().total == 1
    clock.forward(hours=1)
    mailroom.office.settings.sweep_faxes()
    mailroom.office.settings.sweep_faxes()
    assert mailroom.inbox().total == 0
    assert not mailroom.office.settings.store.rows("SELECT * FROM fax_parts")
    assert [(one.data["fax"], one.data["cause"]) for one in mailroom.office.told("FaxDeleted")] == [
        (str(fax_id), "expired")
    ]


def test_a_document_that_nobody_claims_goes_after_a_day(mailroom: Mailroom, clock):
    document = mailroom.document().document_id
    clock.forward(hours=25)
    mailroom.office.settings.sweep_faxes()
    assert not mailroom.office.settings.store.rows("SELECT * FROM fax_parts")
    with pytest.raises(DocumentUnknown):
        mailroom.tell(document)


def test_what_was_made_for_reading_goes_after_hours_and_is_made_anew(mailroom: Mailroom, clock):
    fax_id = mailroom.deliver()
    made = mailroom.content(fax_id, FaxForm.PDF)
    clock.forward(hours=13)
    mailroom.office.settings.sweep_faxes()
    assert not mailroom.office.settings.store.rows("SELECT * FROM fax_renderings")
    assert mailroom.content(fax_id, FaxForm.PDF) == made


# --- whose it is -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("LINE-9")
def test_the_next_holder_of_a_number_sees_none_of_the_former_ones_faxes(mailroom: Mailroom):
    office = mailroom.office
    fax_id = mailroom.deliver(number=ADDITIONAL)
    former = office.reach(ADDITIONAL)
    office.remove(ADDITIONAL)
    office.provision()
    assert mailroom.inbox(number=ADDITIONAL).total == 0
    with pytest.raises(NoSuchFax):
        mailroom.content(fax_id, FaxForm.TIFF, number=ADDITIONAL)
    with pytest.raises(NotContracted):
        office.settings.changes.view(_query(former))
    assert not office.settings.store.rows("SELECT * FROM fax_parts")


@pytest.mark.rule("AUDIT-2", "AUDIT-5")
def test_a_fax_lies_sealed_and_is_erased_with_its_holders_key(mailroom: Mailroom):
    store = mailroom.office.settings.store
    fax_id = mailroom.deliver(LARGE)
    content = b"".join(bytes(row["content"]) for row in store.rows("SELECT content FROM fax_parts"))
    assert len(content) >= len(LARGE)
    assert not any(LARGE[at : at + 32] in content for at in range(0, len(LARGE) - 32, 4096) if any(LARGE[at : at + 32]))
    assert b"II*" not in content[:64]
    rows = repr(store.rows("SELECT * FROM faxes") + store.rows("SELECT locked_key FROM fax_documents"))
    events = b"".join(bytes(one.state) for one in store.stored_after(0, 100))
    assert SENDER not in rows
    assert SENDER.encode() not in events
    store.personal.erase(mailroom.office.assignment(CONTRACT))
    (entry,) = mailroom.inbox().faxes
    assert (entry.fax_id, entry.caller) == (fax_id, None)
    with pytest.raises(NoSuchFax):
        mailroom.content(fax_id, FaxForm.TIFF)


@pytest.mark.rule("AUDIT-1")
def test_the_world_is_told_that_a_fax_came_and_not_from_whom(mailroom: Mailroom):
    fax_id = mailroom.deliver(fax(2))
    mailroom.delete(fax_id)
    mailroom.restore(fax_id)
    received, deleted, restored = mailroom.office.told()
    assert [one.name for one in (received, deleted, restored)] == ["FaxReceived", "FaxDeleted", "FaxRestored"]
    assert (received.subject, received.partitionkey) == (CONTRACT, CONTRACT)
    assert (received.data["fax"], received.data["pages"], received.data["quarantined"]) == (str(fax_id), 2, None)
    assert SENDER not in received.model_dump_json()
    assert deleted.data["actor"]["number"] == CONTRACT


def test_parts_of_one_document_do_not_pass_for_those_of_another(mailroom: Mailroom):
    store = mailroom.office.settings.store
    one, other = mailroom.deliver(), mailroom.deliver(fax(2))
    swapped = store.row("SELECT content FROM fax_parts WHERE document_id = :id", {"id": other.hex})
    assert swapped is not None
    store.execute(
        "UPDATE fax_parts SET content = :content WHERE document_id = :id",
        {"content": swapped["content"], "id": one.hex},
    )
    with pytest.raises(InvalidTag):
        mailroom.content(one, FaxForm.TIFF)


def _told(mailroom: Mailroom, document):
    mailroom.tell(document)
    return document


def _query(reach):
    return SettingsQuery(reach=reach, feature=Feature.FAX_NOTIFICATION)


@pytest.mark.rule("FEAT-2")
def test_a_document_that_is_claimed_in_the_moment_in_which_it_would_be_let_go_stays(
    mailroom: Mailroom, clock, monkeypatch: pytest.MonkeyPatch
):
    document = mailroom.document().document_id
    clock.forward(hours=25)
    store = mailroom.office.settings.store
    save = store.save

    def claimed_first(**given: Any) -> object:
        monkeypatch.setattr(store, "save", save)
        mailroom.tell(document)
        return save(**given)

    monkeypatch.setattr(store, "save", claimed_first)
    mailroom.office.settings.fax_documents.sweep()
    assert mailroom.content(document, FaxForm.TIFF) == ONE_PAGE
