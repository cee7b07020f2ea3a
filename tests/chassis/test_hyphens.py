"""How phone numbers are written where people read them."""

from __future__ import annotations

import re

import pytest

from chassis.hyphens import hyphenated


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0300001111", "03-0000-1111"),
        ("0111234567", "011-123-4567"),
        ("09012345678", "090-1234-5678"),
        ("0120123456", "0120-123-456"),
        ("+16502530000", "+1 650-253-0000"),
        ("+390612345678", "+39 06 1234 5678"),
    ],
)
def test_a_number_is_written_with_the_hyphens_that_people_know(number, written):
    assert hyphenated(number) == written


@pytest.mark.parametrize("number", ["0901234567", "0800123456", "0201234567", "0911110000"])
def test_a_number_in_no_numbering_plan_keeps_its_leading_zero(number):
    assert hyphenated(number) == number


@pytest.mark.parametrize("text", ["", "******1111", "110", "0", "+", "abc", "03-0000-1111", "٠٣٠٠٠٠١١١١"])
def test_what_is_no_whole_number_is_left_as_it_is(text):
    assert hyphenated(text) == text


def test_no_number_loses_or_gains_a_digit():
    numbers = [f"0{area}{rest}" for area in range(10, 1000, 7) for rest in ("1234567", "0000000", "99999999")]
    assert [one for one in numbers if re.sub(r"\D", "", hyphenated(one)) != one] == []
