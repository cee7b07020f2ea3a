"""The administrator's search in a line's numbers, on both databases (PWD-7, LINE-7)."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.auth.reach import NumbersInReach, NumbersQuery
from contracts.phone import AuthUnit, Feature, normalise_search
from services.auth.number_search import search_condition
from services.auth.unit_rules import is_large
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, OfficeLine

OFFICE = "0311110000"
NONE: frozenset[Feature] = frozenset()


def provision(office: OfficeLine, contract: str, numbers: dict[str, frozenset[Feature]]) -> None:
    listed = tuple(ProvisionedNumber(number=number, features=features) for number, features in numbers.items())
    office.auth.provisioning.provision(ProvisionLine(contract_number=contract, numbers=listed))


def administrator(office: OfficeLine, contract: str = OFFICE) -> str:
    return office.settle(AuthUnit.ADMIN_USER, contract, contract)


def find(office: OfficeLine, key: str, search: str = "", page: int = 1, per_page: int = 50) -> NumbersInReach:
    return office.auth.reach.numbers(NumbersQuery(session_key=key, search=search, page=page, per_page=per_page))


def found(office: OfficeLine, key: str, search: str) -> list[str]:
    return [entry.number for entry in find(office, key, search, per_page=200).numbers]


@pytest.fixture
def key(office: OfficeLine) -> str:
    """The administrator of an office with numbers in two areas, logged in."""
    numbers = {f"03111100{desk:02}": frozenset({CALL}) for desk in range(60)}
    numbers |= {"0612345678": NONE, "08011110055": frozenset({CALL}), "0311120055": frozenset({CALL})}
    provision(office, OFFICE, numbers)
    return administrator(office)


@pytest.mark.rule("PWD-7")
@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("06", ["0612345678"]),
        ("031111005", [f"031111005{last}" for last in range(10)]),
        ("0311110055", ["0311110055"]),
        ("03*55", ["0311110055", "0311120055"]),
        ("*0055", ["0311110055", "0311120055", "08011110055"]),
        ("0*1*2*55", ["0311120055"]),
        ("０８０ー１１１１", ["08011110055"]),
        ("*12", ["0311110012", "0311120055", "0612345678"]),
        ("0399", []),
        ("9", []),
        ("*99", []),
    ],
)
def test_numbers_are_found_by_how_they_begin_and_with_an_asterisk_for_the_rest(office, key, search, numbers):
    assert found(office, key, search) == numbers


@pytest.mark.rule("PWD-7")
def test_the_contract_number_comes_first_among_what_is_found(office, key):
    assert found(office, key, "0311110*")[:2] == [OFFICE, "0311110001"]
    assert OFFICE not in found(office, key, "03111100*9")


@pytest.mark.rule("PWD-7")
def test_what_is_found_is_read_page_by_page(office, key):
    pages = [find(office, key, "031111", page, per_page=25) for page in (1, 2, 3)]
    assert [(one.page, one.pages, one.total, len(one.numbers)) for one in pages] == [
        (1, 3, 60, 25),
        (2, 3, 60, 25),
        (3, 3, 60, 10),
    ]
    numbers = [entry.number for one in pages for entry in one.numbers]
    assert numbers == [f"03111100{desk:02}" for desk in range(60)]
    assert find(office, key, "031111", 99, per_page=25) == pages[-1]


@pytest.mark.rule("PWD-7", "LINE-4")
def test_nothing_is_found_on_another_line_or_among_removed_numbers(office, key):
    assert found(office, key, "0300") == []
    office.auth.provisioning.remove(RemoveNumbers(contract_number=OFFICE, numbers=("0311110055",)))
    assert found(office, key, "031111005*5") == []


@pytest.mark.rule("PWD-7", "LINE-3")
def test_whoever_reaches_one_number_finds_no_other(office, key):
    user = office.settle(AuthUnit.ADMIN_USER, "0311110007", OFFICE)
    assert found(office, user, "0311") == ["0311110007"]
    assert found(office, user, "06") == []


@pytest.mark.rule("LINE-9")
def test_a_number_is_known_by_its_reference_until_it_has_another_holder(office, key):
    entry = find(office, key, "0311110007").numbers[0]
    query = NumbersQuery(session_key=key, assignment_id=entry.assignment_id)
    assert office.auth.reach.numbers(query).numbers == (entry,)
    office.auth.provisioning.remove(RemoveNumbers(contract_number=OFFICE, numbers=("0311110007",)))
    provision(office, OFFICE, {"0311110007": frozenset({CALL})})
    assert office.auth.reach.numbers(query).numbers == ()


@pytest.mark.rule("LINE-4")
def test_a_reference_to_a_number_of_another_line_leads_nowhere(office, key):
    other = office.settle(AuthUnit.ADMIN_USER)
    foreign = find(office, other).numbers[0].assignment_id
    for reference in (foreign, uuid4()):
        assert office.auth.reach.numbers(NumbersQuery(session_key=key, assignment_id=reference)).total == 0


class TestTheThreshold:
    def test_lies_at_33(self):
        assert [is_large(numbers_with_features=count) for count in (0, 32, 33, 10_000)] == [False, False, True, True]

    @pytest.mark.rule("PWD-7")
    def test_with_32_numbers_that_have_a_feature_there_is_no_search_however_many_have_none(self, office):
        numbers = {f"03111100{desk:02}": frozenset({CALL}) for desk in range(32)}
        provision(office, OFFICE, numbers | {f"03111101{desk:02}": NONE for desk in range(40)})
        key = administrator(office)
        answer = find(office, key, "0399")
        assert (answer.large_line, answer.total) == (False, 72)
        provision(office, OFFICE, {"0311110100": frozenset({Feature.FAULT_NOTIFICATION})})
        answer = find(office, key, "0399")
        assert (answer.large_line, answer.total) == (True, 0)

    @pytest.mark.rule("PWD-7")
    def test_a_contract_number_without_a_feature_does_not_count(self, office):
        provision(office, OFFICE, {OFFICE: NONE, **{f"03111100{desk:02}": frozenset({CALL}) for desk in range(1, 33)}})
        key = administrator(office)
        assert not find(office, key).large_line
        provision(office, OFFICE, {OFFICE: frozenset({CALL})})
        assert find(office, key).large_line

    @pytest.mark.rule("PWD-7")
    def test_removed_numbers_and_withdrawn_features_do_not_count(self, office):
        provision(office, OFFICE, {f"03111100{desk:02}": frozenset({CALL}) for desk in range(34)})
        key = administrator(office)
        office.auth.provisioning.remove(RemoveNumbers(contract_number=OFFICE, numbers=("0311110033",)))
        assert find(office, key).large_line
        provision(office, OFFICE, {"0311110032": NONE})
        assert not find(office, key).large_line


@pytest.mark.rule("PWD-7")
@given(st.from_regex(r"0[1-9][0-9]{8,9}", fullmatch=True), st.from_regex(r"[0-9*]{0,7}[0-9]", fullmatch=True))
@example("09099999999", "090")
@example("0900000000", "090*0")
def test_the_range_of_the_index_leaves_nothing_out(number, typed):
    search = normalise_search(typed)
    params = {"first": "", "last": "9", **search_condition(search)[1]}
    wanted = re.match(search.replace("*", "[0-9]*"), number) is not None
    if wanted:
        assert params["first"] <= number <= params["last"]
    elif "*" not in search:
        assert not params["first"] <= number <= params["last"]


@pytest.fixture
def crowded(office: OfficeLine) -> OfficeLine:
    """A line of 10,000 numbers among six: provisioned, and the rows of the other five copied from it."""
    provision(office, OFFICE, {f"031111{desk:04}": frozenset({CALL}) for desk in range(10_000)})
    store = office.auth.store
    for area in range(2, 7):
        store.execute(
            "INSERT INTO numbers (assignment_id, line_id, number, is_contract, features, generation, removed) "
            "SELECT :area || assignment_id, :area || line_id, '0' || :area || substr(number, 3), "
            "is_contract, features, generation, 0 FROM numbers WHERE number LIKE '031111%' AND removed = 0",
            {"area": str(area + 2)},
        )
    if store.config.database_url.startswith("postgresql"):
        store.execute("ANALYZE numbers", {})
    return office


def plans(office: OfficeLine, monkeypatch: pytest.MonkeyPatch, query: NumbersQuery) -> list[str]:
    """How the database goes about each statement with which auth answers this query."""
    store = office.auth.store
    rows = store.rows
    asked: list[tuple[str, dict[str, object]]] = []

    def noted(sql, params):
        asked.append((sql, dict(params)))
        return rows(sql, params)

    monkeypatch.setattr(store, "rows", noted)
    office.auth.reach.numbers(query)
    monkeypatch.undo()
    explain = "EXPLAIN" if store.config.database_url.startswith("postgresql") else "EXPLAIN QUERY PLAN"
    told = [rows(f"{explain} {sql}", params) for sql, params in asked if "FROM numbers" in sql]
    return ["\n".join(str(value) for row in plan for value in row.values()) for plan in told]


@pytest.mark.rule("PWD-7", "LINE-7")
def test_an_index_finds_them_among_ten_thousand(crowded, monkeypatch):
    key = administrator(crowded)
    # SQLite takes them from the index in their order. PostgreSQL weighs sorting the few that it expects against that,
    # by a sample of the rows: either is quick, and which one it is differs from one ANALYZE to the next.
    in_order = not crowded.auth.store.config.database_url.startswith("postgresql")
    slow = r"SCAN numbers|TEMP B-TREE|Sort" if in_order else r"Seq Scan"
    for search in ("", "03111100", "0311110055", "0311*55", "*55"):
        found, *listed = plans(crowded, monkeypatch, NumbersQuery(session_key=key, search=search, page=2))
        assert "numbers_with_features" in found
        assert len(listed) == 3
        for plan in (found, *listed):
            assert not re.search(slow, plan), plan
        for plan in listed:
            # The index of numbers in use will do for a search that is almost a whole number.
            assert re.search(r"numbers_listed|numbers_in_use", plan), plan


@pytest.mark.rule("PWD-7", "LINE-7")
def test_the_last_page_of_ten_thousand_is_full(crowded):
    page = find(crowded, administrator(crowded), page=200)
    assert (page.total, page.pages, len(page.numbers), page.numbers[-1].number) == (10_000, 200, 50, "0311119999")


@pytest.mark.rule("PWD-7")
def test_a_small_line_is_shown_whole(office):
    key = office.settle(AuthUnit.ADMIN_USER)
    assert found(office, key, "0399") == [CONTRACT, ADDITIONAL]
