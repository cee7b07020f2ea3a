"""PWD-1..4 as pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.auth.passwords import PasswordFault as Fault
from services.auth.password_rules import broken_rules, has_run

NUMBERS = ["0300002222", "0300001111"]


def faults(new: str, present: str = "mukashi8no") -> set[Fault]:
    return set(broken_rules(new, present, NUMBERS))


@pytest.mark.rule("PWD-1")
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("kawa97yam", set()),
        ("kawa97ya", set()),
        ("kawa97yama12", set()),
        ("kawa97y", {Fault.LENGTH}),
        ("kawa97yama123", {Fault.LENGTH}),
        ("kawayamaumi", {Fault.NO_DIGIT}),
        ("97531864", {Fault.NO_LETTER}),
        ("kawa97yam!", {Fault.CHARACTERS}),
        ("kawa97 yam", {Fault.CHARACTERS}),
        ("ｋawa97yama", {Fault.CHARACTERS}),
        ("kawa９7yama", {Fault.CHARACTERS}),
        ("", {Fault.LENGTH, Fault.NO_LETTER, Fault.NO_DIGIT}),
    ],
)
def test_a_password_has_8_to_12_half_width_letters_and_digits_of_both_kinds(new: str, expected: set[Fault]) -> None:
    assert faults(new) == expected


@pytest.mark.rule("PWD-2")
def test_a_new_password_is_not_the_present_one() -> None:
    assert faults("kawa97yama", present="kawa97yama") == {Fault.SAME_AS_PRESENT}
    assert faults("Kawa97yama", present="kawa97yama") == set()


@pytest.mark.rule("PWD-3")
@pytest.mark.parametrize("new", ["aaaa97531", "kawa0000x", "aAaA97531", "x9999yama1"])
def test_four_equal_characters_in_a_row_are_refused_whatever_their_case(new: str) -> None:
    assert faults(new) == {Fault.REPEATED}


@pytest.mark.rule("PWD-3")
@pytest.mark.parametrize("new", ["kawa1234", "4321kawa", "abcd9753", "dcba9753", "aBcD9753", "x6789yama", "wxyz9753"])
def test_four_characters_in_ascending_or_descending_order_are_refused(new: str) -> None:
    assert faults(new) == {Fault.SEQUENCE}


@pytest.mark.rule("PWD-3")
@pytest.mark.parametrize("new", ["kawa8901", "kawa1098", "yzab9753", "bazy9753", "abc13579", "aaa97531", "kawa123x9"])
def test_runs_do_not_wrap_and_three_in_a_row_are_allowed(new: str) -> None:
    assert faults(new) == set()


@pytest.mark.rule("PWD-4")
def test_neither_the_number_being_set_nor_the_contract_number_may_be_contained() -> None:
    assert Fault.CONTAINS_NUMBER in faults("a0300002222")
    assert Fault.CONTAINS_NUMBER in faults("0300001111b")
    assert Fault.CONTAINS_NUMBER not in faults("a030000333b")


@pytest.mark.rule("PWD-9")
def test_every_broken_rule_is_named_at_once() -> None:
    assert broken_rules("1234", "1234", NUMBERS) == (
        Fault.LENGTH,
        Fault.NO_LETTER,
        Fault.SAME_AS_PRESENT,
        Fault.SEQUENCE,
    )


@given(st.text(alphabet="abc123xyz789", max_size=12), st.sampled_from([0, 1, -1]))
def test_a_run_is_found_exactly_where_four_neighbours_are_one_step_apart(text: str, step: int) -> None:
    naive = any(
        all(ord(text[i + k + 1]) - ord(text[i + k]) == step for k in range(3))
        and (text[i : i + 4].isdigit() or text[i : i + 4].isalpha())
        for i in range(len(text) - 3)
    )
    assert has_run(text, step) == naive
