"""A change of the unit while others log in, are locked out, change passwords or the unit (UNIT-9, LOGIN-6, LOGIN-9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.auth.units import UnitChangeBlocked, UnitChangeRefused
from contracts.phone import AuthUnit
from services.auth.application import Auth
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine
from tests.services.auth.provoking import just_after

LINE, NUMBER, ADMIN_USER = AuthUnit.LINE, AuthUnit.NUMBER, AuthUnit.ADMIN_USER
OTHER = "umi86sora"
THIRD_NUMBER, THIRD = "0300003333", "hosi24tsuki"
WRONG = "wrong1234x"


@pytest.fixture
def key(office: OfficeLine) -> str:
    """The contract number's session on a line under NUMBER on which all three numbers have passwords."""
    office.provision(CONTRACT, ProvisionedNumber(number=THIRD_NUMBER, features=frozenset({CALL})))
    office.settle(NUMBER, THIRD_NUMBER, password=THIRD)
    office.settle(NUMBER, ADDITIONAL, password=OTHER)
    return office.settle(NUMBER)


@pytest.fixture
def other(office: OfficeLine, new_auth: Callable[..., Auth]) -> OfficeLine:
    """The same line through another process."""
    return OfficeLine(new_auth())


def change(office: OfficeLine, key: str, to: AuthUnit, third: str = THIRD) -> None:
    office.change_unit(key, to, contract=PASSWORD, additional=OTHER, n0300003333=third)


def unit(office: OfficeLine) -> AuthUnit | None:
    return office.auth.telephone.identify(CONTRACT).unit


def lock(office: OfficeLine, number: str) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            office.log_in(number, WRONG)


