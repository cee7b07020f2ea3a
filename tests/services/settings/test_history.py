"""Every change is an event with old and new value, seen and restored by the subscriber (FEAT-6), told to the world (AUDIT-1)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from chassis.origin import acting
from contracts.base import Channel, Origin, Role
from contracts.settings.api import SettingsQuery
from contracts.settings.call_notification import CallerFilter, CallNotification, CallOutcome
from contracts.settings.common import NotContracted, SettingsMovedOn, SettingsRejected
from services.settings.application import Settings
from tests.services.settings.people import ADDITIONAL, ADDRESS, CALL, CONTRACT, FAX, Office

CALLER = "09012345678"


@pytest.mark.rule("FEAT-6")
def test_before_anything_is_set_there_are_the_defaults_and_no_history(office: Office):
    assert office.view().version == 0
    assert office.call_notification() == CallNotification()
    assert office.history().changes == ()


@pytest.mark.rule("FEAT-6")
def test_every_change_is_seen_with_old_and_new_value_who_made_it_and_when(office: Office, clock):
    office.add_address(number=ADDITIONAL)
    clock.forward(hours=1)
    with acting(Origin(channel=Channel.WEB, correlation_id="c" * 32)):
        office.set_calls(number=ADDITIONAL, by=ADDITIONAL, on=True)
    latest, first = office.history(ADDITIONAL).changes
    assert [one.version for one in (latest, first)] == [2, 1]
    assert (latest.old, latest.new) == (first.new, latest.old.model_copy(update={"on": True}))
    assert (latest.by, latest.role, latest.channel, latest.at) == (ADDITIONAL, Role.USER, Channel.WEB, clock.now)
    assert (first.by, first.role) == (CONTRACT, Role.ADMINISTRATOR)


@pytest.mark.rule("FEAT-6")
def test_an_earlier_state_is_restored_by_another_change(office: Office):
    office.add_address()
    office.set_calls(on=True, every_call=False, outcomes={CallOutcome.BUSY})
    wanted = office.call_notification()
    office.set_calls(on=False, callers=CallerFilter.LISTED, listed=(CALLER,))
    office.restore(2)
    assert office.call_notification() == wanted
    latest = office.history().changes[0]
    assert (latest.version, latest.restored) == (4, 2)
    office.restore(0)
    assert office.call_notification() == CallNotification()
    assert len(office.history().changes) == 5


@pytest.mark.rule("FEAT-6")
def test_a_state_that_the_rules_do_not_allow_any_more_is_not_restored(office: Office, new_settings):
    for place in range(3):
        office.add_address(f"person{place}@mail.example")
    office.restore(0)
    office.settings = new_settings(notice_addresses=2)
    with pytest.raises(SettingsRejected):
        office.restore(3)
    assert office.call_notification() == CallNotification()


@pytest.mark.rule("FEAT-6")
def test_a_long_history_comes_in_pages_the_newest_first(office: Office):
    for _ in range(25):
        office.set_calls(withheld=not office.call_notification().withheld)
    newest = office.history(limit=10)
    assert ([one.version for one in newest.changes], newest.more) == (list(range(25, 15, -1)), True)
    rest = office.history(before=16)
    assert ([one.version for one in rest.changes], rest.more) == (list(range(15, 0, -1)), False)


def test_what_changes_nothing_is_not_recorded(office: Office):
    office.set_calls()
    assert office.history().changes == ()


def test_a_change_that_is_delivered_twice_is_made_once(office: Office):
    change = uuid4()
    office.set_calls(withheld=False, change_id=change)
    office.set_calls(withheld=True)
    office.set_calls(withheld=False, change_id=change, seen=0)
    assert office.call_notification().withheld
    assert len(office.history().changes) == 2


def test_whoever_works_on_outdated_settings_is_told_and_overwrites_nothing(office: Office):
    office.set_calls(withheld=False)
    with pytest.raises(SettingsMovedOn):
        office.set_calls(withheld=True, seen=0)
    assert not office.call_notification().withheld


@pytest.mark.rule("FEAT-1", "FEAT-6")
def test_rules_are_set_though_an_address_came_or_went_since_they_were_shown(office: Office):
    office.add_address()
    office.set_calls(every_call=False, outcomes={CallOutcome.BUSY})
    shown = office.view().version
    office.add_address("suzuki@mail.example")
    office.remove_address()
    office.set_calls(on=True, seen=shown)
    assert office.call_notification().on
    assert [one.address.reveal() for one in office.call_notification().addresses] == ["suzuki@mail.example"]


@pytest.mark.rule("FEAT-1", "FEAT-6")
def test_rules_that_a_change_of_addresses_has_changed_too_are_not_overwritten(office: Office):
    office.add_address()
    office.set_calls(on=True)
    shown = office.view().version
    office.remove_address()
    office.add_address("suzuki@mail.example")
    with pytest.raises(SettingsMovedOn):
        office.set_calls(on=True, seen=shown)
    assert not office.call_notification().on, "it went off with the last address"
    with pytest.raises(SettingsMovedOn):
        office.set_calls(on=True, seen=99)


@pytest.mark.rule("FEAT-6")
def test_a_state_is_not_restored_over_an_address_that_nobody_has_seen(office: Office):
    office.set_calls(withheld=False)
    office.add_address()
    with pytest.raises(SettingsMovedOn):
        office.restore(0, seen=1)


@pytest.mark.rule("FEAT-1")
def test_adding_and_removing_an_address_is_answered_with_the_version_that_it_made(office: Office):
    change = uuid4()
    office.set_calls(withheld=False)
    assert office.add_address(change_id=change) == 2
    assert office.add_address("suzuki@mail.example") == 3
    assert office.add_address(change_id=change) == 2, "delivered twice it is answered the same"
    gone = office.call_notification().addresses[0].address_id
    assert office.remove_again(gone) == 4
    assert office.remove_again(gone) is None, "nothing was changed"
    assert office.view().version == 4


def test_two_who_change_at_the_same_time_lose_nothing(office: Office, new_settings):
    offices = [office, Office(office.auth, new_settings())]
    addresses = [f"person{place}@mail.example" for place in range(4)]

    def add(place: int) -> None:
        offices[place % 2].add_address(addresses[place])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert sorted(one.address.reveal() for one in office.call_notification().addresses) == addresses


@pytest.mark.rule("LINE-6", "MENU-3")
def test_a_feature_that_is_withdrawn_rests_and_comes_back_as_it_was(office: Office):
    office.add_address()
    kept = office.call_notification()
    office.provision({CONTRACT: {FAX}})
    with pytest.raises(NotContracted):
        office.call_notification()
    with pytest.raises(NotContracted):
        office.add_address("other@mail.example")
    office.provision()
    assert office.call_notification() == kept


@pytest.mark.rule("LINE-9")
def test_the_next_holder_of_a_number_inherits_nothing(office: Office):
    office.add_address(number=ADDITIONAL)
    former = office.reach(ADDITIONAL)
    office.remove(ADDITIONAL)
    with pytest.raises(NotContracted):
        office.settings.changes.view(SettingsQuery(reach=former, feature=CALL))
    office.provision()
    assert office.call_notification(ADDITIONAL) == CallNotification()
    assert office.history(ADDITIONAL).changes == ()
    assert [event.name for event in office.told("CallNotificationChanged")] == ["CallNotificationChanged"]


@pytest.mark.rule("MENU-3")
def test_a_number_that_came_a_moment_ago_is_fetched_when_it_is_asked_for(office: Office):
    office.settings.store.hurry = office.follow
    office.provision({"0300003333": {CALL}}, followed=False)
    assert office.view("0300003333").version == 0


@pytest.mark.rule("AUDIT-1", "AUDIT-2")
def test_the_world_is_told_old_and_new_with_addresses_and_callers_masked(office: Office):
    office.add_address(number=ADDITIONAL)
    office.set_calls(number=ADDITIONAL, on=True, callers=CallerFilter.LISTED, listed=(CALLER,))
    added, changed = office.told("CallNotificationChanged")
    assert (changed.subject, changed.partitionkey) == (ADDITIONAL, CONTRACT)
    assert changed.data["actor"] == {"number": CONTRACT, "role": "administrator", "operator": None}
    assert changed.data["old"] == added.data["new"]
    assert (changed.data["old"]["on"], changed.data["new"]["on"]) == (False, True)
    assert [one["address"] for one in changed.data["new"]["addresses"]] == ["y***@mail.example"]
    assert changed.data["new"]["listed"] == ["*******5678"]
    assert changed.model_dump_json() == office.told()[-1].model_dump_json()


@pytest.mark.rule("AUDIT-2", "AUDIT-5")
def test_nothing_personal_is_readable_in_the_store_and_all_of_it_can_be_erased(office: Office, settings: Settings):
    office.add_address(number=ADDITIONAL)
    office.set_calls(number=ADDITIONAL, callers=CallerFilter.ALL_BUT_LISTED, listed=(CALLER,))
    events = [bytes(one.state).decode() for one in settings.store.stored_after(0, 100)]
    rows = json.dumps([events, settings.store.rows("SELECT state FROM states")])
    assert "CallNotification" not in rows
    assert ADDRESS not in rows
    assert CALLER not in rows
    assert "mail.example" not in rows
    settings.store.personal.erase(office.assignment(ADDITIONAL))
    assert [(event.data["old"], event.data["new"]) for event in office.told("CallNotificationChanged")] == [
        (None, None)
    ] * 2


def test_a_refusal_tells_nothing_personal(office: Office):
    with pytest.raises(SettingsRejected) as refused:
        office.set_calls(on=True)
    assert refused.value.as_wire() == {"name": "SettingsRejected", "details": {"faults": ["no_address"], "targets": []}}
