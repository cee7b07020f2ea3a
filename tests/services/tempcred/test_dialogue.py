from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.phone import AuthUnit
from services.tempcred.dialogue import (
    MOST_ENTRIES,
    WRONG_ENTRIES,
    Caller,
    Dialogue,
    Facts,
    Heard,
    Step,
    advance,
    number_in,
)

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
LINE = {CONTRACT, ADDITIONAL}


def caller(number: str = CONTRACT, unit: AuthUnit | None = None, own_settable: bool = True) -> Caller:
    return Caller(number, CONTRACT, unit, own_settable)


class Call:
    """Plays the application: looks the facts up and keeps the first entry."""

    def __init__(self, who: Caller | None = None) -> None:
        self.who = who or caller()
        self.dialogue = Dialogue()
        self.heard: Heard | None = None
        self.first: str | None = None
        self.entries = 0

    def enter(self, *entries: str) -> Call:
        for entry in entries:
            at = self.dialogue.at
            facts = Facts(self.who, number_in(entry) in LINE, self.first)
            self.dialogue, self.heard = advance(self.dialogue, entry, facts)
            self.entries += 1
            if at is Step.FIRST and self.heard is Heard.ACCEPTED:
                self.first = entry
        return self

    @property
    def at(self) -> Step:
        return self.dialogue.at


def after(*entries: str, who: Caller | None = None) -> Call:
    return Call(who).enter(*entries)


@pytest.mark.rule("TEMP-2")
@pytest.mark.rule("TEMP-3")
def test_choosing_the_line_sets_the_contract_number_without_asking_for_it():
    call = after("1", who=caller(ADDITIONAL))
    assert (call.at, call.dialogue.number, call.dialogue.unit) == (Step.FIRST, CONTRACT, AuthUnit.LINE)


@pytest.mark.rule("TEMP-2")
@pytest.mark.parametrize("who", [caller(), caller(ADDITIONAL)])
def test_choosing_the_number_unit_always_asks_for_the_number(who: Caller):
    assert after("2", who=who).at is Step.NUMBER


@pytest.mark.rule("TEMP-2")
def test_choosing_administrator_and_users_asks_the_contract_number_for_the_number():
    assert after("3").at is Step.NUMBER


@pytest.mark.rule("TEMP-3")
def test_choosing_administrator_and_users_from_an_additional_number_sets_the_callers_own():
    call = after("3", who=caller(ADDITIONAL))
    assert (call.at, call.dialogue.number) == (Step.FIRST, ADDITIONAL)


@pytest.mark.rule("TEMP-4")
def test_a_caller_without_features_cannot_choose_its_own_number():
    call = after("3", who=caller(ADDITIONAL, own_settable=False))
    assert (call.at, call.heard) == (Step.UNIT, Heard.WRONG)


@pytest.mark.rule("TEMP-2")
@pytest.mark.parametrize("number", [ADDITIONAL, CONTRACT, ADDITIONAL + "#"])
def test_the_keyed_number_is_taken_with_or_without_the_closing_hash(number: str):
    call = after("2", number)
    assert (call.at, call.dialogue.number) == (Step.FIRST, number.removesuffix("#"))


@pytest.mark.rule("TEMP-4")
@pytest.mark.parametrize("entry", ["0399998888#", "03#", "#", "##", "0300002222##", "*300002222#", "13000022220#", "1"])
def test_a_number_that_may_not_be_set_is_asked_for_again(entry: str):
    call = after("2", entry)
    assert (call.at, call.heard, call.dialogue.number) == (Step.NUMBER, Heard.WRONG, None)


@pytest.mark.rule("TEMP-5")
@pytest.mark.parametrize("entry", ["1234567", "123456789", "1234567#", "1234567*", "１２３４５６７８", "12345678\n"])
def test_anything_but_eight_digits_is_no_temporary_password(entry: str):
    call = after("1", entry)
    assert (call.at, call.heard) == (Step.FIRST, Heard.WRONG)


@pytest.mark.rule("TEMP-5")
@pytest.mark.parametrize("entry", ["00000000", "12345678"])
def test_eight_digits_need_no_further_strength(entry: str):
    assert after("1", entry, entry).at is Step.SETTING


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("wrong", ["", "4", "0", "#", "11"])
def test_a_wrong_unit_digit_and_silence_count_as_wrong_entries(wrong: str):
    assert after(wrong, wrong).at is Step.UNIT
    assert after(wrong, wrong, wrong).at is Step.ENDED


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("before", [("1",), ("2", ADDITIONAL), ("2",)])
def test_three_wrong_entries_in_one_step_end_the_call(before: tuple[str, ...]):
    assert after(*before, "9", "").at is not Step.ENDED
    assert after(*before, "9", "", "9").at is Step.ENDED