@pytest.mark.rule("LOGIN-9", "UNIT-9")
def test_a_login_on_the_line_meanwhile_holds_nothing_up_and_ends_with_the_change(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    just_after(auth, "verify", monkeypatch, lambda: opened.append(other.log_in(ADDITIONAL, OTHER)[1]))
    change(office, key, ADMIN_USER)
    with pytest.raises(NoSession) as ended:
        office.auth.sessions.view(opened[0], activity=True)
    assert ended.value.details.cause == "unit_changed"
    assert office.told("SessionEnded")[-1]["cause"] == "unit_changed"


@pytest.mark.rule("LOGIN-9", "UNIT-3")
def test_a_login_whose_password_was_right_until_the_change_opens_nothing(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    just_after(auth, "verify", monkeypatch, lambda: change(other, key, LINE))
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, OTHER)
    assert unit(office) is LINE


@pytest.mark.rule("UNIT-1", "UNIT-9")
@pytest.mark.parametrize("to", [LINE, ADMIN_USER])
def test_a_lock_meanwhile_blocks_the_change(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch, to: AuthUnit
) -> None:
    just_after(auth, "verify", monkeypatch, lambda: lock(other, THIRD_NUMBER))
    with pytest.raises(UnitChangeBlocked):
        change(office, key, to)
    assert unit(office) is NUMBER
    assert office.log_in(ADDITIONAL, OTHER)[0] is Stage.COMPLETE, "nothing was voided"


@pytest.mark.rule("LOGIN-6")
def test_a_right_guess_that_met_a_lock_is_not_told_to_be_right(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    just_after(auth, "verify", monkeypatch, lambda: lock(other, THIRD_NUMBER))
    with pytest.raises(UnitChangeRefused) as refused:
        office.change_unit(key, LINE, contract=PASSWORD, additional=WRONG, n0300003333=THIRD)
    assert refused.value.details.wrong == (ADDITIONAL, THIRD_NUMBER)


@pytest.mark.rule("UNIT-9")
def test_of_two_changes_at_once_one_is_made_and_the_other_is_told(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = office.log_in(ADDITIONAL, OTHER)[1]
    just_after(auth, "verify", monkeypatch, lambda: change(other, elsewhere, LINE))
    with pytest.raises(NoSession) as ended:
        change(office, key, ADMIN_USER)
    assert ended.value.details.cause == "unit_changed"
    assert [event["to"] for event in office.told("AuthUnitChanged")] == ["NUMBER", "LINE"]
    assert office.log_in(CONTRACT, OTHER)[0] is Stage.COMPLETE


@pytest.mark.rule("UNIT-1", "UNIT-9", "LOGIN-6")
def test_a_password_changed_meanwhile_is_compared_again_and_no_other(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = office.log_in(THIRD_NUMBER, THIRD)[1]
    verified: list[object] = []
    verify = auth.store.hashing.verify
    monkeypatch.setattr(auth.store.hashing, "verify", lambda *of: verified.append(of[0]) or verify(*of))
    just_after(auth, "verify", monkeypatch, lambda: other.change(third, THIRD, "kaze31yuki"))
    with pytest.raises(UnitChangeRefused) as refused:
        change(office, key, LINE)
    assert refused.value.details.wrong == (THIRD_NUMBER,)
    assert len(verified) == 3 + 1
    assert office.told("LoginFailed")[-1]["number"] == THIRD_NUMBER, "it was a guess at the new one"
    assert unit(office) is NUMBER


@pytest.mark.rule("UNIT-2", "UNIT-4")
def test_an_own_password_changed_elsewhere_meanwhile_is_not_copied_from_what_it_was(
    office: OfficeLine, auth: Auth, other: OfficeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.settle()
    elsewhere = office.log_in(CONTRACT, PASSWORD)[1]
    just_after(auth, "verify", monkeypatch, lambda: other.change(elsewhere, PASSWORD, OTHER))
    with pytest.raises(NoSession):
        office.change_unit(key, NUMBER, contract=PASSWORD)
    assert unit(office) is LINE


@pytest.mark.rule("UNIT-1", "UNIT-3", "TEMP-9")
def test_a_temporary_password_set_meanwhile_is_voided_by_the_change_to_the_line(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    just_after(auth, "verify", monkeypatch, lambda: other.dial(NUMBER, THIRD_NUMBER))
    change(office, key, LINE)
    with pytest.raises(InvalidCredentials):
        office.log_in(THIRD_NUMBER, TEMPORARY)
    assert [event["cause"] for event in office.told("CredentialVoided")][-2:] == ["unit_changed"] * 2


@pytest.mark.rule("UNIT-9", "LINE-6")
def test_a_number_removed_meanwhile_is_in_no_change(
    office: OfficeLine, auth: Auth, other: OfficeLine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove() -> None:
        other.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(THIRD_NUMBER,)))

    just_after(auth, "verify", monkeypatch, remove)
    change(office, key, ADMIN_USER)
    assert office.told("AuthUnitChanged")[-1]["numbers"] == [CONTRACT, ADDITIONAL]


@pytest.mark.rule("UNIT-9")
def test_all_of_it_or_nothing_is_stored(
    office: OfficeLine, auth: Auth, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last statement of the commit breaks."""
    before = office.counted()
    monkeypatch.setattr(
        auth.sessions, "superseded", lambda *_: ("UPDATE sessions SET no_such_column = 1 WHERE :x = 1", {"x": 1})
    )
    with pytest.raises(Exception, match="no_such_column"):
        change(office, key, LINE)
    assert office.counted() == before
    assert auth.sessions.view(key, activity=True).unit is NUMBER
    assert office.log_in(THIRD_NUMBER, THIRD)[0] is Stage.COMPLETE


@pytest.mark.rule("LINE-7", "UNIT-9", "UNIT-4", "UNIT-3")
def test_a_line_of_10000_numbers_changes_in_one_step(office: OfficeLine, auth: Auth) -> None:
    numbers = tuple(ProvisionedNumber(number=f"05{n:08d}", features=frozenset({CALL})) for n in range(10_000))
    auth.provisioning.provision(ProvisionLine(contract_number="0500000000", numbers=numbers))
    key = office.settle(LINE, "0500000000", "0500000000")
    before = auth.store.recorder.max_notification_id() or 0
    _, key = office.change_unit(key, NUMBER, n0500000000=PASSWORD)
    assert (auth.store.recorder.max_notification_id() or 0) - before >= 10_000
    assert office.log_in("0500009999", PASSWORD)[0] is Stage.COMPLETE
    passwords = {f"n05{n:08d}": PASSWORD for n in range(10_000)}
    _, key = office.change_unit(key, LINE, **passwords)
    assert auth.sessions.view(key, activity=True).unit is LINE
    with pytest.raises(InvalidCredentials):
        office.log_in("0500009999", PASSWORD)
