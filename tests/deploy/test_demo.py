from __future__ import annotations

import pytest

from contracts.phone import Feature, normalise_number
from deploy import demo


@pytest.mark.rule("LINE-8")
def test_the_guides_example_line_is_there_with_the_guides_features() -> None:
    example, _ = demo.lines()
    assert example.contract_number == "0300001111"
    assert {number.number: number.features for number in example.numbers} == {
        "0300001111": {Feature.CALL_NOTIFICATION},
        "0300002222": {Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION},
    }


@pytest.mark.rule("PWD-7")
def test_the_office_has_enough_numbers_with_features_for_what_needs_33_of_them() -> None:
    _, office = demo.lines()
    assert len(office.numbers) == len({number.number for number in office.numbers}) == 40
    assert sum(bool(number.features) for number in office.numbers) >= 33
    assert any(not number.features for number in office.numbers)
    assert all(normalise_number(number.number) == number.number for number in office.numbers)
    assert {feature for number in office.numbers for feature in number.features} == set(Feature)
