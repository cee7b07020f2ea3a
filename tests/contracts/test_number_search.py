"""What may be typed to find a number (PWD-7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.phone import NotASearch, SearchTooLong, normalise_search

pytestmark = pytest.mark.rule("PWD-7")


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("0311", "0311"),
        ("03-1111-0055", "0311110055"),
        ("０３ー１１１１", "031111"),
        ("(03) 1111", "031111"),
        ("+81 3-1111", "031111"),
        ("03*0055", "03*0055"),
        ("０３＊００５５", "03*0055"),
        ("*0055", "*0055"),
        ("03****1111", "03*1111"),
        ("03-*-*-55", "03*55"),
        ("0311*", "0311"),
        ("*", ""),
        ("", ""),
        ("　 ", ""),
    ],
)
def test_a_search_is_read_however_it_is_spelt(typed, search):
    assert normalise_search(typed) == search


@pytest.mark.parametrize("typed", ["03%", "03_1", "03?1", "031[12]", "0３％", "03\\", "03'", "山田", "03#", "03\x001"])
def test_what_means_something_elsewhere_is_refused_here(typed):
    with pytest.raises(NotASearch):
        normalise_search(typed)


def test_more_digits_than_a_number_has_are_refused():
    assert normalise_search("09012345678") == "09012345678"
    with pytest.raises(SearchTooLong):
        normalise_search("090123456789")
    with pytest.raises(SearchTooLong):
        normalise_search("090*123*456*789")


@given(st.text(alphabet="0123456789*＊０-ー 　+%_x", max_size=14))
def test_its_normal_form_stays_as_it_is(typed):
    try:
        search = normalise_search(typed)
    except NotASearch:
        return
    assert normalise_search(search) == search
