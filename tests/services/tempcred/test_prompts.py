from __future__ import annotations

import pytest

from contracts.phone import AuthUnit
from services.tempcred import prompts
from services.tempcred.dialogue import Dialogue, Heard, Step


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("0300001111", "0 3、0 0 0 0、1 1 1 1"),
        ("05012345678", "0 5 0、1 2 3 4、5 6 7 8"),
        ("0451234567", "0 4 5、1 2 3、4 5 6 7"),
        ("0120123456", "0 1 2 0、1 2 3、4 5 6"),
    ],
)
def test_numbers_are_read_digit_by_digit(number: str, spoken: str):
    assert prompts.spoken(number) == spoken


@pytest.mark.rule("TEMP-2")
def test_the_number_being_set_is_named_before_and_after():
    chosen = Dialogue(Step.FIRST, 0, AuthUnit.LINE, "0300001111")
    assert "0 3、0 0 0 0、1 1 1 1番" in prompts.after(chosen, Heard.ACCEPTED)
    assert "0 3、0 0 0 0、1 1 1 1番" in prompts.completed("0300001111")


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("heard", [Heard.SILENCE, Heard.WRONG, Heard.DIFFERENT])
def test_a_wrong_entry_is_said_and_the_question_put_again(heard: Heard):
    question = prompts.after(Dialogue(Step.NUMBER), Heard.ACCEPTED)
    again = prompts.after(Dialogue(Step.NUMBER, 1), heard)
    assert again.endswith(question)
    assert "もう一度" in again


def test_the_third_wrong_entry_says_to_dial_again():
    assert "おかけ直しください" in prompts.after(Dialogue(Step.ENDED, 3), Heard.WRONG)
