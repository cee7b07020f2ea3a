from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from contracts.base import ParkedEvent


def parked(position, **given):
    known = {
        "service": "audit",
        "source": "auth",
        "id": f"id-{position}",
        "kind": "PasswordSet",
        "line": "0300001111",
        "tries": 5,
        "reason": "ValueError",
        "parked_at": datetime(2026, 4, 1, 3, tzinfo=UTC),
    }
    return ParkedEvent.model_validate({**known, **given, "position": position})


def test_nothing_parked_is_said_so(hikari):
    listed = hikari("events", "parked")
    assert (listed.exit_code, listed.stdout) == (0, "nothing is parked\n")


def test_what_is_parked_is_a_table_with_what_to_do(hikari, site):
    site.parked = [parked(3), parked(4, tries=0, reason=None, line=None)]
    listed = hikari("events", "parked")
    head, first, second, advice = listed.stdout.splitlines()
    assert head.split() == ["PARKED", "SERVICE", "SOURCE", "POSITION", "KIND", "LINE", "TRIES", "REASON"]
    assert first.split()[2:] == ["audit", "auth", "3", "PasswordSet", "0300001111", "5", "ValueError"]
    assert second.endswith("0      waits for one of its line")
    assert "./hikari events retry" in advice


def test_programs_get_one_json_object_a_line(hikari, site):
    site.parked = [parked(3), parked(4)]
    listed = hikari("events", "parked", "--json")
    assert [json.loads(line)["position"] for line in listed.stdout.splitlines()] == [3, 4]


def test_retry_goes_on_until_all_is_taken_up(hikari, site):
    site.parked = [parked(n) for n in range(5)]
    done = hikari("events", "retry")
    assert (done.exit_code, done.stdout) == (0, "5 taken up, 0 left\n")


def test_retry_stops_at_what_fails_again(hikari, site):
    site.parked = [parked(n) for n in range(5)]
    site.poisoned = 2
    done = hikari("events", "retry")
    assert done.exit_code == 1
    assert done.stdout.startswith("3 taken up, 2 left\n")


@pytest.mark.parametrize("command", ["parked", "retry"])
def test_a_service_that_is_away_is_named(hikari, site, command):
    site.away = ["audit"]
    done = hikari("events", command)
    assert done.exit_code == 3
    assert "no answer from audit" in done.stderr
