"""`./hikari network …`: the network's events by hand (FEAT-1, FEAT-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.settings.call_notification import CallOutcome
from contracts.settings.network import IncomingCallEvent, LineFaultEvent, LineRecoveredEvent, PlannedWorkEvent, Withheld
from contracts.settings.routing import CallCondition
from tests.cli.conftest import TOKEN

NUMBER = "0300001111"


@pytest.fixture
def network(hikari, monkeypatch):
    """The command line with the network's token."""
    monkeypatch.setenv("HIKARI_NETWORK_TOKEN", TOKEN)
    monkeypatch.delenv("HIKARI_OPS_TOKEN")
    return lambda *arguments: hikari("network", *arguments)


def test_a_call_is_told_and_the_same_once_more_does_nothing(network, site):
    assert network("call", NUMBER, "--caller", "09012345678", "--id", "a").stdout == "IncomingCall a\n"
    assert network("call", NUMBER, "--id", "a").stdout == "IncomingCall a was taken before; nothing was done now\n"
    network("call", NUMBER, "--outcome", "busy", "--withheld", "payphone", "--id", "b")
    told = site.heard["b"]
    assert isinstance(told, IncomingCallEvent)
    assert (told.data.caller, told.data.withheld, told.data.outcome) == (None, "payphone", "busy")


def test_fault_recovery_and_planned_work_are_told(network, site):
    network("fault", NUMBER, "--fault", "F1", "--cause", "断線", "--number", "0300002222", "--id", "1")
    network("recovery", NUMBER, "--fault", "F1", "--id", "2")
    network("planned-work", NUMBER, "--begins", "5", "--lasts", "2", "--id", "3")
    fault, recovery, work = (site.heard[one] for one in "123")
    assert isinstance(fault, LineFaultEvent)
    assert (fault.data.fault, fault.data.cause, fault.data.numbers) == ("F1", "断線", ("0300002222",))
    assert isinstance(recovery, LineRecoveredEvent)
    assert recovery.data.fault == "F1"
    assert isinstance(work, PlannedWorkEvent)
    assert work.data.ends_at - work.data.begins_at == timedelta(hours=2)


def test_what_the_site_does_not_take_is_named(network, site):
    refused = network("call", "110")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("hikari: the site did not take it: number: ")
    assert site.heard == {}


def test_what_concerns_nobody_known_is_told_by_the_exit_code_too(network, site):
    site.remarks = ["no line has this number"]
    told = network("call", "0399998888", "--id", "a")
    assert (told.stdout, told.exit_code) == ("IncomingCall a\n", 1)
    assert told.stderr == "hikari: the site took it, but no line has this number\n"


def test_a_fax_that_is_no_document_is_told_by_the_exit_code_too(network, site, tmp_path):
    (tmp_path / "README.md").write_text("# no TIFF", encoding="ascii")
    arguments = ("fax", "README.md", "--to", NUMBER, "--id", "a")
    assert network(*arguments).exit_code == 0
    site.fault = "not_a_fax"
    told = network(*arguments)
    assert told.exit_code == 1
    assert "README.md is not a document that can be shown (not_a_fax)" in told.stderr
    assert "a" in site.heard, "the network would have told of it all the same"


def test_a_fax_that_is_not_there_is_said_so_and_nothing_is_told(network, site):
    refused = network("fax", "nothing.tiff", "--to", NUMBER)
    told = "hikari: nothing.tiff cannot be read: No such file or directory\n"
    assert (refused.exit_code, refused.stderr, site.heard) == (2, told, {})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("call", NUMBER, "--outcome", "foo"), [one.value for one in CallOutcome]),
        (("call", NUMBER, "--withheld", "foo"), [one.value for one in Withheld]),
        (("route", NUMBER, "--condition", "foo"), [one.value for one in CallCondition]),
        (("route", NUMBER, "--diversions", "two"), ["'two' is no whole number."]),
        (("route", NUMBER, "--diversions", "100"), ["it must be 99 or less."]),
        (("planned-work", NUMBER, "--lasts", "0"), ["'--lasts': it must be from 1 to 8760."]),
        (("planned-work", NUMBER, "--lasts", "999999999"), ["'--lasts': it must be from 1 to 8760."]),
        (("planned-work", NUMBER, "--begins", "999999999"), ["'--begins': it must be from -8760 to 8760."]),
        (("planned-work", NUMBER, "--begins", "-999999999"), ["'--begins': it must be from -8760 to 8760."]),
        (("call", NUMBER, "--caller", "xyz"), ["'--caller': 'xyz': a phone number has"]),
        (("route", NUMBER, "--caller", "xyz"), ["'--caller': 'xyz': a phone number has"]),
        (("call", NUMBER, "--caller", "0312345678", "--withheld", "payphone"), ["--withheld", "--caller contradicts"]),
    ],
)
def test_a_word_that_is_none_of_those_there_are_is_wrong_usage_and_they_are_named(network, site, arguments, named):
    refused = network(*arguments)
    assert refused.exit_code == 2
    assert [one for one in named if one not in refused.stderr] == []
    assert [raw for raw in ("Value error", "Input should") if raw in refused.stderr] == []
    assert site.heard == {}


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("call", NUMBER, "--id", ""), "--id"),
        (("call", NUMBER, "--caller", " "), "--caller"),
        (("fault", NUMBER, "--extent", ""), "--extent"),
        (("fault", NUMBER, "--number", "0300002222", "--number", ""), "--number"),
        (("route", NUMBER, "--caller", ""), "--caller"),
        (("route", NUMBER, "--server", ""), "--server"),
    ],
)
def test_an_empty_value_does_not_do_as_if_the_option_were_not_there(network, site, arguments, option):
    refused = network(*arguments)
    assert refused.exit_code == 2
    assert f"'{option}': it is empty." in refused.stderr
    assert site.heard == {}


def test_a_call_without_a_caller_is_an_anonymous_one(network, site):
    network("call", NUMBER, "--id", "a")
    assert site.heard["a"].data.withheld == "anonymous"


def test_a_recovery_is_said_to_belong_to_a_fault_and_not_to_planned_work(network):
    assert "a recovery has that of its fault" in " ".join(network("fault", "--help").stdout.split())
    told = " ".join(network("planned-work", "--help").stdout.split())
    assert "The carrier's id of the work, which no recovery follows." in told


def test_planned_work_that_is_over_already_is_refused_with_the_field_named(network, site):
    refused = network("planned-work", NUMBER, "--begins", "-5")
    assert refused.exit_code == 1
    assert "ends_at: must be later than the event's own time" in refused.stderr


def test_the_operators_token_is_not_asked_for_and_the_networks_is(network, monkeypatch):
    monkeypatch.delenv("HIKARI_NETWORK_TOKEN")
    refused = network("call", NUMBER)
    assert refused.exit_code == 4
    assert "no network's token: HIKARI_NETWORK_TOKEN is not set" in refused.stderr
