"""A fax is told by mail, without the document (FEAT-2)."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from chassis.hyphens import hyphenated
from chassis.personal_data import Sealed
from contracts.settings.fax_inbox import DocumentUnknown, FaxOutcome
from contracts.settings.network import FaxReceivedEvent
from services.settings.letters import LETTERS
from tests.services.settings.faxes import fax
from tests.services.settings.mailroom import ONE_PAGE, SENDER, Mailroom
from tests.services.settings.people import CONTRACT, FAX, Office

pytestmark = pytest.mark.rule("FEAT-2")
ADDRESSES = ("yamada@mail.example", "suzuki@mail.example")


@pytest.fixture
def mailroom(office: Office) -> Mailroom:
    """Whose number has notices on, to two addresses."""
    for address in ADDRESSES:
        office.add_address(address, feature=FAX)
    mailroom = Mailroom(office)
    mailroom.set_rules(on=True)
    return mailroom


def letters(mailroom: Mailroom) -> list[tuple[str, str]]:
    """Whom each waiting mail is for, and its text."""
    store = mailroom.office.settings.store
    found = []
    for row in store.rows("SELECT * FROM outbox WHERE state = 'on_its_way' ORDER BY mail_id"):
        text = store.personal.open(Sealed(UUID(row["assignment_id"]), row["content"]))
        assert text is not None
        content = json.loads(text)
        letter = LETTERS[row["kind"]]("サイト", content, store.clock())
        found.append((content["address"], letter.text))
    return sorted(found)


def event(document: UUID, event_id: str = "e1") -> FaxReceivedEvent:
    return FaxReceivedEvent.model_validate(
        {
            "type": "FaxReceived",
            "id": event_id,
            "time": "2026-04-01T18:00:00+09:00",
            "data": {"number": CONTRACT, "caller": SENDER, "document": str(document)},
        }
    )


def test_each_address_gets_one_mail_with_sender_pages_and_the_way_to_the_inbox(mailroom: Mailroom):
    mailroom.deliver(fax(3))
    (first, text), (second, _) = letters(mailroom)
    assert (first, second) == tuple(sorted(ADDRESSES))
    for told in (
        hyphenated(CONTRACT),
        hyphenated(SENDER),
        "3ページ",
        "2026年4月1日 18時00分",
        "/services/fax-notification/",
    ):
        assert told in text


def test_the_networks_event_brings_the_fax_and_its_mails_once_however_often_it_comes(mailroom: Mailroom):
    document = mailroom.document().document_id
    intake = mailroom.office.settings.intake
    assert [intake.take(event(document)).repeated for _ in range(3)] == [False, True, True]
    assert mailroom.inbox().total == 1
    assert len(letters(mailroom)) == 2


def test_an_event_that_comes_before_its_document_can_come_again(mailroom: Mailroom):
    document = uuid4()
    intake = mailroom.office.settings.intake
    with pytest.raises(DocumentUnknown):
        intake.take(event(document))
    mailroom.document(document_id=document)
    assert not intake.take(event(document)).repeated
    assert mailroom.inbox().total == 1


def test_a_fax_that_cannot_be_shown_is_told_as_such(mailroom: Mailroom):
    mailroom.deliver(ONE_PAGE[:200])
    _, text = letters(mailroom)[0]
    assert "壊れているため、表示できません" in text
    assert "FAX受信箱でご覧ください" not in text


def test_a_fax_of_too_many_pages_is_not_called_broken(mailroom: Mailroom, new_settings):
    mailroom.office.settings = new_settings(fax_pages=2)
    mailroom.deliver(fax(3))
    _, text = letters(mailroom)[0]
    assert "ページ数を超えているため、表示できません" in text
    assert "壊れて" not in text


def test_a_fax_for_which_there_was_no_room_is_told_as_such(mailroom: Mailroom, new_settings):
    mailroom.office.settings = new_settings(fax_count=1)
    mailroom.deliver()
    assert mailroom.tell(mailroom.document().document_id) is FaxOutcome.FULL
    assert sum("FAX受信箱がいっぱい" in text for _, text in letters(mailroom)) == 2


def test_a_number_that_has_notices_off_gets_its_fax_and_no_mail(mailroom: Mailroom):
    mailroom.set_rules(on=False)
    mailroom.deliver()
    assert mailroom.inbox().total == 1
    assert letters(mailroom) == []
