"""One-time passwords of many numbers in one moment, on either store (BULK-3, BULK-9)."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import Tracking

from contracts.base import Busy, HistoryQuery, Role, Secret
from contracts.otp.bulk import ApplyOtpRows, OtpNumbers, OtpRowChange, OtpRows, OtpRowsNotApplied
from contracts.otp.common import Holder, OtpUse
from contracts.phone import AssignmentId
from services.otp import publishing
from services.otp.bulk_rules import has_run
from tests.services.otp.people import Person

CONTRACT = "0300001111"
HANDS = [f"03000022{place:02}" for place in range(40)]


class Office:
    """Numbers that have never chosen."""

    def __init__(self, otp):
        self.otp = otp
        self.ids = {number: AssignmentId(uuid4()) for number in HANDS}
        self.actor = Holder(assignment_id=AssignmentId(uuid4()), number=CONTRACT, contract_number=CONTRACT)

    def rows(self, job_id: UUID, cells: dict[str, list[str]]) -> OtpRows:
        known = self.otp.in_bulk.of_numbers(OtpNumbers(assignments=tuple(self.ids.values()))).numbers
        versions = {one.assignment_id: one.version for one in known}
        content = [
            [self.ids[number].hex, versions.get(self.ids[number], 0), number, *what] for number, what in cells.items()
        ]
        return OtpRows(job_id=job_id, contract_number=CONTRACT, rows=Secret(json.dumps(content)))

    def order(self, cells: dict[str, list[str]]) -> ApplyOtpRows:
        job_id = uuid4()
        result = self.otp.in_bulk.make_ready(self.rows(job_id, cells)).result
        return ApplyOtpRows(
            job_id=job_id, actor=self.actor, role=Role.ADMINISTRATOR, rows=len(cells), results=(result,)
        )

    def used(self) -> int:
        known = self.otp.in_bulk.of_numbers(OtpNumbers(assignments=tuple(self.ids.values()))).numbers
        return sum(one.use is OtpUse.USED for one in known)

    def told(self) -> list[str]:
        return [event.name for event in publishing.history(self.otp.store, HistoryQuery(limit=1000)).events]


def whole(number: str) -> list[str]:
    return ["1", f"n{number}@mail.example", "hana8888", "umi5kaze"]


@pytest.fixture
def office(otp):
    return Office(otp)


@pytest.mark.rule("BULK-3", "BULK-9", "AUDIT-1")
def test_all_are_registered_in_one_moment_once(office, new_otp):
    order = office.order({number: whole(number) for number in HANDS})
    assert office.used() == 0
    office.otp.in_bulk.apply(order)
    new_otp().in_bulk.apply(order)
    assert office.used() == len(HANDS)
    assert office.told().count("OtpAddressRegistered") == len(HANDS)
    assert office.told().count("OtpUseChanged") == len(HANDS)


@pytest.mark.rule("BULK-3", "BULK-6", "AUDIT-2")
def test_the_check_tells_what_each_row_changes_with_the_old_address_masked(office):
    change = OtpRowChange(assignment_id=office.ids[HANDS[0]])
    whole_row = whole(HANDS[0])

    def told(cells):
        (found,) = office.otp.in_bulk.check(office.rows(uuid4(), {HANDS[0]: cells})).changes
        return found.model_copy(update={"address_after": found.address_after and found.address_after.reveal()})

    def expected(**fields):
        return change.model_copy(update=fields)

    everything = {"address": True, "confirmation_id": True, "confirmation_password": True}
    undecided, used = {"use_before": OtpUse.UNDECIDED}, {"use_before": OtpUse.USED}
    assert told(["0", "", "", ""]) == expected(declined=True, **undecided)
    assert told(["", "", "", ""]) == expected(**undecided)
    assert told(whole_row) == expected(begun=True, **undecided, **everything, address_after=whole_row[1])
    office.otp.in_bulk.apply(office.order({HANDS[0]: whole_row}))
    before = f"n***@{whole_row[1].partition('@')[2]}"
    assert told(["1", "", "", ""]) == told(["", "", "", ""]) == expected(**used)
    assert told(["1", whole_row[1].replace("mail.", "MAIL."), whole_row[2], ""]) == expected(**used)
    assert told(["1", "new@mail.example", "", ""]) == expected(
        address=True, **used, address_before=before, address_after="new@mail.example"
    )
    assert told(["1", "", "tsuki999", "kumo7sora"]) == expected(
        **used, confirmation_id=True, confirmation_password=True
    )
    assert told(["0", "not read", "", ""]) == expected(ended=True, **used, not_read=True, address_before=before)
    assert told(["0", "", "", ""]) == expected(ended=True, **used, address_before=before)


@pytest.mark.rule("BULK-3", "AUDIT-1")
def test_a_row_that_asks_for_what_is_registered_is_no_event(office):
    office.otp.in_bulk.apply(office.order({HANDS[0]: whole(HANDS[0])}))
    before = office.told()
    office.otp.in_bulk.apply(office.order({HANDS[0]: [*whole(HANDS[0])[:3], ""], HANDS[1]: ["0", "", "", ""]}))
    assert office.told() == [*before, "OtpUseChanged"]


@pytest.mark.rule("BULK-3", "BULK-5", "AUDIT-1")
def test_a_row_with_nothing_in_it_leaves_its_number_as_it_is_whatever_that_is(office, postbox):
    waiting = Person(office.otp, postbox, office.ids[HANDS[0]], HANDS[0])
    waiting.choose()
    waiting.register()
    Person(office.otp, postbox, office.ids[HANDS[1]], HANDS[1]).choose(OtpUse.NOT_USED)
    office.otp.in_bulk.apply(office.order({HANDS[2]: whole(HANDS[2])}))
    before, empty = office.told(), ["", "", "", ""]
    assert office.otp.in_bulk.check(office.rows(uuid4(), dict.fromkeys(HANDS[:4], empty))).faults == ()
    office.otp.in_bulk.apply(office.order(dict.fromkeys(HANDS[:4], empty)))
    assert office.told() == before
    waiting.open_link()
    (fault,) = office.otp.in_bulk.check(office.rows(uuid4(), {HANDS[2]: ["", "", "tsuki999", ""]})).faults
    assert (fault.column, fault.fault) == ("use", "bad_use")


@pytest.mark.rule("BULK-9")
def test_a_job_that_is_asked_for_again_while_it_is_put_in_force_is_not_begun_a_second_time(office, monkeypatch):
    recorder, told = office.otp.store.recorder, []
    order, save = office.order({number: whole(number) for number in HANDS}), recorder.insert_events

    def meanwhile(*args, **kwargs):
        with pytest.raises(Busy):
            office.otp.in_bulk.apply(order)
        told.append("busy")
        return save(*args, **kwargs)

    monkeypatch.setattr(recorder, "insert_events", meanwhile)
    office.otp.in_bulk.apply(order)
    monkeypatch.undo()
    office.otp.in_bulk.apply(order)
    assert told == ["busy"]
    assert office.used() == len(HANDS)


@pytest.mark.rule("BULK-9")
def test_one_that_has_moved_fails_all(office):
    office.otp.in_bulk.apply(office.order({number: whole(number) for number in HANDS[:2]}))
    order = office.order({number: ["0", "", "", ""] for number in HANDS[:2]})
    office.otp.in_bulk.apply(office.order({HANDS[1]: ["1", "", "tsuki999", ""]}))
    with pytest.raises(OtpRowsNotApplied) as refused:
        office.otp.in_bulk.apply(order)
    assert refused.value.details.moved == (office.ids[HANDS[1]],)
    assert office.used() == 2


@pytest.mark.rule("BULK-9", "LINE-6")
@pytest.mark.parametrize("enrolled", [False, True], ids=["who never chose", "who is registered"])
def test_a_number_that_left_its_line_since_the_check_fails_all(office, enrolled):
    if enrolled:
        office.otp.in_bulk.apply(office.order({HANDS[1]: whole(HANDS[1])}))
    job = uuid4()
    rows, order = office.rows(job, {HANDS[1]: whole(HANDS[1])}), office.order({n: whole(n) for n in HANDS[:2]})
    office.otp.enrolments.end(office.ids[HANDS[1]], Tracking("auth", 1))
    before = office.told()
    with pytest.raises(OtpRowsNotApplied) as refused:
        office.otp.in_bulk.apply(order)
    assert refused.value.details.moved == (office.ids[HANDS[1]],)
    assert [fault.fault for fault in office.otp.in_bulk.check(rows).faults if fault.column == "number"] == [
        "moved_meanwhile"
    ]
    assert office.told() == before


@pytest.mark.rule("BULK-9")
def test_a_job_is_applied_whole_or_not_at_all(office):
    order = office.order({number: whole(number) for number in HANDS[:2]})
    with pytest.raises(ValueError):
        office.otp.in_bulk.apply(order.model_copy(update={"rows": 3}))
    other = office.order({HANDS[2]: whole(HANDS[2])})
    with pytest.raises(ValueError):
        office.otp.in_bulk.apply(order.model_copy(update={"results": other.results, "rows": 1}))
    assert office.used() == 0


@pytest.mark.rule("PWD-3")
@pytest.mark.parametrize(("text", "step"), [("aAaa", 0), ("x0000", 0), ("1234", 1), ("dCba", -1)])
def test_a_run_of_four_is_found(text, step):
    assert has_run(text, step)


@pytest.mark.rule("PWD-3")
@pytest.mark.parametrize(("text", "step"), [("aaa", 0), ("8901", 1), ("yzab", 1), ("2135", 1), ("/012", 1)])
def test_shorter_ones_and_what_would_have_to_wrap_are_no_run(text, step):
    assert not has_run(text, step)
