"""The passwords that a change from the unit of numbers asks for, and what a wrong one costs (UNIT-1, UNIT-2, UNIT-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.provisioning import ProvisionedNumber
from contracts.auth.units import UnitChangeBlocked, UnitChangeForm, UnitChangeQuery, UnitChangeRefused
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER
OTHER = "umi86sora"
WRONG = "wrong1234x"


def unit(office: OfficeLine) -> AuthUnit | None:
    return office.auth.telephone.identify(CONTRACT).unit


def form(office: OfficeLine, key: str, most: int = 200) -> UnitChangeForm:
    return office.auth.unit_changes.form(UnitChangeQuery(session_key=key, most_numbers=most))


def marked(office: OfficeLine, key: str) -> list[tuple[str, bool]]:
    return [(one.number, one.exempt) for one in form(office, key).numbers]


def lock(office: OfficeLine, number: str, times: int = 10) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            office.log_in(number, WRONG)


@pytest.fixture
def keys(office: OfficeLine) -> tuple[str, str]:
    """Sessions of the contract number and of the additional one, which have the passwords PASSWORD and OTHER."""
    office.settle(NUMBER, ADDITIONAL, password=OTHER)
    contract = office.settle(NUMBER)
    return contract, office.log_in(ADDITIONAL, OTHER)[1]


@pytest.mark.rule("UNIT-1")
def test_the_passwords_of_all_numbers_are_asked_and_the_own_alone_changes_nothing(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    assert marked(office, keys[0]) == [(CONTRACT, False), (ADDITIONAL, False)]
    for to in (LINE, ADMIN_USER):
        with pytest.raises(UnitChangeRefused) as refused:
            office.change_unit(keys[0], to, contract=PASSWORD)
        assert refused.value.details.missing == (ADDITIONAL,)
    assert office.counted()["LoginFailed"] == 0, "nothing was compared"
    assert unit(office) is NUMBER


@pytest.mark.rule("UNIT-1", "UNIT-9")
def test_a_wrong_password_is_named_counted_for_its_number_and_nothing_changes(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    with pytest.raises(UnitChangeRefused) as refused:
        office.change_unit(keys[0], LINE, contract=PASSWORD, additional=WRONG)
    assert (refused.value.details.wrong, refused.value.details.missing) == ((ADDITIONAL,), ())
    failed = office.told("LoginFailed")
    assert [(event["number"], event["mismatches"]) for event in failed] == [(ADDITIONAL, 1)]
    assert failed[0]["actor"] == {"number": CONTRACT, "role": "subscriber", "operator": None}
    assert unit(office) is NUMBER
    office.change_unit(keys[0], LINE, contract=PASSWORD, additional=OTHER)
    assert unit(office) is LINE


@pytest.mark.rule("UNIT-1")
def test_all_wrong_ones_are_named_together(office: OfficeLine, keys: tuple[str, str]) -> None:
    with pytest.raises(UnitChangeRefused) as refused:
        office.change_unit(keys[0], LINE, contract=WRONG, additional=WRONG)
    assert refused.value.details.wrong == (CONTRACT, ADDITIONAL)


@pytest.mark.rule("UNIT-2")
@pytest.mark.parametrize("present", [LINE, ADMIN_USER])
def test_from_the_other_units_only_the_own_password_is_asked(office: OfficeLine, present: AuthUnit) -> None:
    office.dial(present, CONTRACT if present is LINE else ADDITIONAL)
    key = office.settle(present)
    asked = form(office, key)
    assert (asked.unit, asked.each_number, asked.numbers, asked.blocked) == (present, False, (), False)
    with pytest.raises(UnitChangeRefused) as refused:
        office.change_unit(key, NUMBER, contract=WRONG)
    assert refused.value.details.wrong == (CONTRACT,)
    assert [event["mismatches"] for event in office.told("LoginFailed")] == [1]
    assert unit(office) is present


@pytest.mark.rule("UNIT-2", "LOGIN-2")
def test_the_tenth_wrong_own_password_locks_it_and_ends_the_session(office: OfficeLine) -> None:
    key = office.settle()
    for _ in range(10):
        with pytest.raises(UnitChangeRefused):
            office.change_unit(key, NUMBER, contract=WRONG)
    with pytest.raises(NoSession) as ended:
        office.change_unit(key, NUMBER, contract=PASSWORD)
    assert ended.value.details.cause == "locked"


@pytest.mark.rule("UNIT-9", "LOGIN-2", "LOGIN-9")
def test_ten_wrong_passwords_for_another_number_lock_that_number_and_end_its_sessions(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    for _ in range(10):
        with pytest.raises(UnitChangeRefused):
            office.change_unit(keys[0], LINE, contract=PASSWORD, additional=WRONG)
    assert [event["number"] for event in office.told("CredentialLocked")] == [ADDITIONAL]
    with pytest.raises(NoSession):
        office.auth.sessions.view(keys[1], activity=True)
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, OTHER)


@pytest.mark.rule("UNIT-1")
def test_a_user_who_locks_the_others_by_guessing_does_not_take_the_line_over(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    _, user = keys
    lock(office, CONTRACT)
    for given in ({}, {"contract": PASSWORD}, {"contract": WRONG}):
        with pytest.raises(UnitChangeBlocked):
            office.change_unit(user, LINE, additional=OTHER, **given)
        with pytest.raises(UnitChangeBlocked):
            office.change_unit(user, ADMIN_USER, additional=OTHER, **given)
    assert form(office, user).blocked
    assert unit(office) is NUMBER


@pytest.mark.rule("UNIT-1")
def test_nor_by_locking_them_on_the_page_of_the_change_itself(office: OfficeLine, keys: tuple[str, str]) -> None:
    third = "0300003333"
    office.provision(CONTRACT, ProvisionedNumber(number=third, features=frozenset({CALL})))
    office.settle(NUMBER, third, password="hosi24tsuki")
    user = office.log_in(ADDITIONAL, OTHER)[1]
    for _ in range(10):
        with pytest.raises(UnitChangeRefused):
            office.change_unit(user, LINE, contract=WRONG, additional=OTHER, n0300003333=WRONG)
    with pytest.raises(UnitChangeBlocked):
        office.change_unit(user, LINE, contract=PASSWORD, additional=OTHER, n0300003333="hosi24tsuki")
    assert unit(office) is NUMBER


@pytest.mark.rule("UNIT-1")
def test_a_locked_number_blocks_until_it_has_a_password_again_and_not_only_a_temporary_one(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    lock(office, ADDITIONAL)
    office.dial(NUMBER, ADDITIONAL)
    with pytest.raises(UnitChangeBlocked):
        office.change_unit(keys[0], LINE, contract=PASSWORD)
    _, key = office.log_in(ADDITIONAL, TEMPORARY)
    office.change(key, TEMPORARY, OTHER)
    office.change_unit(keys[0], LINE, contract=PASSWORD, additional=OTHER)
    assert unit(office) is LINE


@pytest.mark.rule("UNIT-1", "TEMP-8")
def test_a_temporary_password_that_was_locked_blocks_too(office: OfficeLine) -> None:
    key = office.settle(NUMBER)
    office.dial(NUMBER, ADDITIONAL)
    lock(office, ADDITIONAL, 3)
    with pytest.raises(UnitChangeBlocked):
        office.change_unit(key, LINE, contract=PASSWORD)


@pytest.mark.rule("UNIT-1", "TEMP-7")
def test_additional_numbers_whose_password_is_unset_temporary_or_over_are_marked_and_exempt(
    office: OfficeLine, clock: MovableClock
) -> None:
    key = office.settle(NUMBER)
    assert marked(office, key) == [(CONTRACT, False), (ADDITIONAL, True)]
    office.dial(NUMBER, ADDITIONAL)
    assert marked(office, key) == [(CONTRACT, False), (ADDITIONAL, True)]
    clock.forward(hours=25)
    key = office.log_in(CONTRACT, PASSWORD)[1]
    assert marked(office, key) == [(CONTRACT, False), (ADDITIONAL, True)]
    office.change_unit(key, ADMIN_USER, contract=PASSWORD)
    assert unit(office) is ADMIN_USER


@pytest.mark.rule("UNIT-1")
def test_the_contract_number_is_never_exempt(office: OfficeLine) -> None:
    key = office.settle(NUMBER, ADDITIONAL, password=OTHER)
    assert marked(office, key) == [(CONTRACT, False), (ADDITIONAL, False)]
    assert form(office, key).blocked
    with pytest.raises(UnitChangeBlocked):
        office.change_unit(key, ADMIN_USER, additional=OTHER)
    office.dial(NUMBER, CONTRACT)
    with pytest.raises(UnitChangeBlocked):
        office.change_unit(key, ADMIN_USER, contract=TEMPORARY, additional=OTHER)


@pytest.mark.rule("UNIT-1", "PWD-8")
def test_an_expired_password_is_proof_and_stays_expired(office: OfficeLine, clock: MovableClock) -> None:
    office.settle(NUMBER, ADDITIONAL, password=OTHER)
    clock.forward(days=180)
    key = office.settle(NUMBER)
    office.change_unit(key, ADMIN_USER, contract=PASSWORD, additional=OTHER)
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.CHANGE_EXPIRED


@pytest.mark.rule("UNIT-1", "LINE-5")
def test_a_number_without_a_feature_is_treated_like_one_without_a_password(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    office.provision(CONTRACT, ProvisionedNumber(number="0300003333"))
    assert marked(office, keys[0])[-1] == ("0300003333", True)
    office.change_unit(keys[0], LINE, contract=PASSWORD, additional=OTHER)
    assert unit(office) is LINE


@pytest.mark.rule("UNIT-1")
def test_a_password_given_for_a_number_that_is_exempt_or_foreign_is_not_looked_at(office: OfficeLine) -> None:
    key = office.settle(NUMBER)
    office.dial(NUMBER, ADDITIONAL)
    office.change_unit(key, ADMIN_USER, contract=PASSWORD, additional=WRONG, n0399999999=WRONG)
    assert office.counted()["LoginFailed"] == 0


@pytest.mark.rule("LOGIN-6", "UNIT-9")
def test_the_same_form_sent_twice_counts_once(office: OfficeLine, keys: tuple[str, str]) -> None:
    attempt = uuid4()
    for _ in range(3):
        with pytest.raises(UnitChangeRefused) as refused:
            office.change_unit(keys[0], LINE, attempt, contract=PASSWORD, additional=WRONG)
        assert refused.value.details.wrong == (ADDITIONAL,)
    assert [event["mismatches"] for event in office.told("LoginFailed")] == [1]


@pytest.mark.rule("LOGIN-6")
def test_a_guess_that_was_wrong_is_no_free_guess_at_the_next_password(
    office: OfficeLine, keys: tuple[str, str]
) -> None:
    attempt = uuid4()
    with pytest.raises(UnitChangeRefused):
        office.change_unit(keys[0], LINE, attempt, contract=PASSWORD, additional="hosi24tsuki")
    office.change(keys[1], OTHER, "hosi24tsuki")
    with pytest.raises(UnitChangeRefused):
        office.change_unit(keys[0], LINE, attempt, contract=PASSWORD, additional="hosi24tsuki")
    assert unit(office) is NUMBER


@pytest.mark.rule("LOGIN-6", "UNIT-9")
def test_of_many_guesses_at_once_ten_are_answered_and_a_right_one_after_the_lock_is_not(
    office: OfficeLine, auth: Auth
) -> None:
    """Each form has the own password wrong, too, so that a right guess would show by not being named."""
    third = "0300003333"
    office.provision(CONTRACT, ProvisionedNumber(number=third, features=frozenset({CALL})))
    office.settle(NUMBER, third, password="hosi24tsuki")
    office.settle(NUMBER)
    office.settle(NUMBER, ADDITIONAL, password=OTHER)
    user = office.log_in(ADDITIONAL, OTHER)[1]

    def guess(password: str) -> set[str]:
        try:
            office.change_unit(user, LINE, contract=WRONG, additional=OTHER, n0300003333=password)
        except UnitChangeRefused as refused:
            return set(refused.details.wrong)
        except UnitChangeBlocked:
            return set()
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, [WRONG] * 40))
    assert [event["number"] for event in office.told("CredentialLocked")].count(third) == 1
    assert [event["number"] for event in office.told("LoginFailed") if event["reason"] == "mismatch"].count(third) == 10
    assert guess("hosi24tsuki") == set()


@pytest.mark.rule("UNIT-8")
def test_a_large_line_is_told_of_and_a_line_with_more_numbers_than_a_page_takes_comes_without_them(
    office: OfficeLine,
) -> None:
    more = [ProvisionedNumber(number=f"03111100{n:02d}", features=frozenset({CALL})) for n in range(30)]
    office.provision(CONTRACT, *more)
    key = office.settle(NUMBER)
    assert not form(office, key).large_line
    office.provision(CONTRACT, ProvisionedNumber(number="0311110090", features=frozenset({CALL})))
    large = form(office, key)
    assert (large.large_line, large.total, len(large.numbers)) == (True, 33, 33)
    assert form(office, key, most=32).numbers == ()
