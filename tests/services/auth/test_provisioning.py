"""Lines, numbers and features from the carrier (LINE-1, LINE-5..9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, Stage
from contracts.auth.provisioning import (
    ProvisionedNumber,
    ProvisioningRefused,
    ProvisionLine,
    ProvisionLines,
    RemoveNumbers,
)
from contracts.auth.reach import NumbersQuery
from contracts.phone import AuthUnit, Feature
from services.auth.application import Auth
from tests.services.auth.people import ADDITIONAL, CALL, CONTRACT, FAX, PASSWORD, TEMPORARY, OfficeLine


@pytest.mark.rule("LINE-1", "LINE-8")
def test_the_guides_line_has_its_numbers_and_their_features(office: OfficeLine) -> None:
    key = office.settle(AuthUnit.LINE)
    page = office.auth.reach.numbers(NumbersQuery(session_key=key))
    assert [(one.number, one.is_contract_number, one.features) for one in page.numbers] == [
        (CONTRACT, True, (CALL,)),
        (ADDITIONAL, False, (CALL, FAX)),
    ]
    assert office.counted()["LineProvisioned"] == 1
    assert office.counted()["NumberAdded"] == 2


@pytest.mark.rule("LINE-2", "LINE-3", "LINE-4", "MENU-3")
@pytest.mark.parametrize(
    ("unit", "number", "expected"),
    [
        (AuthUnit.LINE, CONTRACT, {CALL: 2, FAX: 1}),
        (AuthUnit.NUMBER, CONTRACT, {CALL: 1}),
        (AuthUnit.NUMBER, ADDITIONAL, {CALL: 1, FAX: 1}),
        (AuthUnit.ADMIN_USER, CONTRACT, {CALL: 2, FAX: 1}),
        (AuthUnit.ADMIN_USER, ADDITIONAL, {CALL: 1, FAX: 1}),
    ],
)
def test_a_login_reaches_the_features_that_its_unit_gives_it(
    office: OfficeLine, unit: AuthUnit, number: str, expected: dict[Feature, int]
) -> None:
    key = office.settle(unit, number)
    assert {one.feature: one.numbers for one in office.auth.reach.features(key).features} == expected


@pytest.mark.rule("LINE-6")
def test_giving_the_same_command_twice_changes_and_records_nothing(office: OfficeLine) -> None:
    before = office.counted()
    again = office.provision()
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert office.counted() == before


@pytest.mark.rule("LINE-9")
def test_a_command_that_lists_fewer_numbers_removes_none(office: OfficeLine) -> None:
    numbers = (ProvisionedNumber(number=CONTRACT, features=frozenset({CALL})),)
    office.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=numbers))
    assert office.auth.telephone.is_settable(CONTRACT, ADDITIONAL)


@pytest.mark.rule("LINE-9")
def test_a_line_with_one_faulty_number_is_not_provisioned_at_all(office: OfficeLine) -> None:
    command = ProvisionLine(
        contract_number="0311110000",
        numbers=(
            ProvisionedNumber(number="0311110000"),
            ProvisionedNumber(number="0311110001"),
            ProvisionedNumber(number=ADDITIONAL),
            ProvisionedNumber(number="0311110001"),
        ),
    )
    with pytest.raises(ProvisioningRefused) as refused:
        office.auth.provisioning.provision(command)
    assert dict(refused.value.details.faults) == {
        "0311110001": "is listed twice",
        ADDITIONAL: f"belongs to the line of {CONTRACT}",
    }
    assert office.auth.store.number("0311110000") is None


@pytest.mark.rule("LINE-5")
def test_losing_its_last_feature_ends_a_numbers_sessions_and_rests_its_password(office: OfficeLine) -> None:
    key = office.settle(AuthUnit.NUMBER, ADDITIONAL)

    def features(*contracted: Feature) -> None:
        number = ProvisionedNumber(number=ADDITIONAL, features=frozenset(contracted))
        office.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=(number,)))

    features()
    with pytest.raises(NoSession):
        office.auth.sessions.view(key, activity=True)
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, PASSWORD)
    features(FAX)
    assert office.log_in(ADDITIONAL, PASSWORD)[0] is Stage.COMPLETE, "it rested, it was not lost"


@pytest.mark.rule("LINE-6", "LOGIN-9")
def test_removing_a_number_ends_its_sessions_and_its_password(office: OfficeLine) -> None:
    key = office.settle(AuthUnit.NUMBER, ADDITIONAL)
    office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(key, activity=True)
    assert refused.value.details.cause == "number_removed"
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, PASSWORD)
    assert office.counted()["NumberRemoved"] == 1


@pytest.mark.rule("LINE-9")
def test_the_next_holder_of_a_number_inherits_nothing(office: OfficeLine) -> None:
    office.settle(AuthUnit.NUMBER, ADDITIONAL)
    former = office.auth.store.number(ADDITIONAL)
    office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    office.provision()
    present = office.auth.store.number(ADDITIONAL)
    assert former is not None
    assert present is not None
    assert present.assignment_id != former.assignment_id
    with pytest.raises(InvalidCredentials):
        office.log_in(ADDITIONAL, PASSWORD)


@pytest.mark.rule("LINE-6")
def test_the_contract_number_leaves_only_with_all_others(office: OfficeLine) -> None:
    with pytest.raises(ProvisioningRefused):
        office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(CONTRACT,)))
    office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(CONTRACT, ADDITIONAL)))
    assert office.provision().added == 2
    office.dial(AuthUnit.LINE)
    assert office.log_in(CONTRACT, TEMPORARY)[0] is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("LINE-9")
def test_two_operators_who_provision_one_new_number_at_once_give_it_to_one_line(
    office: OfficeLine, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, store, raced = OfficeLine(new_auth()), office.auth.store, []
    wanted = ProvisionedNumber(number="0355550001")
    save = store.save

    def save_late(*aggregates: object, **kwargs: object) -> object:
        if not raced:
            raced.append(True)
            numbers = (ProvisionedNumber(number="0355550000"), wanted)
            other.auth.provisioning.provision(ProvisionLine(contract_number="0355550000", numbers=numbers))
        return save(*aggregates, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "save", save_late)
    with pytest.raises(ProvisioningRefused):
        office.provision(CONTRACT, wanted)


@pytest.mark.rule("LINE-7")
def test_a_line_holds_10000_numbers_and_not_one_more(office: OfficeLine) -> None:
    numbers = tuple(ProvisionedNumber(number=f"05{n:08d}") for n in range(10_001))
    with pytest.raises(ProvisioningRefused):
        office.auth.provisioning.provision(ProvisionLine(contract_number="0500000000", numbers=numbers))
    whole = office.auth.provisioning.provision(ProvisionLine(contract_number="0500000000", numbers=numbers[:-1]))
    assert whole.added == 10_000


def _line(contract: str, *numbers: str) -> ProvisionLine:
    given = tuple(ProvisionedNumber(number=number, features=frozenset({CALL})) for number in numbers)
    return ProvisionLine(contract_number=contract, numbers=given)


@pytest.mark.rule("LINE-9")
def test_of_several_lines_the_sound_ones_are_taken_and_a_faulty_one_is_refused_whole(office: OfficeLine) -> None:
    before = office.counted()["NumberAdded"]
    done = office.auth.provisioning.provision_all(
        ProvisionLines(
            lines=(
                _line("0400001111", "0400001111", "0400002222"),
                _line("0500001111", "0500001111", ADDITIONAL),
                _line("0600001111", "0600001111"),
            )
        )
    )
    assert [(one.done.added, one.faults) for one in done.outcomes] == [
        (2, ()),
        (0, ((ADDITIONAL, f"belongs to the line of {CONTRACT}"),)),
        (1, ()),
    ]
    assert office.counted()["NumberAdded"] == before + 3


@pytest.mark.rule("LINE-9")
def test_several_lines_in_one_command_are_checked_against_each_other(office: OfficeLine) -> None:
    command = ProvisionLines(
        lines=(
            _line("0400001111", "0400001111"),
            _line("0500001111", "0500001111", "0400001111"),
            _line("0400001111", "0400001111", "0400002222"),
        )
    )
    done = office.auth.provisioning.provision_all(command)
    assert [(one.done.added, one.done.unchanged) for one in done.outcomes] == [(1, 0), (0, 0), (1, 1)]
    assert done.outcomes[1].faults == (("0400001111", "belongs to the line of 0400001111"),)
    again = office.auth.provisioning.provision_all(command)
    assert [one.done.added for one in again.outcomes] == [0, 0, 0]
