"""Calls over the store: any turn once, from whichever instance (TEMP-11)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from contracts.base import Unavailable
from contracts.phone import AuthUnit
from contracts.tempcred import CallIdTaken, CallUnknown, Collect, StepOutOfTurn, Turn

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
PASSWORD = "20260401"


@pytest.mark.rule("TEMP-2")
def test_the_guides_dialogue_for_the_line_unit_sets_the_contract_number(world: Any):
    first = world.app.start_call("a", ADDITIONAL)
    assert (first.step, first.collect, first.ended) == (1, Collect(digits=1), False)
    second = world.app.enter("a", 1, "1")
    assert (second.step, second.collect) == (2, Collect(digits=8))
    third = world.app.enter("a", 2, PASSWORD)
    assert (third.step, third.collect) == (3, Collect(digits=8))
    fourth = world.app.enter("a", 3, PASSWORD)
    assert (fourth.step, fourth.collect, fourth.ended) == (4, None, True)
    assert "0 3、0 0 0 0、1 1 1 1番" in fourth.say
    (held,) = world.auth.held.values()
    assert held[:3] == (CONTRACT, AuthUnit.LINE, PASSWORD)


@pytest.mark.rule("TEMP-2")
def test_the_guides_dialogue_for_the_number_unit_asks_for_the_number(world: Any):
    asked = world.dial("a", "2")
    assert asked.collect == Collect(digits=12, terminator="#")
    world.app.enter("a", 2, ADDITIONAL + "#")
    world.app.enter("a", 3, PASSWORD)
    assert world.app.enter("a", 4, PASSWORD).ended
    (held,) = world.auth.held.values()
    assert held[:3] == (ADDITIONAL, AuthUnit.NUMBER, PASSWORD)


@pytest.mark.rule("TEMP-1")
@pytest.mark.parametrize("caller", ["0399998888", "", "anonymous", "+1 212 555 0100"])
def test_a_caller_of_no_line_is_told_so_and_the_call_ends(world: Any, caller: str):
    turn = world.app.start_call("a", caller)
    assert (turn.step, turn.collect, turn.ended) == (1, None, True)
    with pytest.raises(CallUnknown):
        world.app.enter("a", 1, "1")


@pytest.mark.rule("LOGIN-1")
def test_the_platform_may_give_the_caller_with_country_code(world: Any):
    assert not world.app.start_call("a", "+81 3-0000-1111").ended


@pytest.mark.rule("TEMP-11")
def test_every_step_may_be_repeated_and_is_answered_the_same(world: Any):
    turns = [world.app.start_call("a", CONTRACT)]
    for step, digits in enumerate(["9", "1", PASSWORD, PASSWORD], start=1):
        turns.append(world.app.enter("a", step, digits))
        for known in turns[1:]:
            assert world.restarted().enter("a", known.step - 1, digits) == known
        assert world.app.start_call("a", CONTRACT) == turns[0]
    assert len(world.auth.held) == 1


@pytest.mark.rule("TEMP-11")
def test_a_step_out_of_turn_is_refused_with_the_expected_one(world: Any):
    world.dial("a", "1")
    for step in (3, 0, -1, 99):
        with pytest.raises(StepOutOfTurn) as refused:
            world.app.enter("a", step, PASSWORD)
        assert refused.value.details.expected == 2


def test_an_unknown_call_is_refused(world: Any):
    with pytest.raises(CallUnknown):
        world.app.enter("nobody", 1, "1")
    with pytest.raises(CallUnknown):
        world.app.hang_up("nobody")


@pytest.mark.rule("TEMP-11")
def test_a_call_id_of_another_caller_is_refused(world: Any):
    world.dial("a", "1")
    with pytest.raises(CallIdTaken):
        world.app.start_call("a", ADDITIONAL)


@pytest.mark.rule("TEMP-6")
def test_three_wrong_entries_end_the_call_and_a_new_one_starts_afresh(world: Any):
    assert world.dial("a", "9", "9", "").ended
    assert not world.dial("b", "9", "9").ended
    assert not world.auth.held


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("keyed", [(), ("1",), ("1", PASSWORD), ("2", ADDITIONAL, PASSWORD, "99999999")])
def test_hanging_up_before_the_matching_second_entry_sets_nothing(world: Any, keyed: tuple[str, ...]):
    turn = world.dial("a", *keyed)
    world.app.hang_up("a")
    world.app.hang_up("a")
    assert world.app.enter("a", turn.step, PASSWORD).ended
    assert not world.auth.held


@pytest.mark.rule("TEMP-10")
def test_the_unit_is_judged_by_what_the_line_is_when_it_is_chosen(world: Any):
    world.app.start_call("a", ADDITIONAL)
    world.auth.unit = AuthUnit.NUMBER
    assert world.app.enter("a", 1, "1").collect == Collect(digits=1)
    assert world.app.enter("a", 2, "2").collect == Collect(digits=12, terminator="#")


@pytest.mark.rule("TEMP-10")
def test_a_line_that_changed_during_the_call_is_answered_honestly(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth.refuses = True
    turn = world.app.enter("a", 3, PASSWORD)
    assert turn.ended
    assert "設定できません" in turn.say


def test_a_question_that_auth_does_not_answer_leaves_the_step_open(world: Any):
    world.app.start_call("a", CONTRACT)
    identify = world.auth.identify

    def away(caller: str) -> None:
        raise Unavailable("auth")

    world.auth.identify = away
    with pytest.raises(Unavailable):
        world.app.enter("a", 1, "1")
    world.auth.identify = identify
    assert world.app.enter("a", 1, "1").step == 2


def race(world: Any, step: int, digits: list[str]) -> list[Turn | Exception]:
    """The same step keyed at once at two instances, `digits` each."""
    instances = [world.restarted(), world.restarted()]
    barrier = threading.Barrier(len(digits))
    answers: list[Turn | Exception] = []

    def key(instance: Any, keyed: str) -> None:
        barrier.wait()
        try:
            answers.append(instance.enter("a", step, keyed))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test wants to see it
            answers.append(error)

    threads = [threading.Thread(target=key, args=(instances[index % 2], keyed)) for index, keyed in enumerate(digits)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.rule("TEMP-11")
def test_a_step_that_arrives_eight_times_at_once_is_taken_once(world: Any):
    world.app.start_call("a", CONTRACT)
    answers = race(world, 1, ["9"] * 8)
    assert len(set(map(repr, answers))) == 1
    assert world.app.enter("a", 2, "9") != world.app.enter("a", 3, "9")  # only one wrong entry was counted
    assert world.app.enter("a", 3, "9").ended


@pytest.mark.rule("TEMP-11")
def test_of_different_entries_for_one_step_the_first_to_be_recorded_counts(world: Any):
    world.app.start_call("a", CONTRACT)
    answers = race(world, 1, ["1", "2", "3", "9"] * 2)
    assert len(set(map(repr, answers))) == 1


@pytest.mark.rule("TEMP-11")
def test_a_second_entry_that_arrives_eight_times_at_once_sets_one_temporary_password(world: Any):
    world.dial("a", "1", PASSWORD)
    answers = race(world, 3, [PASSWORD] * 8)
    assert len(set(map(repr, answers))) == 1
    assert len(world.auth.held) == 1


@pytest.mark.rule("AUDIT-2")
def test_what_was_keyed_is_nowhere_in_the_store_in_clear_and_gone_once_the_call_ended(world: Any):
    world.dial("a", "1", PASSWORD)
    assert PASSWORD not in stored(world)
    assert CONTRACT not in stored(world)
    kept = world.app.row("SELECT state FROM calls")["state"]
    assert PASSWORD in world.app.personal.take_out(kept, "state a")  # or the check above would prove nothing
    world.app.enter("a", 3, PASSWORD)
    assert world.app.row("SELECT state FROM calls")["state"] is None
    assert PASSWORD not in stored(world)


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize("end", [("9", "9", "9"), ("12345678", "1", "9")])
def test_the_first_entry_is_gone_after_a_call_that_failed(world: Any, end: tuple[str, ...]):
    world.dial("a", "1", PASSWORD)
    step = 3
    for digits in end:
        step = world.app.enter("a", step, digits).step
        row = world.app.row("SELECT state FROM calls")
        assert row["state"] is None or PASSWORD not in world.app.personal.take_out(row["state"], "state a")


@pytest.mark.rule("AUDIT-2")
def test_an_abandoned_call_is_forgotten_after_ten_minutes(world: Any):
    world.dial("old", "1", PASSWORD)
    world.passes(minutes=6)
    world.dial("new", "1", PASSWORD)
    world.passes(minutes=4, seconds=1)
    world.app.sweep()
    assert [row["call_id"] for row in world.app.rows("SELECT call_id FROM calls")] == ["new"]
    assert {row["call_id"] for row in world.app.rows("SELECT call_id FROM turns")} == {"new"}
    with pytest.raises(CallUnknown):
        world.app.enter("old", 3, PASSWORD)
    assert world.app.enter("new", 3, PASSWORD).ended


def stored(world: Any) -> str:
    """Everything in the store, as text."""
    events = world.app.recorder.select_notifications(start=None, limit=100)
    rows = [world.app.rows(f"SELECT * FROM {table}") for table in ("calls", "turns", "due", "subject_keys")]
    return repr(rows) + repr([event.state for event in events])


def test_nothing_lasts_longer_than_it_should():
    from services.tempcred.application import FORGOTTEN_AFTER
    from services.tempcred.lifetimes import ABANDONED_AFTER

    assert timedelta(minutes=10) == FORGOTTEN_AFTER
    assert ABANDONED_AFTER > FORGOTTEN_AFTER