@pytest.mark.rule("TEMP-6")
def test_each_step_has_its_own_three_entries():
    assert after("9", "9", "2", "9", "9", ADDITIONAL, "9", "9", "12345678", "12345678").at is Step.SETTING


@pytest.mark.rule("TEMP-6")
def test_a_second_entry_that_differs_returns_to_the_first():
    call = after("1", "12345678", "12345679")
    assert (call.at, call.heard, call.dialogue.wrong) == (Step.FIRST, Heard.DIFFERENT, 1)


@pytest.mark.rule("TEMP-6")
def test_silence_at_the_second_entry_asks_for_the_second_entry_again():
    call = after("1", "12345678", "")
    assert (call.at, call.heard) == (Step.SECOND, Heard.SILENCE)
    assert call.enter("12345678").at is Step.SETTING


@pytest.mark.rule("TEMP-6")
def test_entries_that_never_agree_end_the_call_at_the_third_time():
    call = after("1", *("12345678", "87654321") * 3)
    assert call.at is Step.ENDED


@pytest.mark.rule("TEMP-6")
def test_after_differing_entries_only_the_new_first_entry_counts():
    call = after("1", "11111111", "22222222", "33333333", "11111111")
    assert (call.at, call.heard) == (Step.FIRST, Heard.DIFFERENT)


@pytest.mark.rule("TEMP-10")
@pytest.mark.parametrize("present", list(AuthUnit))
@pytest.mark.parametrize("digit", ["1", "2", "3"])
def test_the_contract_number_may_choose_any_unit(present: AuthUnit, digit: str):
    assert after(digit, who=caller(unit=present)).heard is Heard.ACCEPTED


@pytest.mark.rule("TEMP-10")
@pytest.mark.parametrize("digit", ["1", "2", "3"])
def test_anyone_may_choose_any_unit_while_none_was_ever_set(digit: str):
    assert after(digit, who=caller(ADDITIONAL)).heard is Heard.ACCEPTED


@pytest.mark.rule("TEMP-10")
@pytest.mark.parametrize("present", list(AuthUnit))
@pytest.mark.parametrize(("digit", "unit"), [("1", AuthUnit.LINE), ("2", AuthUnit.NUMBER), ("3", AuthUnit.ADMIN_USER)])
def test_an_additional_number_may_choose_only_the_present_unit(present: AuthUnit, digit: str, unit: AuthUnit):
    expected = Heard.ACCEPTED if unit is present else Heard.WRONG
    assert after(digit, who=caller(ADDITIONAL, unit=present)).heard is expected


@pytest.mark.parametrize("at", [Step.SETTING, Step.ENDED])
def test_nothing_is_asked_of_a_call_that_is_over(at: Step):
    with pytest.raises(ValueError):
        advance(Dialogue(at=at), "1", Facts())


callers = st.builds(
    caller,
    number=st.sampled_from(sorted(LINE)),
    unit=st.sampled_from([None, *AuthUnit]),
    own_settable=st.booleans(),
)
entries = st.one_of(
    st.sampled_from(["", "1", "2", "3", "4", "#", CONTRACT, ADDITIONAL + "#", "0399998888"]),
    st.sampled_from(["11111111", "22222222"]),
    st.text("0123456789*#", max_size=12),
)


@pytest.mark.rule("TEMP-6")
@given(callers, st.lists(entries, max_size=30))
def test_whatever_is_keyed_the_call_comes_to_an_end_and_sets_only_what_was_keyed_twice(who: Caller, keyed: list[str]):
    call = Call(who)
    used: list[str] = []
    for entry in keyed:
        if call.at in (Step.SETTING, Step.ENDED):
            break
        call.enter(entry)
        used.append(entry)
        assert call.dialogue.wrong <= WRONG_ENTRIES
        assert call.entries <= MOST_ENTRIES
    if call.at is Step.SETTING:
        # between the two may lie silence only
        spoken = [entry for entry in used if entry]
        assert spoken[-1] == spoken[-2]
        assert len(spoken[-1]) == 8
        assert call.dialogue.number in LINE
        assert call.dialogue.unit is not None
        assert who.may_choose(call.dialogue.unit)
    if call.entries == MOST_ENTRIES:
        assert call.at in (Step.SETTING, Step.ENDED)


def test_the_longest_call_has_twelve_entries():
    longest = ["", "", "2", "", "", ADDITIONAL, *("11111111", "22222222") * 2, "11111111", "11111111"]
    call = after(*longest)
    assert (call.entries, call.at) == (MOST_ENTRIES, Step.SETTING)
