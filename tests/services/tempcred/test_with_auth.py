"""The telephone call with the real auth behind it: what was keyed twice is what logs in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.auth.logins import InvalidCredentials, Stage
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.base import HistoryQuery, Secret
from contracts.phone import AuthUnit, Feature
from contracts.tempcred import Entry, HangUp
from services.tempcred.application import TemporaryPasswords
from tests.services.tempcred.site import ADDITIONAL, CONTRACT, Site, example_site

FIRST, SECOND = "20260401", "10293847"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with example_site(tmp_path) as opened:
        yield opened


@pytest.mark.rule("TEMP-9")
def test_what_was_keyed_twice_logs_in_and_must_be_changed(site: Site):
    assert "完了しました" in site.dial("1", FIRST, FIRST).say
    assert site.log_in(CONTRACT, FIRST).stage is Stage.CHANGE_TEMPORARY
    site.replace(FIRST, "sakura77")
    assert site.published() == [("Set", None), ("Replaced", None)]


@pytest.mark.rule("EVENT-1")
def test_events_carry_the_names_of_the_catalogue(site: Site):
    site.dial("1", FIRST, FIRST)
    (event,) = site.tempcred.history(HistoryQuery()).events
    assert (event.type, event.source) == ("hikari.tempcred.TemporaryPasswordSet.v1", "/services/tempcred")
    assert site.tempcred_application.name == TemporaryPasswords.name == "tempcred"  # keys are derived from it, too


@pytest.mark.rule("TEMP-9")
def test_from_the_completion_message_on_the_former_password_does_not_work(site: Site):
    site.dial("1", FIRST, FIRST)
    site.log_in(CONTRACT, FIRST)
    site.replace(FIRST, "sakura77")
    site.dial("1", SECOND, SECOND)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, "sakura77")
    assert site.log_in(CONTRACT, SECOND, "another browser").stage is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("TEMP-9")
def test_a_newer_one_supersedes_an_older_one(site: Site):
    site.dial("1", FIRST, FIRST)
    site.dial("1", SECOND, SECOND)
    assert sorted(site.published(), key=str) == [("Set", None), ("Set", None), ("Voided", "superseded")]


@pytest.mark.rule("TEMP-8")
def test_three_wrong_guesses_are_told_here_too(site: Site):
    site.dial("1", FIRST, FIRST)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            site.log_in(CONTRACT, "00000000")
    assert site.published() == [("Set", None), ("Voided", "mismatches")]


@pytest.mark.rule("TEMP-7")
def test_after_24_hours_it_neither_logs_in_nor_counts_as_set(site: Site):
    site.dial("1", FIRST, FIRST)
    site.now += timedelta(hours=24)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, FIRST)
    site.now += timedelta(seconds=5)
    site.tempcred_application.sweep()
    assert site.published() == [("Set", None), ("Voided", "expired")]


@pytest.mark.rule("TEMP-4")
def test_only_a_number_of_the_callers_line_may_be_keyed(site: Site):
    other = ProvisionedNumber(number="0399998888", features=frozenset(Feature))
    site.auth.provision_line(ProvisionLine(contract_number="0399998888", numbers=(other,)))
    assert "正しくありません" in site.dial("2", "0399998888").say
    assert "0 3、0 0 0 0、2 2 2 2番" in site.dial("2", ADDITIONAL).say


@pytest.mark.rule("TEMP-1")
def test_a_caller_of_no_line_is_told_so(site: Site):
    assert site.dial(caller="0455550000").ended


@pytest.mark.rule("TEMP-10")
def test_a_users_telephone_cannot_choose_another_unit_than_the_lines(site: Site):
    site.dial("2", ADDITIONAL, FIRST, FIRST)
    site.log_in(ADDITIONAL, FIRST)
    site.replace(FIRST, "sakura77")
    assert site.auth_application.telephone.identify(CONTRACT).unit is AuthUnit.NUMBER
    assert "正しくありません" in site.dial("1", caller=ADDITIONAL).say
    assert "正しくありません" not in site.dial("1", caller=CONTRACT).say


@pytest.mark.rule("TEMP-6")
def test_hanging_up_crosses_the_wire_too(site: Site):
    turn = site.dial("1", FIRST)
    site.tempcred.hang_up(HangUp(call_id="call-1"))
    assert site.tempcred.enter(Entry(call_id="call-1", step=turn.step, digits=Secret(FIRST))).ended
    assert site.published() == []
