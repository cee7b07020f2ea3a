"""From a temporary password to a real one, and what the unit chosen on the telephone does (TEMP-7, TEMP-9, TEMP-10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.passwords import PasswordFault, PasswordRejected, PasswordVoid
from contracts.auth.reach import NotInReach
from contracts.auth.telephone import TemporaryPasswordRefused
from contracts.base import Role
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine

OTHER = "umi86sora"


@pytest.mark.rule("LOGIN-5", "LOGIN-7")
def test_an_accepted_temporary_password_leads_to_the_forced_change_and_to_nothing_else(office: OfficeLine) -> None:
    office.dial(AuthUnit.LINE)
    stage, key = office.log_in(CONTRACT, TEMPORARY)
    assert stage is Stage.CHANGE_TEMPORARY
    view = office.auth.sessions.view(key, activity=True)
    assert (view.stage, view.unit, view.session_id) == (Stage.CHANGE_TEMPORARY, AuthUnit.LINE, None)
    with pytest.raises(NotInReach):
        office.auth.reach.features(key)
    assert office.counted()["SessionOpened"] == 0


@pytest.mark.rule("LOGIN-5", "PWD-5")
def test_the_forced_change_completes_the_login_under_a_new_key(office: OfficeLine) -> None:
    office.dial(AuthUnit.LINE)
    _, key = office.log_in(CONTRACT, TEMPORARY)
    changed, new_key = office.change(key, TEMPORARY, PASSWORD)
    assert changed.stage is Stage.COMPLETE
    with pytest.raises(NoSession):
        office.auth.sessions.view(key, activity=True)
    assert office.auth.sessions.view(new_key, activity=True).stage is Stage.COMPLETE
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    with pytest.raises(InvalidCredentials):
        office.log_in(CONTRACT, TEMPORARY)


@pytest.mark.rule("TEMP-7")
def test_at_exactly_24_hours_a_temporary_password_is_void(office: OfficeLine, clock: MovableClock) -> None:
    office.dial(AuthUnit.LINE)
    clock.forward(hours=24, microseconds=-1)
    assert office.log_in(CONTRACT, TEMPORARY)[0] is Stage.CHANGE_TEMPORARY
    clock.forward(microseconds=1)
    with pytest.raises(InvalidCredentials):
        office.log_in(CONTRACT, TEMPORARY)


@pytest.mark.rule("TEMP-7")
def test_a_forced_change_submitted_after_24_hours_is_refused_although_the_login_came_earlier(
    office: OfficeLine, clock: MovableClock
) -> None:
    office.dial(AuthUnit.LINE)
    clock.forward(hours=23, minutes=50)
    _, key = office.log_in(CONTRACT, TEMPORARY)
    clock.forward(minutes=10)
    with pytest.raises(PasswordVoid):
        office.change(key, TEMPORARY, PASSWORD)
    assert office.counted()["PasswordSet"] == 0


@pytest.mark.rule("TEMP-9")
def test_setting_a_temporary_password_voids_the_password_and_ends_the_sessions_at_once(office: OfficeLine) -> None:
    key = office.settle()
    office.dial(AuthUnit.LINE)
    with pytest.raises(InvalidCredentials):
        office.log_in(CONTRACT, PASSWORD)
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(key, activity=True)
    assert refused.value.details.cause == "temporary_set"
    assert [event["cause"] for event in office.told("CredentialVoided")] == ["temporary_set"]


@pytest.mark.rule("TEMP-9")
def test_a_repeated_command_to_set_changes_nothing_even_after_the_temporary_password_was_replaced(
    office: OfficeLine,
) -> None:
    temporary_id = office.dial(AuthUnit.LINE)
    office.dial(AuthUnit.LINE, temporary_id=temporary_id)
    _, key = office.log_in(CONTRACT, TEMPORARY)
    office.change(key, TEMPORARY, PASSWORD)
    office.dial(AuthUnit.LINE, temporary_id=temporary_id)
    assert office.counted()["TemporaryPasswordHeld"] == 1
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE


@pytest.mark.rule("TEMP-9", "TEMP-10")
def test_a_repeated_command_is_confirmed_although_the_line_has_another_unit_by_now(office: OfficeLine) -> None:
    temporary_id = office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=ADDITIONAL)
    office.settle(AuthUnit.ADMIN_USER)
    office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=ADDITIONAL, temporary_id=temporary_id)
    with pytest.raises(TemporaryPasswordRefused):
        office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=ADDITIONAL)


@pytest.mark.rule("PWD-5", "PWD-9", "TEMP-8")
def test_a_wrong_present_password_counts_and_the_faults_of_the_new_one_are_told_with_it(office: OfficeLine) -> None:
    office.dial(AuthUnit.LINE)
    _, key = office.log_in(CONTRACT, TEMPORARY)
    with pytest.raises(PasswordRejected) as refused:
        office.change(key, "00000000", "1234")
    assert refused.value.details.present_wrong
    assert PasswordFault.LENGTH in refused.value.details.faults
    for _ in range(2):
        with pytest.raises(PasswordRejected):
            office.change(key, "00000000", PASSWORD)
    with pytest.raises(NoSession):
        office.change(key, TEMPORARY, PASSWORD)
    assert office.counted()["CredentialLocked"] == 1


@pytest.mark.rule("PWD-2", "PWD-9")
def test_a_right_present_password_with_a_faulty_new_one_changes_and_counts_nothing(office: OfficeLine) -> None:
    key = office.settle()
    with pytest.raises(PasswordRejected) as refused:
        office.change(key, PASSWORD, PASSWORD)
    assert not refused.value.details.present_wrong
    assert refused.value.details.faults == (PasswordFault.SAME_AS_PRESENT,)
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    assert office.counted()["LoginFailed"] == 0


@pytest.mark.rule("PWD-8", "LOGIN-5")
def test_a_password_expires_180_days_after_its_last_change_and_must_be_changed_at_login(
    office: OfficeLine, clock: MovableClock
) -> None:
    office.settle()
    clock.forward(days=180, microseconds=-1)
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE
    clock.forward(microseconds=1)
    stage, key = office.log_in(CONTRACT, PASSWORD)
    assert stage is Stage.CHANGE_EXPIRED
    office.change(key, PASSWORD, OTHER)
    assert [event["cause"] for event in office.told("PasswordSet")] == ["temporary", "expired"]
    assert office.log_in(CONTRACT, OTHER)[0] is Stage.COMPLETE


@pytest.mark.rule("PWD-8")
def test_with_0_days_a_password_never_expires(
    office: OfficeLine, new_auth: Callable[..., Auth], clock: MovableClock
) -> None:
    office.settle()
    clock.forward(days=3650)
    assert OfficeLine(new_auth(password_days=0)).log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE


@pytest.mark.rule("TEMP-10")
def test_the_unit_comes_into_force_when_the_temporary_password_is_replaced_not_before(office: OfficeLine) -> None:
    office.dial(AuthUnit.ADMIN_USER)
    assert office.auth.telephone.identify(CONTRACT).unit is None
    _, key = office.log_in(CONTRACT, TEMPORARY)
    office.change(key, TEMPORARY, PASSWORD)
    assert office.auth.telephone.identify(CONTRACT).unit is AuthUnit.ADMIN_USER
    changed = office.told("AuthUnitChanged")
    assert [(event["from"], event["to"], event["cause"]) for event in changed] == [(None, "ADMIN_USER", "telephone")]
    assert changed[0]["numbers"] == [CONTRACT, ADDITIONAL]


@pytest.mark.rule("TEMP-10", "LOGIN-9")
def test_another_unit_chosen_at_the_contract_numbers_telephone_ends_all_other_sessions_of_the_line(
    office: OfficeLine,
) -> None:
    office.settle(AuthUnit.NUMBER)
    user_key = office.settle(AuthUnit.NUMBER, ADDITIONAL)
    own_key = office.settle(AuthUnit.ADMIN_USER, CONTRACT)
    view = office.auth.sessions.view(own_key, activity=True)
    assert (view.unit, view.role) == (AuthUnit.ADMIN_USER, Role.ADMINISTRATOR)
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(user_key, activity=True)
    assert refused.value.details.cause == "unit_changed"
    assert office.log_in(ADDITIONAL, PASSWORD)[0] is Stage.COMPLETE, "its own password stays (nothing is copied)"


@pytest.mark.rule("TEMP-10")
def test_a_users_telephone_cannot_take_over_the_administrators_line(office: OfficeLine) -> None:
    office.settle(AuthUnit.ADMIN_USER)
    with pytest.raises(TemporaryPasswordRefused):
        office.dial(AuthUnit.LINE, CONTRACT, caller=ADDITIONAL)
    with pytest.raises(TemporaryPasswordRefused):
        office.dial(AuthUnit.NUMBER, CONTRACT, caller=ADDITIONAL)
    with pytest.raises(TemporaryPasswordRefused):
        office.dial(AuthUnit.ADMIN_USER, CONTRACT, caller=ADDITIONAL)
    assert office.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE


@pytest.mark.rule("TEMP-10")
def test_of_two_pending_temporary_passwords_the_first_one_replaced_sets_the_unit_and_the_other_is_voided(
    office: OfficeLine,
) -> None:
    office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=ADDITIONAL)
    _, second_key = office.log_in(ADDITIONAL, TEMPORARY)
    office.settle(AuthUnit.LINE, CONTRACT, caller=CONTRACT)
    # The unit change ended that login; the temporary password itself is checked when it is to be replaced.
    with pytest.raises(NoSession):
        office.change(second_key, TEMPORARY, PASSWORD)
    _, second_key = office.log_in(ADDITIONAL, TEMPORARY)
    with pytest.raises(PasswordVoid):
        office.change(second_key, TEMPORARY, PASSWORD)
    assert office.auth.telephone.identify(CONTRACT).unit is AuthUnit.LINE
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, TEMPORARY)
    assert office.told("CredentialVoided")[-1]["cause"] == "unit_changed"


@pytest.mark.rule("TEMP-10")
def test_a_pending_choice_of_the_contract_numbers_telephone_still_replaces_the_unit(office: OfficeLine) -> None:
    office.dial(AuthUnit.ADMIN_USER, ADDITIONAL, caller=CONTRACT)
    office.settle(AuthUnit.NUMBER, CONTRACT)
    _, key = office.log_in(ADDITIONAL, TEMPORARY)
    office.change(key, TEMPORARY, PASSWORD)
    assert office.auth.telephone.identify(CONTRACT).unit is AuthUnit.ADMIN_USER


@pytest.mark.rule("LINE-5")
def test_a_live_temporary_password_admits_its_number_where_the_present_unit_would_not(office: OfficeLine) -> None:
    office.settle(AuthUnit.LINE)
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, PASSWORD)
    office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=CONTRACT)
    assert office.log_in(ADDITIONAL, TEMPORARY)[0] is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("PWD-6", "LOGIN-9")
def test_an_administrator_changes_a_users_password_giving_that_numbers_present_one(office: OfficeLine) -> None:
    office.settle(AuthUnit.ADMIN_USER, ADDITIONAL)
    _, user_key = office.log_in(ADDITIONAL, PASSWORD)
    admin_key = office.settle(AuthUnit.ADMIN_USER)
    _, user_key = office.log_in(ADDITIONAL, PASSWORD)
    office.change(admin_key, PASSWORD, OTHER, number=ADDITIONAL)
    assert office.auth.sessions.view(admin_key, activity=True).number == CONTRACT
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.COMPLETE
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(user_key, activity=True)
    assert refused.value.details.cause == "password_set"
    last = office.told("PasswordSet")[-1]
    assert (last["number"], last["cause"]) == (ADDITIONAL, "administrator")
    assert last["actor"] == {"number": CONTRACT, "role": "administrator", "operator": None}


@pytest.mark.rule("PWD-6", "TEMP-10", "LOGIN-9")
def test_an_administrator_who_replaces_a_users_temporary_password_stays_logged_in_under_the_unit_it_brings(
    office: OfficeLine,
) -> None:
    admin_key = office.settle(AuthUnit.ADMIN_USER)
    office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=CONTRACT)
    office.change(admin_key, TEMPORARY, OTHER, number=ADDITIONAL)
    view = office.auth.sessions.view(admin_key, activity=True)
    assert (view.number, view.unit) == (CONTRACT, AuthUnit.NUMBER)
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.COMPLETE


@pytest.mark.rule("PWD-6")
def test_neither_a_user_nor_a_stranger_changes_another_numbers_password(office: OfficeLine) -> None:
    office.settle(AuthUnit.ADMIN_USER)
    user_key = office.settle(AuthUnit.ADMIN_USER, ADDITIONAL)
    with pytest.raises(NotInReach):
        office.change(user_key, PASSWORD, OTHER, number=CONTRACT)
    admin_key = office.log_in(CONTRACT, PASSWORD)[1]
    with pytest.raises(NotInReach):
        office.change(admin_key, PASSWORD, OTHER, number="0399999999")


@pytest.mark.rule("LOGIN-9", "PWD-5")
def test_a_password_change_ends_the_other_sessions_of_the_number_and_keeps_this_one(office: OfficeLine) -> None:
    key = office.settle()
    _, elsewhere = office.log_in(CONTRACT, PASSWORD)
    before = office.auth.sessions.view(key, activity=True).session_id
    _, key = office.change(key, PASSWORD, OTHER)
    assert office.auth.sessions.view(key, activity=True).session_id == before
    with pytest.raises(NoSession):
        office.auth.sessions.view(elsewhere, activity=True)
