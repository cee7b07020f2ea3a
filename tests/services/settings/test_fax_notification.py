"""FAXお知らせメール: its settings, and that it does not go together with call forwarding on one number (FEAT-2)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError

from contracts.phone import Feature
from contracts.settings.common import AddressRefused, Limits, SettingsFault, SettingsRejected
from contracts.settings.fax_notification import ChangeFaxNotification, FaxNotification, FaxRules, WhenFull
from services.settings import exclusive, fax_notification_rules
from tests.services.settings.people import ADDITIONAL, ADDRESS, CALL, CONTRACT, FAX, Office

pytestmark = pytest.mark.rule("FEAT-2")
FORWARDING = Feature.CALL_FORWARDING


def settings_of(office: Office, number: str = CONTRACT) -> FaxNotification:
    found = office.view(number, FAX).settings
    assert isinstance(found, FaxNotification)
    return found


def set_fax(office: Office, number: str = CONTRACT, **rules: object) -> None:
    view = office.view(number, FAX)
    office.settings.fax_notifications.change(
        ChangeFaxNotification(
            reach=office.reach(number),
            change_id=uuid4(),
            seen=view.version,
            rules=FaxRules.model_validate({"on": True, **rules}),
        )
    )


def forward(office: Office, number: str = CONTRACT, *, on: bool = True) -> None:
    """What a change of call forwarding writes."""
    writes = exclusive.writes_for(office.assignment(number), FORWARDING, on=on)
    office.settings.store.save(writes=writes)


def test_it_is_turned_on_once_there_is_somebody_to_send_to(office: Office):
    assert settings_of(office) == FaxNotification()
    with pytest.raises(SettingsRejected) as refused:
        set_fax(office)
    assert refused.value.details.faults == (SettingsFault.NO_ADDRESS,)
    office.add_address(feature=FAX)
    set_fax(office, when_full=WhenFull.DROP_OLDEST)
    assert (settings_of(office).on, settings_of(office).when_full) == (True, WhenFull.DROP_OLDEST)
    assert not office.call_notification().addresses


def test_five_addresses_and_no_sixth(office: Office):
    for place in range(5):
        office.add_address(f"person{place}@mail.example", feature=FAX)
    with pytest.raises(AddressRefused):
        office.add_address("person5@mail.example", feature=FAX)
    six = settings_of(office).model_copy(update={"addresses": settings_of(office).addresses * 2})
    found = fax_notification_rules.faults(six, Limits(addresses=5, listed_numbers=30))
    assert found == (SettingsFault.TOO_MANY_ADDRESSES,)


@pytest.mark.rule("FEAT-6", "AUDIT-2")
def test_the_world_is_told_old_and_new_with_the_addresses_masked(office: Office):
    office.add_address(feature=FAX)
    set_fax(office)
    _, changed = office.told("FaxNotificationChanged")
    assert (changed.data["old"]["on"], changed.data["new"]["on"]) == (False, True)
    assert ADDRESS not in changed.model_dump_json()


def test_it_is_not_turned_on_while_calls_are_forwarded(office: Office):
    office.add_address(feature=FAX)
    forward(office)
    with pytest.raises(SettingsRejected) as refused:
        set_fax(office)
    assert refused.value.details.faults == (SettingsFault.FORWARDING_IS_ON,)
    forward(office, on=False)
    set_fax(office)
    assert exclusive.excluded_by(office.settings.store, office.assignment(CONTRACT), FORWARDING) == (
        SettingsFault.FAX_IS_ON,
    )
    set_fax(office, on=False)
    forward(office)


def test_of_two_that_are_turned_on_in_the_same_moment_one_is_refused(office: Office):
    """Both have asked and found the other off; the second to save meets the first."""
    office.add_address(feature=FAX)
    set_fax(office)
    with pytest.raises(IntegrityError):
        forward(office)


def test_another_number_of_the_line_may_have_the_other(office: Office):
    office.add_address(number=ADDITIONAL, feature=FAX)
    forward(office, CONTRACT)
    set_fax(office, ADDITIONAL)


def test_what_is_not_contracted_any_more_stands_in_nobodys_way(office: Office):
    office.add_address(feature=FAX)
    forward(office)
    office.provision({CONTRACT: {CALL, FAX}})
    set_fax(office)
    assert settings_of(office).on
