"""What two people do at the same moment, provoked: the other acts between the look and the commit of the one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.passwords import PasswordVoid
from contracts.auth.provisioning import ProvisionedNumber, ProvisioningRefused, ProvisionLine, RemoveNumbers
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine
from tests.services.auth.provoking import just_after

OTHER = "umi86sora"


@pytest.mark.rule("TEMP-9", "LOGIN-6")
def test_a_password_that_was_right_until_the_telephone_replaced_it_opens_nothing(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.settle()
    other = OfficeLine(new_auth())
    just_after(auth, "verify", monkeypatch, lambda: other.dial(AuthUnit.LINE))
    with pytest.raises(InvalidCredentials):
        office.log_in(CONTRACT, PASSWORD)
    assert [event["mismatches"] for event in office.told("LoginFailed")] == [1], "it was a guess at the new one"
    assert office.log_in(CONTRACT, TEMPORARY)[0] is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("TEMP-7")
def test_24_hours_that_end_while_the_new_password_is_hashed_refuse_the_change(
    office: OfficeLine, auth: Auth, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.dial(AuthUnit.LINE)
    clock.forward(hours=23, minutes=59)
    _, key = office.log_in(CONTRACT, TEMPORARY)
    just_after(auth, "hash", monkeypatch, lambda: clock.forward(minutes=1))
    with pytest.raises(PasswordVoid):
        office.change(key, TEMPORARY, PASSWORD)
    assert office.counted()["PasswordSet"] == 0


@pytest.mark.rule("PWD-5", "LOGIN-6")
def test_a_lock_that_comes_while_the_new_password_is_hashed_wins(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.settle()
    other = OfficeLine(new_auth())

    def lock() -> None:
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                other.log_in(CONTRACT, "wrong1234x")

    just_after(auth, "hash", monkeypatch, lock)
    with pytest.raises((PasswordVoid, NoSession)):
        office.change(key, PASSWORD, OTHER)
    assert [event["cause"] for event in office.told("PasswordSet")] == ["temporary"]


@pytest.mark.rule("TEMP-9", "TEMP-11")
def test_one_command_delivered_to_two_processes_sets_one_temporary_password(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, temporary_id = OfficeLine(new_auth()), uuid4()
    just_after(auth, "hash", monkeypatch, lambda: other.dial(AuthUnit.LINE, temporary_id=temporary_id))
    office.dial(AuthUnit.LINE, temporary_id=temporary_id)
    assert office.counted()["TemporaryPasswordHeld"] == 1


@pytest.mark.rule("PWD-5", "LOGIN-9")
def test_of_two_password_changes_at_once_one_is_made_and_the_other_is_told(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.settle()
    other = OfficeLine(new_auth())
    _, elsewhere = office.log_in(CONTRACT, PASSWORD)
    just_after(auth, "hash", monkeypatch, lambda: other.change(elsewhere, PASSWORD, OTHER))
    with pytest.raises((PasswordVoid, NoSession)):
        office.change(key, PASSWORD, "sora75umi")
    assert office.log_in(CONTRACT, OTHER)[0] is Stage.COMPLETE


@pytest.mark.rule("TEMP-10")
def test_of_two_units_that_come_into_force_at_once_the_second_is_checked_against_the_first(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.dial(AuthUnit.NUMBER, ADDITIONAL, caller=ADDITIONAL)
    office.dial(AuthUnit.ADMIN_USER, CONTRACT, caller=CONTRACT)
    _, key = office.log_in(ADDITIONAL, TEMPORARY)
    other = OfficeLine(new_auth())
    _, administrators_key = other.log_in(CONTRACT, TEMPORARY)
    just_after(auth, "hash", monkeypatch, lambda: other.change(administrators_key, TEMPORARY, PASSWORD))
    with pytest.raises((PasswordVoid, NoSession)):
        office.change(key, TEMPORARY, PASSWORD)
    assert [event["to"] for event in office.told("AuthUnitChanged")] == ["ADMIN_USER"]
    assert auth.telephone.identify(CONTRACT).unit is AuthUnit.ADMIN_USER


def without_features(office: OfficeLine) -> None:
    number = ProvisionedNumber(number=ADDITIONAL)
    office.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=(number,)))


@pytest.mark.rule("LINE-5")
def test_a_feature_withdrawn_while_the_password_is_compared_keeps_the_number_out(
    office: OfficeLine, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.settle(AuthUnit.NUMBER, ADDITIONAL)
    just_after(auth, "verify", monkeypatch, lambda: without_features(office))
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, PASSWORD)


@pytest.mark.rule("LINE-5", "LOGIN-9")
def test_a_feature_withdrawn_while_the_password_is_changed_ends_the_session_all_the_same(
    office: OfficeLine, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.settle(AuthUnit.NUMBER, ADDITIONAL)
    just_after(auth, "verify", monkeypatch, lambda: without_features(office))
    with pytest.raises(NoSession):
        office.change(key, PASSWORD, OTHER)


@pytest.mark.rule("LOGIN-11")
@pytest.mark.parametrize("forced", [True, False])
def test_a_logout_while_the_password_is_changed_wins(
    office: OfficeLine, auth: Auth, monkeypatch: pytest.MonkeyPatch, *, forced: bool
) -> None:
    if forced:
        office.dial(AuthUnit.LINE)
        _, key = office.log_in(CONTRACT, TEMPORARY)
    else:
        key = office.settle()
    before = office.counted()
    just_after(auth, "hash", monkeypatch, lambda: office.auth.sessions.log_out(key))
    with pytest.raises(NoSession):
        office.change(key, TEMPORARY if forced else PASSWORD, OTHER)
    assert office.counted()["PasswordSet"] == before["PasswordSet"]
    assert office.counted()["SessionOpened"] == before["SessionOpened"]


@pytest.mark.rule("LINE-6", "LINE-9")
def test_a_number_added_while_its_line_is_removed_does_not_end_up_on_a_line_that_is_no_more(
    office: OfficeLine, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, done = auth.store.save, []

    def save_late(*aggregates: object, **kwargs: object) -> object:
        if not done:
            done.append(True)
            gone = RemoveNumbers(contract_number=CONTRACT, numbers=(CONTRACT, ADDITIONAL))
            auth.provisioning.remove(gone)
        return save(*aggregates, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(auth.store, "save", save_late)
    late = ProvisionedNumber(number="0300003333", features=frozenset({CALL}))
    with pytest.raises(ProvisioningRefused):
        auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=(late,)))
    assert office.provision(CONTRACT, late).added == 3
