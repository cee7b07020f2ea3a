"""What becomes of a call, as the network asks (FEAT-3), in the spirit of 3GPP TS 24.604."""

from __future__ import annotations

import pytest

from contracts.settings.call_forwarding import CallerSelection, CallForwarding, ForwardingMode
from contracts.settings.routing import CallCondition, Route, RouteAction, RouteQuery, RouteReason
from services.settings.route_rules import decide
from tests.services.settings.people import ADDITIONAL, CONTRACT, FORWARDING, Office

TARGET = "09012345678"
CALLER = "0312345678"
STRANGER = "0398765432"
MOST = 5
RING, REFUSE = RouteAction.RING, RouteAction.REFUSE
AT_ONCE = Route(action=RouteAction.FORWARD, reason=RouteReason.CALL_FORWARDING, target=TARGET)
AFTER_20 = AT_ONCE.model_copy(update={"after_seconds": 20})
NOT_SET = Route(action=RING, reason=RouteReason.NOT_SET)
BUSY = Route(action=REFUSE, reason=RouteReason.BUSY)
GONE = Route(action=REFUSE, reason=RouteReason.UNREACHABLE)


def forwarding(**rules: object) -> CallForwarding:
    return CallForwarding.model_validate({"on": True, "targets": (TARGET,), **rules})


def decided(settings: CallForwarding | None, *, bulk: str | None = None, **asked: object) -> Route:
    query = RouteQuery.model_validate({"number": CONTRACT, "caller": CALLER, **asked})
    return decide(query, settings, bulk, MOST)


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize(
    ("mode", "incoming", "no_answer", "busy", "unreachable"),
    [
        (ForwardingMode.UNCONDITIONAL, AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE),
        (ForwardingMode.NO_ANSWER, AFTER_20, AT_ONCE, BUSY, AT_ONCE),
        (ForwardingMode.BUSY, NOT_SET, NOT_SET, AT_ONCE, GONE),
        (ForwardingMode.NO_ANSWER_OR_BUSY, AFTER_20, AT_ONCE, AT_ONCE, AT_ONCE),
    ],
)
def test_the_mode_says_under_which_condition_a_call_goes_on(mode, incoming, no_answer, busy, unreachable):
    settings = forwarding(mode=mode, ring_seconds=20)
    assert decided(settings) == incoming
    assert decided(settings, condition=CallCondition.NO_ANSWER) == no_answer
    assert decided(settings, condition=CallCondition.BUSY) == busy
    assert decided(settings, condition=CallCondition.UNREACHABLE) == unreachable


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize("settings", [None, CallForwarding(targets=(TARGET,)), forwarding(targets=())])
def test_without_forwarding_the_call_takes_its_course(settings):
    assert decided(settings) == NOT_SET
    assert decided(settings, condition=CallCondition.NO_ANSWER) == NOT_SET
    assert decided(settings, condition=CallCondition.BUSY) == BUSY
    assert decided(settings, condition=CallCondition.UNREACHABLE) == GONE


@pytest.mark.rule("FEAT-3")
@pytest.mark.parametrize(
    ("selection", "listed", "stranger", "withheld"),
    [
        (CallerSelection.EVERYONE, True, True, True),
        (CallerSelection.FORWARD_LISTED, True, False, False),
        (CallerSelection.RING_LISTED, False, True, True),
    ],
)
def test_the_lists_say_whose_calls_go_on_and_a_withheld_number_is_on_none(selection, listed, stranger, withheld):
    settings = forwarding(selection=selection, forwarded_callers=(CALLER,), ringing_callers=(CALLER,))
    for caller, goes_on in ((CALLER, listed), (STRANGER, stranger), (None, withheld)):
        expected = AT_ONCE if goes_on else Route(action=RING, reason=RouteReason.NOT_SELECTED)
        assert decided(settings, caller=caller) == expected
    assert decided(settings, caller=CALLER, condition=CallCondition.BUSY) == (AT_ONCE if listed else BUSY)


