"""A number that leaves its line at the very moment in which it is enrolled, on either store (LINE-9, BULK-9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from eventsourcing.persistence import IntegrityError, Tracking

from contracts.otp.bulk import OtpRowsNotApplied
from contracts.otp.common import HolderGone, OtpUse
from services.otp.schema import MIGRATIONS
from tests.services.otp.people import Person
from tests.services.otp.test_bulk import HANDS, Office, whole

REMOVED = Tracking("auth", 1)


def right_before_the_commit(otp, monkeypatch, happens: Callable[[], object]) -> list[object]:
    """Once, when everything was looked at and nothing is saved yet; filled when it has happened."""
    done: list[object] = []
    recorder = otp.store.recorder
    save = recorder.insert_events

    def meanwhile(*args, **kwargs):
        if not done:
            done.append("begun")
            done.append(happens())
        return save(*args, **kwargs)

    monkeypatch.setattr(recorder, "insert_events", meanwhile)
    return done


@pytest.mark.rule("LINE-9", "OTP-1")
def test_who_is_removed_while_choosing_for_the_first_time_has_chosen_nothing(otp, new_otp, person, monkeypatch):
    other = new_otp()
    done = right_before_the_commit(
        otp, monkeypatch, lambda: other.enrolments.end(person.assignment_id, REMOVED) and "removed"
    )
    with pytest.raises(HolderGone):
        person.choose()
    assert done[1:] == ["removed"]
    assert person.counted() == {}


@pytest.mark.rule("LINE-9", "BULK-9")
def test_a_number_that_is_removed_while_a_file_registers_it_fails_the_file_whole_and_is_named(
    otp, new_otp, monkeypatch
):
    office, other = Office(otp), new_otp()
    order = office.order({number: whole(number) for number in HANDS[:3]})
    done = right_before_the_commit(
        otp, monkeypatch, lambda: other.enrolments.end(office.ids[HANDS[1]], REMOVED) and "removed"
    )
    with pytest.raises(OtpRowsNotApplied) as refused:
        otp.in_bulk.apply(order)
    assert done[1:] == ["removed"]
    assert refused.value.details.moved == (office.ids[HANDS[1]],)
    assert office.used() == 0


@pytest.mark.rule("BULK-9", "UNIT-8")
def test_a_job_that_was_refused_is_not_put_in_force_by_whoever_is_still_saving_it(otp, new_otp, monkeypatch):
    office, other = Office(otp), new_otp()
    order = office.order({number: whole(number) for number in HANDS[:3]})
    late = order.model_copy(update={"is_late": True, "results": ()})

    def is_refused():
        with pytest.raises(OtpRowsNotApplied):
            other.in_bulk.apply(late)
        return "refused"

    done = right_before_the_commit(otp, monkeypatch, is_refused)
    with pytest.raises(OtpRowsNotApplied):
        otp.in_bulk.apply(order)
    assert done[1:] == ["refused"]
    with pytest.raises(OtpRowsNotApplied):
        other.in_bulk.apply(order)
    assert office.used() == 0


@pytest.mark.rule("LINE-9", "BULK-9")
@pytest.mark.parametrize("how", ["by its holder", "by a file"])
def test_a_number_that_is_enrolled_while_it_is_removed_is_removed_by_the_next_try(otp, new_otp, monkeypatch, how):
    office, other = Office(otp), new_otp()
    person = Person(other, None, office.ids[HANDS[0]], HANDS[0])  # type: ignore[arg-type]  # gets no mail
    order = office.order({HANDS[0]: whole(HANDS[0])})
    enrols = person.choose if how == "by its holder" else lambda: other.in_bulk.apply(order)
    done = right_before_the_commit(otp, monkeypatch, enrols)
    with pytest.raises(IntegrityError):  # the follower sees that its position is where it was, and comes again
        otp.enrolments.end(person.assignment_id, REMOVED)
    assert len(done) == 2
    assert otp.store.position_in("auth") == 0
    assert otp.enrolments.end(person.assignment_id, REMOVED)
    with pytest.raises(HolderGone):
        person.standing()


@pytest.mark.rule("LINE-9", "OTP-1")
def test_nobody_chooses_any_more_for_a_number_that_was_removed_without_ever_having_chosen(otp, person):
    otp.enrolments.end(person.assignment_id, REMOVED)
    with pytest.raises(HolderGone):
        person.choose()
    with pytest.raises(HolderGone):
        person.standing()
    assert person.counted() == {}


@pytest.mark.rule("LINE-9", "BULK-9")
def test_what_an_older_release_noted_of_removed_numbers_still_holds(otp, person):
    otp.store.execute("INSERT INTO gone VALUES (:id)", {"id": person.assignment_id.hex})
    (step,) = (one for one in MIGRATIONS if one.name == "0013-gone-where-others-begin")
    otp.store.execute(step.sql, {})
    with pytest.raises(HolderGone):
        person.choose(OtpUse.NOT_USED)
