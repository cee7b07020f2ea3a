"""The six ways from one unit to another, and what each leaves behind (UNIT-2..7, LOGIN-9, PWD-4, PWD-8)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.provisioning import ProvisionedNumber
from contracts.auth.reach import NotInReach
from contracts.auth.units import AlreadyThatUnit
from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER
OTHER = "umi86sora"


def everybody(office: OfficeLine, unit: AuthUnit) -> str:
    """Both numbers have passwords of their own: PASSWORD and OTHER. Returns the contract number's session."""
    office.settle(unit, ADDITIONAL, password=OTHER)
    return office.settle(unit)


@pytest.mark.rule("UNIT-2", "UNIT-4", "LINE-3", "LINE-4")
@pytest.mark.parametrize(("to", "role"), [(NUMBER, Role.SUBSCRIBER), (ADMIN_USER, Role.ADMINISTRATOR)])
def test_from_the_line_every_number_has_the_password_in_use_now(office: OfficeLine, to: AuthUnit, role: Role) -> None:
    key = office.settle()
    changed, key = office.change_unit(key, to, contract=PASSWORD)
    assert (changed.unit, changed.log_in_number, changed.session_goes_on) == (to, CONTRACT, True)
    view = office.auth.sessions.view(key, activity=True)
    assert (view.unit, view.role, view.stage) == (to, role, Stage.COMPLETE)
    for number in (CONTRACT, ADDITIONAL):
        stage, opened = office.log_in(number, PASSWORD)
        assert stage is Stage.COMPLETE
        assert office.auth.sessions.view(opened, activity=True).number == number, "what was opened stays open"
    told = [(event["number"], event["cause"]) for event in office.told("PasswordSet")]
    assert told == [(CONTRACT, "temporary"), (ADDITIONAL, "unit_change")]


@pytest.mark.rule("UNIT-4", "PWD-4")
def test_a_copied_password_may_contain_the_number_that_it_is_copied_to(office: OfficeLine) -> None:
    contains_it = "ab0358139746"
    office.provision(CONTRACT, ProvisionedNumber(number="0358139746", features=frozenset({CALL})))
    key = office.settle(password=contains_it)
    office.change_unit(key, NUMBER, contract=contains_it)
    assert office.log_in("0358139746", contains_it)[0] is Stage.COMPLETE


@pytest.mark.rule("PWD-8", "UNIT-4")
def test_a_copied_password_is_as_old_as_its_source(office: OfficeLine, clock: MovableClock) -> None:
    key = office.settle()
    clock.forward(days=179)
    key = office.log_in(CONTRACT, PASSWORD)[1]
    office.change_unit(key, NUMBER, contract=PASSWORD)
    assert office.log_in(ADDITIONAL, PASSWORD)[0] is Stage.COMPLETE
    clock.forward(days=1)
    assert office.log_in(ADDITIONAL, PASSWORD)[0] is Stage.CHANGE_EXPIRED


@pytest.mark.rule("UNIT-4", "TEMP-9")
def test_a_copied_password_takes_the_place_of_a_temporary_one_and_ends_a_lock(office: OfficeLine) -> None:
    key = office.settle()
    temporary_id = office.dial(NUMBER, ADDITIONAL)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            office.log_in(ADDITIONAL, "00000000")
    office.change_unit(key, NUMBER, contract=PASSWORD)
    assert office.log_in(ADDITIONAL, PASSWORD)[0] is Stage.COMPLETE
    voided = office.told("CredentialVoided")[-1]
    assert (voided["cause"], voided["temporary_password"]) == ("unit_changed", temporary_id.hex)


@pytest.mark.rule("UNIT-3", "UNIT-6", "LINE-2")
def test_from_numbers_to_the_line_the_contract_number_keeps_its_password_and_the_others_lose_theirs(
    office: OfficeLine,
) -> None:
    key = everybody(office, NUMBER)
    changed, key = office.change_unit(key, LINE, contract=PASSWORD, additional=OTHER)
    assert (changed.log_in_number, changed.session_goes_on) == (CONTRACT, True)
    assert office.auth.sessions.view(key, activity=True).unit is LINE
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, OTHER)
    voided = office.told("CredentialVoided")[-1]
    assert (voided["number"], voided["cause"]) == (ADDITIONAL, "unit_changed")
    office.change_unit(key, ADMIN_USER, contract=PASSWORD)
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, OTHER)  # it was voided, it did not rest