@pytest.mark.rule("FEAT-3")
def test_where_calls_go_is_not_sent_its_own_calls():
    assert decided(forwarding(), caller=TARGET) == Route(action=RING, reason=RouteReason.FROM_TARGET)


@pytest.mark.rule("FEAT-3")
def test_a_call_that_was_forwarded_too_often_ends():
    assert decided(forwarding(), diversions=MOST - 1) == AT_ONCE
    ended = Route(action=REFUSE, reason=RouteReason.TOO_MANY_DIVERSIONS)
    assert decided(forwarding(), diversions=MOST) == ended
    assert decided(None, diversions=MOST) == NOT_SET


@pytest.mark.rule("FEAT-4")
def test_bulk_call_forwarding_wins_whoever_calls_and_whatever_is_set():
    settings = forwarding(mode=ForwardingMode.BUSY, selection=CallerSelection.FORWARD_LISTED)
    bulk = Route(action=RouteAction.FORWARD, reason=RouteReason.BULK_FORWARDING, target=STRANGER)
    for condition in CallCondition:
        assert decided(settings, bulk=STRANGER, caller=None, condition=condition) == bulk


# --- with what is stored -----------------------------------------------------------------------------------------


@pytest.mark.rule("FEAT-3")
def test_what_is_set_on_the_page_is_what_the_network_is_told(office: Office):
    assert office.route() == NOT_SET
    office.forward(TARGET, mode=ForwardingMode.NO_ANSWER, ring_seconds=20)
    assert office.route(caller=CALLER) == AFTER_20
    office.forward(on=False)
    assert office.route() == NOT_SET


@pytest.mark.rule("FEAT-3")
def test_a_number_that_is_not_ours_rings(office: Office):
    assert office.route("0399998888") == Route(action=RING, reason=RouteReason.UNKNOWN_NUMBER)


@pytest.mark.rule("MENU-3", "LINE-9")
def test_forwarding_rests_with_its_contract_and_is_not_inherited(office: Office):
    office.forward(TARGET)
    office.provision({CONTRACT: set()})
    assert office.route() == NOT_SET
    office.provision({CONTRACT: {FORWARDING}, ADDITIONAL: {FORWARDING}})
    assert office.route() == AT_ONCE
    office.forward(TARGET, number=ADDITIONAL)
    office.remove(ADDITIONAL)
    assert office.route(ADDITIONAL).reason is RouteReason.UNKNOWN_NUMBER
    office.provision({ADDITIONAL: {FORWARDING}})
    assert office.route(ADDITIONAL) == NOT_SET


@pytest.mark.rule("LINE-9", "FEAT-3", "FEAT-4")
def test_no_call_follows_a_former_holder_although_the_removal_has_not_been_heard_of_yet(office: Office):
    office.forward(TARGET)
    office.provision({ADDITIONAL: {FORWARDING}})
    office.forward(TARGET, number=ADDITIONAL)
    office.settings.store.hurry = office.follow
    office.remove(ADDITIONAL, followed=False)
    assert office.route(ADDITIONAL).reason is RouteReason.UNKNOWN_NUMBER
    office.remove(CONTRACT, followed=False)
    office.provision({CONTRACT: {FORWARDING}}, followed=False)
    assert office.route() == NOT_SET


def test_an_answer_takes_one_look_at_the_rows_and_one_at_the_keys_and_twice_so_where_the_call_goes_elsewhere(
    office: Office, monkeypatch
):
    store, asked = office.settings.store, []
    rows = store.rows
    monkeypatch.setattr(store, "rows", lambda sql, params=None: asked.append(sql) or rows(sql, params))
    office.forward(TARGET, mode=ForwardingMode.BUSY)
    asked.clear()
    assert office.route() == NOT_SET
    assert len(asked) == 2
    asked.clear()
    assert office.route(condition=CallCondition.BUSY) == AT_ONCE
    assert len(asked) == 4
