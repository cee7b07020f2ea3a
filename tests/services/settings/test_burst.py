"""A thousand calls at once, everything delivered more than once, and a kill in the middle (FEAT-1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.otp.mail_server import Mail, Postbox
from tests.services.settings.burst_process import caller
from tests.services.settings.people import ADDITIONAL, ADDRESS, CALL, CONTRACT, Office
from tests.system.programs import Lines, Programs

PROGRAM = str(Path(__file__).parent / "burst_process.py")
CALLS = 1000
KILLED_AFTER = 800
"""Of two deliveries for each call."""
SENDERS = 2
PATIENCE = 300
CALLER = re.compile(r"\b03-12\d{2}-\d{4}\b")


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs()
    yield made
    made.end()


@pytest.mark.rule("FEAT-1")
def test_every_mail_due_is_sent_once_and_none_for_a_muted_number(
    office: Office, postbox: Postbox, programs: Programs, store_url: str
):
    for number in (CONTRACT, ADDITIONAL):
        office.add_address(f"{number}.{ADDRESS}", number)
        office.set_calls(number=number, on=True)
    office.set_calls(number=ADDITIONAL, on=False)

    first = programs.start(PROGRAM, store_url, postbox.url, str(CALLS), "0")
    lines = Lines(first)
    for _ in range(KILLED_AFTER):
        lines.next()
    first.kill()
    first.wait()
    assert 0 < len(postbox.mails) < CALLS // 2, "killed while calls came and mails went out"

    second = programs.start(PROGRAM, store_url, postbox.url, str(CALLS), "2")
    second.communicate(timeout=PATIENCE)
    assert second.returncode == 0

    assert {mail.recipient for mail in postbox.mails} == {f"{CONTRACT}.{ADDRESS}"}
    by_id: dict[str, list[bytes]] = {}
    for mail in postbox.mails:
        by_id.setdefault(str(mail.message["Message-ID"]), []).append(mail.content)
    again = [contents for contents in by_id.values() if len(contents) > 1]
    assert len(again) <= SENDERS, "only what was under way at the kill may come again"
    assert all(len(set(contents)) == 1 for contents in again), "as the same mail"
    told_of = Counter(CALLER.findall(Mail("", contents[0]).text())[0].replace("-", "") for contents in by_id.values())
    assert told_of == Counter(caller(place) for place in range(0, CALLS, 2)), "each call once, and none of the muted"
    rows = office.settings.store.rows("SELECT assignment_id, state, COUNT(*) AS mails FROM outbox GROUP BY 1, 2")
    assert rows == [{"assignment_id": office.assignment(CONTRACT).hex, "state": "sent", "mails": CALLS // 2}]
    told = Counter(row["kind"] for row in _notices(office))
    assert told == {CALL.value: CALLS // 2}


def _notices(office: Office) -> list[dict[str, str]]:
    store, position, found = office.settings.store, 0, []
    while stored := store.stored_after(position, 1000):
        for one in stored:
            position = one.id
            if one.topic == "settings.Notice.Concluded":
                event = store.event_in(one)
                found.append({"kind": event.feature})  # type: ignore[attr-defined]
    return found