@pytest.mark.rule("UNIT-3", "PWD-8")
def test_an_additional_number_that_changes_to_the_line_brings_its_password_and_is_logged_out(
    office: OfficeLine, clock: MovableClock
) -> None:
    office.settle(NUMBER, ADDITIONAL, password=OTHER)
    clock.forward(days=100)
    office.settle(NUMBER)
    key = office.log_in(ADDITIONAL, OTHER)[1]
    changed, fresh = office.change_unit(key, LINE, contract=PASSWORD, additional=OTHER)
    assert (changed.log_in_number, changed.session_goes_on) == (CONTRACT, False)
    assert [(event["number"], event["cause"]) for event in office.told("SessionEnded")][-1] == (
        ADDITIONAL,
        "unit_changed",
    )
    for gone in (key, fresh):
        with pytest.raises(NoSession):
            office.auth.sessions.view(gone, activity=True)
    assert office.log_in(CONTRACT, OTHER)[0] is Stage.COMPLETE
    for number, password in [(CONTRACT, PASSWORD), (ADDITIONAL, OTHER)]:
        with pytest.raises(InvalidCredentials):
            office.log_in(number, password)
    clock.forward(days=80)
    assert office.log_in(CONTRACT, OTHER)[0] is Stage.CHANGE_EXPIRED, "as old as where it came from"


@pytest.mark.rule("UNIT-3", "TEMP-10")
def test_a_temporary_password_that_waits_on_an_additional_number_is_voided_with_the_change_to_the_line(
    office: OfficeLine,
) -> None:
    key = office.settle(NUMBER)
    temporary_id = office.dial(NUMBER, ADDITIONAL)
    office.change_unit(key, LINE, contract=PASSWORD)
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, TEMPORARY)
    assert office.told("CredentialVoided")[-1]["temporary_password"] == temporary_id.hex


@pytest.mark.rule("UNIT-5")
def test_from_numbers_to_administrator_and_users_everybody_keeps_the_own_password(office: OfficeLine) -> None:
    everybody(office, NUMBER)
    key = office.log_in(ADDITIONAL, OTHER)[1]
    changed, key = office.change_unit(key, ADMIN_USER, contract=PASSWORD, additional=OTHER)
    assert (changed.log_in_number, changed.session_goes_on) == (ADDITIONAL, True)
    view = office.auth.sessions.view(key, activity=True)
    assert (view.number, view.role) == (ADDITIONAL, Role.USER), "who changed it is a user from now on"
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.COMPLETE


@pytest.mark.rule("UNIT-2", "UNIT-5")
def test_from_administrator_and_users_to_numbers_everybody_keeps_the_own_password(office: OfficeLine) -> None:
    key = everybody(office, ADMIN_USER)
    _, key = office.change_unit(key, NUMBER, contract=PASSWORD)
    assert office.auth.sessions.view(key, activity=True).role is Role.SUBSCRIBER
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.COMPLETE
    assert [event["cause"] for event in office.told("PasswordSet")] == ["temporary", "temporary"]


@pytest.mark.rule("UNIT-6")
def test_from_administrator_and_users_to_the_line_the_contract_number_keeps_its_password_and_the_others_rest(
    office: OfficeLine,
) -> None:
    key = everybody(office, ADMIN_USER)
    user = office.log_in(ADDITIONAL, OTHER)[1]
    changed, key = office.change_unit(key, LINE, contract=PASSWORD)
    assert changed.log_in_number == CONTRACT
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, OTHER)
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(user, activity=True)
    assert refused.value.details.cause == "unit_changed"
    assert office.counted()["CredentialVoided"] == 0


