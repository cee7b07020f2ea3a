"""ボイスワープ: what may be set, and what is refused with its reason (FEAT-3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.phone import Feature
from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode, normalise_target
from contracts.settings.common import Limits, SettingsFault, SettingsMovedOn, SettingsRejected, SlotFault, TargetFault
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification, FaxRules
from services.settings import call_forwarding_rules
from services.settings.config import SettingsConfig
from services.settings.loop_rules import comes_back
from services.settings.targets import TargetLimits, fault_of
from tests.services.settings.people import ADDITIONAL, CALL, CONTRACT, FAX, FORWARDING, Office

MOBILE = "09012345678"
THIRD = "0300003333"
ALL = {CONTRACT: set(Feature), ADDITIONAL: set(Feature), THIRD: set(Feature)}


@pytest.fixture
def line(office: Office) -> Office:
    """Three numbers with every feature."""
    office.provision(ALL)
    return office


def refused(change: Callable[[], object]) -> SettingsRejected.Details:
    with pytest.raises(SettingsRejected) as caught:
        change()
    return caught.value.details


def limits(**given: object) -> TargetLimits:
    config = SettingsConfig.model_validate(
        {"database_url": "sqlite:////nowhere", "key": b"k" * 32, "base_url": "https://settings.example", **given}
    )
    return TargetLimits(config.emergency_numbers, config.charged_beginnings, config.forwarding_abroad)


@pytest.mark.rule("FEAT-3", "FEAT-6")
def test_a_number_forwards_to_the_target_of_its_active_slot(line: Office):
    line.forward(MOBILE, THIRD, active=2, mode=ForwardingMode.NO_ANSWER, ring_seconds=15)
    found = line.call_forwarding()
    assert (found.target, found.mode, found.ring_seconds) == (THIRD, ForwardingMode.NO_ANSWER, 15)
    (change,) = line.history(feature=FORWARDING).changes
    assert (change.old, change.new) == (CallForwarding(), found)


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("110", TargetFault.EMERGENCY),
        ("１１９", TargetFault.EMERGENCY),
        ("118", TargetFault.EMERGENCY),
        ("171", TargetFault.SPECIAL),
        ("177", TargetFault.SPECIAL),
        ("104", TargetFault.SPECIAL),
        ("#7119", TargetFault.NOT_A_NUMBER),
        ("0120-123-456", TargetFault.CHARGED_RANGE),
        ("0800-123-4567", TargetFault.CHARGED_RANGE),
        ("0570-012-345", TargetFault.CHARGED_RANGE),
        ("0990-512-345", TargetFault.CHARGED_RANGE),
        ("0170-512-345", TargetFault.CHARGED_RANGE),
        ("186-03-1234-5678", TargetFault.PREFIXED),
        ("0036-03-1234-5678", TargetFault.PREFIXED),
        ("+1 650 253 0000", TargetFault.INTERNATIONAL),
        ("010-1-650-253-0000", TargetFault.INTERNATIONAL),
        ("090-1234-567", TargetFault.NOT_A_NUMBER),
        ("03-1234", TargetFault.NOT_A_NUMBER),
        ("受付", TargetFault.NOT_A_NUMBER),
        (CONTRACT, TargetFault.ITSELF),
        ("+81 3 0000 1111", TargetFault.ITSELF),
    ],
)
def test_calls_are_not_forwarded_to_such_a_number(typed: str, fault: TargetFault):
    assert fault_of(normalise_target(typed), CONTRACT, limits()) is fault


@pytest.mark.rule("FEAT-3")
def test_every_slot_with_such_a_number_is_named_and_nothing_is_set(line: Office):
    found = refused(lambda: line.forward("１１９", MOBILE, "+81 3 0000 1111", "受付", ring_seconds=3))
    assert found.targets == (
        SlotFault(slot=1, fault=TargetFault.EMERGENCY),
        SlotFault(slot=3, fault=TargetFault.ITSELF),
        SlotFault(slot=4, fault=TargetFault.NOT_A_NUMBER),
    )
    assert found.faults == (SettingsFault.RING_SECONDS,)
    assert line.call_forwarding() == CallForwarding()


@pytest.mark.parametrize(
    "target", ["0312345678", "09012345678", "05012345678", "06012345678", "0123456789", ADDITIONAL]
)
def test_calls_are_forwarded_to_telephones_of_all_kinds(target: str):
    assert fault_of(target, CONTRACT, limits()) is None


def test_an_operator_decides_about_other_countries_and_about_charged_numbers():
    abroad = limits(forwarding_abroad=True, forwarding_charged="0990")
    assert fault_of("+16502530000", CONTRACT, abroad) is None
    assert fault_of("01016502530000", CONTRACT, abroad) is None
    assert fault_of("+1650", CONTRACT, abroad) is TargetFault.NOT_A_NUMBER
    assert fault_of("0570012345", CONTRACT, abroad) is None


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({"ring_seconds": 4}, SettingsFault.RING_SECONDS),
        ({"ring_seconds": 61}, SettingsFault.RING_SECONDS),
        ({"active": 2}, SettingsFault.NO_TARGET),
        ({"active": 0}, SettingsFault.NO_TARGET),
        ({"active": 5}, SettingsFault.NO_TARGET),
        ({"selection": CallerSelection.FORWARD_LISTED}, SettingsFault.NO_FORWARDED_CALLER),
        ({"selection": CallerSelection.RING_LISTED}, SettingsFault.NO_RINGING_CALLER),
        (
            {"forwarded_callers": [f"03123400{place:02}" for place in range(31)]},
            SettingsFault.TOO_MANY_FORWARDED_CALLERS,
        ),
        ({"ringing_callers": [f"03123400{place:02}" for place in range(31)]}, SettingsFault.TOO_MANY_RINGING_CALLERS),
    ],
)
def test_what_the_form_itself_breaks_is_named(rules: dict[str, object], fault: SettingsFault):
    settings = CallForwarding.model_validate({"on": True, "targets": (MOBILE,), **rules})
    assert call_forwarding_rules.faults(settings, Limits(addresses=5, listed_numbers=30)) == (fault,)


@pytest.mark.rule("FEAT-3")
def test_seconds_and_lists_may_be_as_large_as_they_may(line: Office):
    callers = [f"03123400{place:02}" for place in range(30)]
    for seconds in (5, 60):
        line.forward(MOBILE, ring_seconds=seconds, forwarded_callers=callers, ringing_callers=callers)
        assert line.call_forwarding().ring_seconds == seconds


# --- circles -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-3")
def test_two_numbers_do_not_forward_to_each_other(line: Office):
    line.forward(ADDITIONAL)
    found = refused(lambda: line.forward(CONTRACT, number=ADDITIONAL))
    assert found.targets == (SlotFault(slot=1, fault=TargetFault.LOOP),)


@pytest.mark.rule("FEAT-3")
def test_no_circle_is_closed_over_several_numbers(line: Office):
    line.forward(ADDITIONAL)
    line.forward(THIRD, number=ADDITIONAL)
    assert refused(lambda: line.forward(CONTRACT, number=THIRD)).targets[0].fault is TargetFault.LOOP
    line.forward(number=ADDITIONAL, on=False)
    line.forward(CONTRACT, number=THIRD)


@pytest.mark.rule("FEAT-3")
def test_a_slot_that_is_not_in_use_may_hold_what_would_be_a_circle(line: Office):
    line.forward(ADDITIONAL)
    line.forward(MOBILE, CONTRACT, number=ADDITIONAL)
    assert refused(lambda: line.forward(number=ADDITIONAL, active=2)).targets == (
        SlotFault(slot=2, fault=TargetFault.LOOP),
    )


@pytest.mark.rule("FEAT-3", "MENU-3")
def test_no_circle_is_closed_through_a_number_whose_contract_rests(line: Office):
    line.forward(ADDITIONAL)
    line.provision({**ALL, CONTRACT: {CALL}})
    assert refused(lambda: line.forward(CONTRACT, number=ADDITIONAL)).targets[0].fault is TargetFault.LOOP


@pytest.mark.rule("FEAT-3", "FEAT-6")
def test_a_state_that_would_close_a_circle_now_is_not_restored(line: Office):
    line.forward(ADDITIONAL)
    line.forward(on=False)
    line.forward(CONTRACT, number=ADDITIONAL)
    assert refused(lambda: line.restore(1, feature=FORWARDING)).targets[0].fault is TargetFault.LOOP


@pytest.mark.rule("FEAT-3")
def test_two_administrators_at_the_same_moment_close_no_circle(line: Office, new_settings):
    other = Office(line.auth, new_settings())

    def first() -> bool:
        return _forwarded(line, CONTRACT, ADDITIONAL)

    def second() -> bool:
        return _forwarded(other, ADDITIONAL, CONTRACT)

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            done = [one.result() for one in (pool.submit(first), pool.submit(second))]
        assert sorted(done) == [False, True]
        for number in (CONTRACT, ADDITIONAL):
            line.forward(number=number, on=False)


def _forwarded(office: Office, number: str, target: str) -> bool:
    try:
        office.forward(target, number=number)
    except SettingsRejected:
        return False
    return True


def test_of_two_who_save_the_same_form_at_the_same_moment_one_is_told_that_it_moved_on(line: Office, new_settings):
    offices = [line, Office(line.auth, new_settings())]

    def save(place: int) -> bool:
        try:
            offices[place].forward(f"0901234567{place}", seen=0)
        except SettingsMovedOn:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, range(2))) == [False, True]
    assert len(line.history(feature=FORWARDING).changes) == 1


numbers = st.integers(0, 7).map(lambda place: f"030000000{place}")


@given(st.dictionaries(numbers, st.lists(numbers, max_size=3)), numbers, numbers)
def test_a_circle_is_found_exactly_where_a_walk_of_any_length_comes_home(ways, home, target):
    reached = {target}
    for _ in range(8):
        reached |= {onward for number in reached for onward in ways.get(number, ())}
    assert comes_back(home, target, lambda number: ways.get(number, ())) == (home in reached)


# --- with fax notification ---------------------------------------------------------------------------------------


def turn_on_fax(office: Office) -> bool:
    view = office.view(feature=FAX)
    assert isinstance(view.settings, FaxNotification)
    try:
        office.settings.fax_notifications.change(
            ChangeFaxNotification(reach=office.reach(), change_id=uuid4(), seen=view.version, rules=FaxRules(on=True))
        )
    except SettingsRejected:
        return False
    return True


def turn_off_fax(office: Office) -> None:
    view = office.view(feature=FAX)
    office.settings.fax_notifications.change(
        ChangeFaxNotification(reach=office.reach(), change_id=uuid4(), seen=view.version, rules=FaxRules())
    )


@pytest.mark.rule("FEAT-2")
def test_a_number_with_fax_notification_does_not_forward_its_calls(line: Office):
    line.add_address(feature=FAX)
    assert turn_on_fax(line)
    assert refused(lambda: line.forward(MOBILE)).faults == (SettingsFault.FAX_IS_ON,)
    turn_off_fax(line)
    line.forward(MOBILE)
    assert not turn_on_fax(line)
    line.forward(on=False)
    assert turn_on_fax(line)


@pytest.mark.rule("FEAT-2")
def test_fax_notification_that_is_contracted_no_more_is_in_nobodys_way(line: Office):
    line.add_address(feature=FAX)
    assert turn_on_fax(line)
    line.provision({**ALL, CONTRACT: {CALL, FORWARDING}})
    line.forward(MOBILE)


@pytest.mark.rule("FEAT-2")
def test_both_turned_on_at_the_same_moment_leave_one_of_them_on(line: Office, new_settings):
    line.add_address(feature=FAX)
    other = Office(line.auth, new_settings())
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            fax = pool.submit(turn_on_fax, other)
            forwarding = pool.submit(_forwarded, line, CONTRACT, MOBILE)
        assert sorted([fax.result(), forwarding.result()]) == [False, True]
        line.forward(on=False) if forwarding.result() else turn_off_fax(other)


# --- what is told ------------------------------------------------------------------------------------------------


@pytest.mark.rule("AUDIT-2", "FEAT-6")
def test_the_world_is_told_old_and_new_with_other_peoples_numbers_masked(line: Office):
    line.forward(MOBILE, forwarded_callers=["0312345678"])
    (event,) = line.told("CallForwardingChanged")
    assert (event.subject, event.data["old"]["on"], event.data["new"]["on"]) == (CONTRACT, False, True)
    assert event.data["new"]["targets"] == ["*******5678", "", "", ""]
    assert event.data["new"]["forwarded_callers"] == ["******5678"]


def test_a_change_that_is_delivered_twice_is_made_once(line: Office):
    change = uuid4()
    line.forward(MOBILE, change_id=change)
    line.forward(on=False)
    line.forward(MOBILE, change_id=change, seen=0)
    assert not line.call_forwarding().on