@pytest.mark.rule("LOGIN-9", "AUDIT-1")
def test_all_sessions_of_the_line_end_but_the_one_that_changed_it_which_has_a_new_key(office: OfficeLine) -> None:
    key = everybody(office, NUMBER)
    before = office.auth.sessions.view(key, activity=True).session_id
    others = [office.log_in(CONTRACT, PASSWORD)[1], office.log_in(ADDITIONAL, OTHER)[1]]
    _, fresh = office.change_unit(key, ADMIN_USER, contract=PASSWORD, additional=OTHER)
    assert office.auth.sessions.view(fresh, activity=True).session_id == before
    for gone in (key, *others):
        with pytest.raises(NoSession):
            office.auth.sessions.view(gone, activity=True)
    ended = [event["cause"] for event in office.told("SessionEnded")]
    assert ended.count("unit_changed") == 3, "the two, and the one of the first settling"


@pytest.mark.rule("LOGIN-9", "LOGIN-7")
def test_a_login_that_has_steps_to_go_ends_with_the_change_too(office: OfficeLine) -> None:
    key = office.settle()
    office.dial(NUMBER, ADDITIONAL)
    pending = office.log_in(ADDITIONAL, TEMPORARY)[1]
    office.change_unit(key, ADMIN_USER, contract=PASSWORD)
    with pytest.raises(NoSession):
        office.auth.sessions.view(pending, activity=True)


@pytest.mark.rule("UNIT-9", "AUDIT-1")
def test_the_change_is_told_once_with_both_units_and_every_number(office: OfficeLine) -> None:
    key = office.settle()
    office.change_unit(key, ADMIN_USER, contract=PASSWORD)
    told = office.told("AuthUnitChanged")[-1]
    assert (told["from"], told["to"], told["cause"]) == ("LINE", "ADMIN_USER", "site")
    assert told["numbers"] == [CONTRACT, ADDITIONAL]
    assert told["actor"] == {"number": CONTRACT, "role": "subscriber", "operator": None}


@pytest.mark.rule("UNIT-7")
def test_a_user_under_an_administrator_is_refused(office: OfficeLine) -> None:
    everybody(office, ADMIN_USER)
    user = office.log_in(ADDITIONAL, OTHER)[1]
    for to in (LINE, NUMBER):
        with pytest.raises(NotInReach):
            office.change_unit(user, to, contract=PASSWORD, additional=OTHER)
    assert office.auth.telephone.identify(CONTRACT).unit is ADMIN_USER


@pytest.mark.rule("LOGIN-7")
def test_the_first_factor_alone_changes_no_unit(office: OfficeLine) -> None:
    office.settle()
    office.dial(LINE)
    pending = office.log_in(CONTRACT, TEMPORARY)[1]
    with pytest.raises(NotInReach):
        office.change_unit(pending, NUMBER, contract=TEMPORARY)


def test_the_present_unit_is_no_change(office: OfficeLine) -> None:
    key = office.settle()
    with pytest.raises(AlreadyThatUnit):
        office.change_unit(key, LINE, contract=PASSWORD)
    assert office.counted()["AuthUnitChanged"] == 1


@pytest.mark.rule("LINE-5")
def test_a_number_without_a_feature_gets_the_copy_too_and_rests_until_it_has_one(
    office: OfficeLine, auth: Auth
) -> None:
    bare = "0300003333"
    office.provision(CONTRACT, ProvisionedNumber(number=bare))
    office.change_unit(office.settle(), NUMBER, contract=PASSWORD)
    with pytest.raises(InvalidCredentials):
        office.log_in(bare, PASSWORD)
    found = auth.store.number(bare)
    assert found is not None
    assert auth.store.credential(found.assignment_id).kind == "password"


@pytest.mark.rule("LOGIN-6")
def test_a_change_delivered_twice_is_made_once(office: OfficeLine) -> None:
    key = office.settle()
    attempt = uuid4()
    office.change_unit(key, NUMBER, attempt, contract=PASSWORD)
    with pytest.raises(NoSession):
        office.change_unit(key, NUMBER, attempt, contract=PASSWORD)
    assert office.counted()["AuthUnitChanged"] == 2, "the one of the first settling, and this one"
